"""Fields of your own for crmkit, made and arranged without code."""
