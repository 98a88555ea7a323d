"""The core's own jobs, one module for each noun, each with its `JOBS`."""

from crmkit.hooks import JobKind, JobSchedule
from crmkit.jobs.handlers import changes, fields, jobs, leads, purging

KINDS: tuple[JobKind, ...] = (
    *purging.JOBS,
    *changes.JOBS,
    *fields.JOBS,
    *jobs.JOBS,
    *leads.JOBS,
)
SCHEDULES: tuple[JobSchedule, ...] = (*purging.SCHEDULES, *jobs.SCHEDULES)
from crmkit.jobs.handlers import currencies, jobs

KINDS: tuple[JobKind, ...] = (*currencies.JOBS, *jobs.JOBS)
SCHEDULES: tuple[JobSchedule, ...] = (*currencies.SCHEDULES, *jobs.SCHEDULES)
from crmkit.jobs.handlers import files, jobs

KINDS: tuple[JobKind, ...] = (*jobs.JOBS, *files.JOBS)
SCHEDULES: tuple[JobSchedule, ...] = (*jobs.SCHEDULES, *files.SCHEDULES)
