"""What happens as leads change: counts follow, and what depends on them is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import Status, rescore_leads
from crmkit_scoring.config import read_config
from crmkit_scoring.counting import note_steps
from crmkit_scoring.estimating import is_open
from crmkit_scoring.variables import TAGS, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork


def follow_closing(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Count leads that were closed, or that are open again; these are scored anew.

    They were scored before their own outcome was taken out of the counts.
    """
    noted = note_steps(uow, leads)
    if again := [lead for lead in noted if is_open(lead)]:
        rescore_leads(uow, again)


def follow_creation(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Count leads that came in closed."""
    closed = [lead for lead in leads if lead.status is not Status.OPEN]
    if closed:
        note_steps(uow, closed)


def follow_edit(uow: UnitOfWork, leads: Sequence[Lead], fields: frozenset[str]) -> None:
    """Score leads anew where a field that matters was edited, count closed ones."""
    config = read_config(uow)
    watched = {"team_id", "tags"} if TAGS in config.variables else {"team_id"}
    for name in config.variables:
        watched |= VARIABLES[name].fields if name in VARIABLES else set()
    if config.trained_id is None and not fields & watched:
        return
    rescore_leads(uow, [lead for lead in leads if is_open(lead)])
    closed = [lead for lead in leads if lead.status is not Status.OPEN]
    if closed:
        note_steps(uow, closed)
