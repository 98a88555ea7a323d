"""Leads that come in by mail."""
