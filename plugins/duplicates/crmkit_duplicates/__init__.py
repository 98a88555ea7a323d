"""Similar leads for crmkit."""
