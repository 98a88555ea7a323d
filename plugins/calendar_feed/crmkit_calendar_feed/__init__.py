"""The plugin “calendar feed” of crmkit."""
