"""Web forms for crmkit: leads that come in by themselves."""
