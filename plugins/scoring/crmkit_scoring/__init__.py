"""Scoring: how likely each lead is won, why, and how well that was foretold."""
