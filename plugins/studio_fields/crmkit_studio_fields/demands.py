"""Fields that a lead needs from a stage on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from crmkit.core import (
    Fact,
    Role,
    Stage,
    fields_of,
    get_stage,
    load_values,
    mark,
    record,
)
from crmkit.hooks import Refusal
from crmkit_studio_fields.tables import Demand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import CustomField, Lead, UnitOfWork

NEEDED = mark("“{label}” has to be filled in before {stage}.")


def list_demands(uow: UnitOfWork) -> dict[str, int]:
    """The stage from which on each field is needed, by the field's name."""
    rows = uow.session.execute(select(Demand.slug, Demand.stage_id))
    return {slug: stage_id for slug, stage_id in rows}  # noqa: C416  (rows are no pairs)


def set_demand(uow: UnitOfWork, field: CustomField, stage_id: int | None) -> None:
    """Need a value in a lead's field from a stage on; None needs it nowhere."""
    uow.require(Role.ADMIN)
    slug = field.slug
    old = uow.session.scalar(select(Demand.stage_id).where(Demand.slug == slug))
    if old == stage_id:
        return
    uow.session.execute(delete(Demand).where(Demand.slug == slug))
    if stage_id is not None:
        uow.session.add(Demand(slug=slug, stage_id=get_stage(uow, stage_id).id))
        uow.session.flush()
    values = {"stage_id": (old, stage_id)}
    kind = "studio_fields.demanded"
    record(uow, [Fact(kind, "custom_field", field.id, field.version, values)])


def find_missing(
    uow: UnitOfWork, leads: Sequence[Lead], stage: Stage
) -> Refusal | None:
    """Why a lead may not go to `stage`: the first needed field that is empty."""
    rows = uow.session.execute(
        select(Demand.slug)
        .join(Stage, Stage.id == Demand.stage_id)
        .where(Stage.position <= stage.position)
        .order_by(Stage.position, Demand.id)
    )
    known = fields_of(uow, "lead")
    needed = [slug for (slug,) in rows if slug in known]
    if not needed:
        return None
    values = load_values(uow, "lead", [lead.id for lead in leads])
    for slug in needed:
        if any(values[lead.id].get(slug) is None for lead in leads):
            parts = {"label": known[slug].label, "stage": stage.name}
            return Refusal(NEEDED, field=f"custom.{slug}", parts=parts)
    return None
