"""Assignment: which lead goes to whom, fairly, with reasons, and tried first."""
