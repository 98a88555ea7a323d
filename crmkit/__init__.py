"""crmkit, a CRM framework: a small core, and plugins for everything else."""

__version__ = "0.1.0"
