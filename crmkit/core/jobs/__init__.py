"""Jobs: work in the background. The row of a job is the truth about it."""

from crmkit.core.jobs.changes import (
    NotCancellableError,
    NotFailedError,
    cancel_job,
    retry_job,
)
from crmkit.core.jobs.questions import (
    describe_job,
    get_job,
    label_of_job,
    list_jobs,
    sentence_of_job,
)
from crmkit.core.jobs.schedules import Schedule
from crmkit.core.jobs.undone import UnfinishedWork, unfinished_work
from crmkit.core.queue import Job, JobState

__all__ = [
    "Job",
    "JobState",
    "NotCancellableError",
    "NotFailedError",
    "Schedule",
    "UnfinishedWork",
    "cancel_job",
    "describe_job",
    "get_job",
    "label_of_job",
    "list_jobs",
    "retry_job",
    "sentence_of_job",
    "unfinished_work",
]
