"""Import and export of leads and contacts as tables of text."""
