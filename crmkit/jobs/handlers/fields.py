"""Jobs on custom fields: their indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import get_field, indexed, mark_indexed
from crmkit.core.custom.definitions import describe
from crmkit.hooks import JobKind

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


JOBS = (JobKind("index_field", index_field),)
