"""The core's own jobs, one module for each noun, each with its `JOBS`."""

from crmkit.hooks import JobKind, JobSchedule
from crmkit.jobs.handlers import jobs

KINDS: tuple[JobKind, ...] = (*jobs.JOBS,)
SCHEDULES: tuple[JobSchedule, ...] = (*jobs.SCHEDULES,)
