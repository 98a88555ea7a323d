"""The core's own jobs, one module for each noun: its `JOBS` and `SCHEDULES`."""

from crmkit.hooks import JobKind, JobSchedule
from crmkit.jobs.handlers import (
    changes,
    currencies,
    fields,
    files,
    forgetting,
    jobs,
    leads,
    mail,
    purging,
    rebuilding,
    stages,
    tuning,
)

KINDS: tuple[JobKind, ...] = (
    *changes.JOBS,
    *currencies.JOBS,
    *fields.JOBS,
    *files.JOBS,
    *forgetting.JOBS,
    *jobs.JOBS,
    *leads.JOBS,
    *mail.JOBS,
    *purging.JOBS,
    *rebuilding.JOBS,
    *stages.JOBS,
    *tuning.JOBS,
)
SCHEDULES: tuple[JobSchedule, ...] = (
    *currencies.SCHEDULES,
    *fields.SCHEDULES,
    *files.SCHEDULES,
    *forgetting.SCHEDULES,
    *jobs.SCHEDULES,
    *purging.SCHEDULES,
    *tuning.SCHEDULES,
)
