"""Similar leads beside a lead, each with why; a press compares the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import Lead, mark
from crmkit.hooks import Panel, PanelLine
from crmkit_duplicates.finding import find_similar, traits_of

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

TITLE = mark("Similar leads")
SHOWN = 5


def make_panel(uow: UnitOfWork, lead: Lead) -> Panel | None:
    """The leads that are like `lead`, or nothing."""
    found = find_similar(uow, traits_of(lead))[:SHOWN]
    if not found:
        return None
    ids = [one.lead_id for one in found]
    rows = uow.session.execute(select(Lead.id, Lead.name).where(Lead.id.in_(ids)))
    names = {number: name for number, name in rows}  # noqa: C416  (a Result has keys)
    lines = [
        PanelLine(
            "{name}",
            one.reasons[0].text,
            f"/leads/merge?ids={lead.id},{one.lead_id}",
            {**one.reasons[0].parts, "name": names[one.lead_id]},
        )
        for one in found
    ]
    return Panel(TITLE, tuple(lines))
