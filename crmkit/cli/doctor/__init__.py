"""`crmkit doctor`: one module for each place where something can be wrong."""

from crmkit.cli.doctor.command import doctor

__all__ = ["doctor"]
