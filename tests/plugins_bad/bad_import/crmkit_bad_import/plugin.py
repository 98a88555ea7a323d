"""Raises as it is imported."""

message = "no module named abacus"
raise ImportError(message)
