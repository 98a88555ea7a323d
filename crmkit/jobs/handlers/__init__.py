"""The core's own jobs, one module for each noun: its `JOBS` and `SCHEDULES`."""

from crmkit.hooks import JobKind, JobSchedule
from crmkit.jobs.handlers import (
    changes,
    currencies,
    fields,
    files,
    jobs,
    leads,
    purging,
    rebuilding,
)

KINDS: tuple[JobKind, ...] = (
    *changes.JOBS,
    *currencies.JOBS,
    *fields.JOBS,
    *files.JOBS,
    *jobs.JOBS,
    *leads.JOBS,
    *purging.JOBS,
    *rebuilding.JOBS,
)
SCHEDULES: tuple[JobSchedule, ...] = (
    *currencies.SCHEDULES,
    *files.SCHEDULES,
    *jobs.SCHEDULES,
    *purging.SCHEDULES,
)
