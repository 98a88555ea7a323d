"""The demo: an invented firm that sells measuring devices, and a year of its work."""
