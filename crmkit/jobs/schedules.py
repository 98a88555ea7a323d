"""Letting schedules make their jobs, each due time once, whoever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core.jobs.schedules import due_schedules, fire
from crmkit.core.pauses import is_paused
from crmkit.jobs.kinds import declared_schedules

if TYPE_CHECKING:
    from crmkit.app import Crm


def fire_due(crm: Crm) -> list[int]:
    """Ids of the jobs of all schedules that are due now; none while a pause lasts.

    It only reads while nothing is due.
    """
    with crm.read() as uow:
        if is_paused(uow):
            return []
        due = due_schedules(uow, declared_schedules(crm, uow))
    fired: list[int] = []
    for declared in due:
        with crm.work() as uow:
            job_id = fire(uow, declared)
        if job_id is not None:
            fired.append(job_id)
    return fired
