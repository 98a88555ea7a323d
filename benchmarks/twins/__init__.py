"""What crmkit does, written by hand in SQL through the plain driver."""
