"""Which lead stays, and which value each of its fields takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core.leads import Lead, LeadKind, Status
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ADDRESS = ("street", "street2", "zip", "city", "state", "country")
FIRST = (
    "name",
    "contact_id",
    "contact_name",
    "company_name",
    "email",
    "phone",
    "website",
    "language",
    "owner_id",
    "team_id",
    "source_id",
    "medium_id",
    "campaign_id",
    "expected_close",
    "qualified_at",
)
Picks = dict[str, tuple[int, Any]]
"""The value of each field, and the id of the lead that it is of."""


def rank_leads(leads: Sequence[Lead], positions: Mapping[int, int]) -> list[Lead]:
    """The leads, the one that stays first; `positions` are those of stages by id.

    An opportunity comes before a lead, then the further stage, the higher
    probability, the older record.
    """

    def rank(lead: Lead) -> tuple[bool, bool, int, Any, int]:
        is_opportunity = lead.kind is LeadKind.OPPORTUNITY
        is_active = lead.status is not Status.LOST and lead.archived_at is None
        return (
            is_opportunity or is_active,
            is_opportunity,
            positions.get(lead.stage_id, 0),
            lead.probability,
            -lead.id,
        )

    return sorted(leads, key=rank, reverse=True)


def pick_values(leads: Sequence[Lead]) -> Picks:
    """What each field takes; `leads` come in the order of `rank_leads`."""
    picks = {name: _first(leads, name) for name in FIRST}
    worth = next((lead for lead in leads if lead.expected_revenue), leads[0])
    for name in ("expected_revenue", "currency"):
        picks[name] = (worth.id, getattr(worth, name))
    # max takes the first of several that are equal.
    address = max(leads, key=lambda lead: sum(bool(getattr(lead, n)) for n in ADDRESS))
    for name in ADDRESS:
        picks[name] = (address.id, getattr(address, name))
    urgent = max(leads, key=lambda lead: lead.priority)
    picks["priority"] = (urgent.id, urgent.priority)
    return {**picks, **_standing(leads)}


def _first(leads: Sequence[Lead], name: str) -> tuple[int, Any]:
    for lead in leads:
        value = getattr(lead, name)
        if value not in (None, ""):
            return lead.id, value
    return leads[0].id, None


def _standing(leads: Sequence[Lead]) -> Picks:
    """Kind, status and what goes with it: one that is open makes the result open."""
    master = leads[0]
    best = next((one for one in leads if one.kind is LeadKind.OPPORTUNITY), master)
    picks: Picks = {"kind": (best.id, best.kind)}
    seen = next((one for one in leads if one.archived_at is None), master)
    picks["archived_at"] = (seen.id, seen.archived_at)
    still_open = next((one for one in leads if one.status is Status.OPEN), None)
    if still_open is None:
        picks["lost_reason_id"] = _first(leads, "lost_reason_id")
    else:
        picks["status"] = (still_open.id, Status.OPEN)
        picks["closed_at"] = (still_open.id, None)
        picks["lost_reason_id"] = (still_open.id, None)
    notes = [lead for lead in leads if lead.lost_note]
    joined = "\n\n".join(dict.fromkeys(lead.lost_note or "" for lead in notes))
    picks["lost_note"] = ((notes or leads)[0].id, joined or None)
    return picks


def join_tags(tags: Sequence[Sequence[str]]) -> list[str]:
    """All tags of the leads, each once."""
    found: dict[str, str] = {}
    for names in tags:
        for name in names:
            found.setdefault(fold(name), name)
    return list(found.values())
