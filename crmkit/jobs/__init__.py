"""Background work: what a plugin's jobs get, and running a job in this process."""

from crmkit.app import Crm
from crmkit.jobs.run import JobRun
from crmkit.jobs.runner import run_due, run_here

__all__ = [
    "Crm",
    "JobRun",
    "run_due",
    "run_here",
]
