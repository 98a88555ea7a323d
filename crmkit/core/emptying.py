"""Taking a stage out of the pipeline while leads stand in it: they go to another."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmkit.core.errors import CrmError, mark
from crmkit.core.leads import Lead, Status
from crmkit.core.leads.saving import estimate, save, tell
from crmkit.core.stages import Stage, archive_stage, get_stage, list_stages
from crmkit.core.uow import Role
from crmkit.hooks import lead_moved

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "count_standing",
    "empty_batch",
    "heirs_of",
    "replace_stage",
]

BATCH = 200


class NoHeirError(CrmError):
    """The leads of a stage cannot go to that one."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stage: Stage, heir: Stage) -> None:
        super().__init__(
            mark("The leads of {stage} cannot go to {heir}. Choose another stage."),
            field="leads_to",
            stage=stage.name,
            heir=heir.name,
        )


def heirs_of(uow: UnitOfWork, stage: Stage) -> list[Stage]:
    """The stages that may take over the leads of `stage`, in their order.

    Won leads stay won and open ones open; each lead's team may use its new stage.
    """
    return [
        other
        for other in list_stages(uow)
        if other.id != stage.id
        and other.is_won == stage.is_won
        and _takes_all(other, stage)
    ]


def _takes_all(heir: Stage, stage: Stage) -> bool:
    """Whether every team whose leads may stand in `stage` may use `heir`."""
    own = set(stage.team_ids)
    return not heir.team_ids or (bool(own) and own <= set(heir.team_ids))


def count_standing(uow: UnitOfWork, stage: Stage) -> int:
    """How many leads stand in `stage`, with those that are closed, hidden, deleted."""
    standing = select(func.count()).where(Lead.stage_id == stage.id)
    return uow.session.scalar(standing) or 0


def replace_stage(uow: UnitOfWork, stage: Stage, heir: Stage) -> int | None:
    """Take `stage` out; its leads go to `heir`. Of many leads a job: its id.

    Raises NoHeirError where they cannot go there.
    """
    uow.require(Role.MANAGER)
    if heir.id not in {other.id for other in heirs_of(uow, stage)}:
        raise NoHeirError(stage, heir)
    count = count_standing(uow, stage)
    if count > BATCH:
        return uow.enqueue(
            "empty_stage",
            key=f"empty_stage {stage.id}",
            stage_id=stage.id,
            heir_id=heir.id,
            count=count,
        )
    empty_batch(uow, stage.id, heir.id)
    return None


def empty_batch(uow: UnitOfWork, stage_id: int, heir_id: int) -> tuple[int, bool]:
    """Move the next leads of a stage to its heir; how many, and whether it is out now.

    What plugins ask of a lead that goes on is not asked: it is the stage that goes.
    """
    stage, heir = get_stage(uow, stage_id), get_stage(uow, heir_id)
    query = select(Lead).where(Lead.stage_id == stage.id).order_by(Lead.id)
    leads = list(uow.session.scalars(uow.locked(query.limit(BATCH))))
    for lead in leads:
        lead.stage_id = heir.id
        lead.stage_entered_at = uow.now()
    there = [lead for lead in leads if lead.deleted_at is None]
    estimate(uow, there, {heir.id: heir.probability})
    values = {"stage_id": (stage.id, heir.id)}
    save(uow, leads, "lead.moved", {lead.id: values for lead in leads})
    still_open = [lead for lead in there if lead.status is Status.OPEN]
    if still_open:
        tell(uow, lead_moved, still_open)
    is_out = len(leads) < BATCH
    if is_out:
        archive_stage(uow, stage)
    return len(leads), is_out
