"""Jobs on custom fields: their indexes, and deleting hidden ones for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmkit.core import (
    begin_purge,
    drop_index,
    forget_field,
    get_field,
    indexed,
    list_custom_fields,
    mark_indexed,
    purge_values,
)
from crmkit.core.custom.definitions import describe
from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun


def index_field(job: JobRun) -> None:
    """Build the index of a field, beside the work of others."""
    with job.work() as uow:
        definition = describe(get_field(uow, job.arguments["field_id"]))
    with job.crm.maintenance() as connection:
        indexed(connection, definition)
    with job.work() as uow:
        mark_indexed(uow, get_field(uow, definition.id))
        job.finish(uow, {"field": definition.slug})


def purge_field(job: JobRun) -> None:
    """Delete a hidden field: its values some records a unit, its index, then itself."""
    number, done = job.arguments["field_id"], int(job.checkpoint.get("done", 0))
    is_over = False
    while not is_over:
        with job.work() as uow:
            gone = purge_values(uow, get_field(uow, number))
            done, is_over = done + gone, gone == 0
            job.save(uow, {"done": done}, done=done)
    with job.read() as uow:
        field = get_field(uow, number)
    with job.crm.maintenance() as connection:
        drop_index(connection, field)
    with job.work() as uow:
        forget_field(uow, get_field(uow, number))
        job.finish(uow, {"values": done})


def purge_fields(job: JobRun) -> None:
    """Start the deletion of fields that were hidden for longer than the bin keeps."""
    with job.work() as uow:
        limit = uow.now() - timedelta(days=uow.settings.bin_days)
        hidden = list_custom_fields(uow, deleted=True)
        old = [one for one in hidden if one.deleted_at and one.deleted_at <= limit]
        for field in old:
            begin_purge(uow, field)
        job.finish(uow, {"fields": len(old)})


JOBS = (
    JobKind("index_field", index_field),
    JobKind("purge_field", purge_field),
    JobKind("purge_fields", purge_fields),
)
SCHEDULES = (JobSchedule("purge_fields", "purge_fields", DailyAt(3, 20)),)
