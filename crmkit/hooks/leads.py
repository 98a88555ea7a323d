"""Hooks of a lead's life. Each is called once for all leads of one action."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmkit.hooks.forms import AskHook, CheckHook, HappenedHook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from sqlalchemy import Column

    from crmkit.core import Lead, LeadDraft, Stage, UnitOfWork


@dataclass(frozen=True, slots=True)
class LeadsContext:
    """The leads of one action, as they are now, and the unit that it runs in."""

    uow: UnitOfWork
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class LeadsChanged(LeadsContext):
    """`fields` names what was changed, the same for all leads of the action."""

    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeadsMerged(LeadsContext):
    """`leads` holds the one that stays; `sources` are those that went into it."""

    sources: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class LinksContext:
    """Leads are about to be merged, or a merge taken back."""

    uow: UnitOfWork


@dataclass(frozen=True, slots=True)
class LeadLink:
    """Rows that belong to a lead, and go with it when it is merged.

    `row` and `lead` are columns of a table: its id, and the lead that a row is of.
    Where it is of leads only if `entity` says "lead", name that column too. `once`
    is a column of which a lead has each value once, such as a follower's.
    """

    name: str
    row: Column[int]
    lead: Column[int]
    entity: Column[str] | None = None
    once: Column[int] | None = None


@dataclass(frozen=True, slots=True)
class DuplicatesContext:
    """A lead that is there, or the draft of one that is being typed."""

    uow: UnitOfWork
    lead: Lead | None = None
    draft: LeadDraft | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: a sentence of the plugin's catalogue.

    `parts` fill its `{named}` places once it is translated.
    """

    text: str
    parts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A lead that `uow.actor` may see and that may be the same, and why."""

    lead_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LeadMove(LeadsContext):
    """`leads` are about to be moved to `stage`; they still stand where they were."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class LeadOwner:
    """Where a lead goes: to a team, and to somebody of it or to nobody yet."""

    team_id: int | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class LeadRows:
    """The leads of an answer, by their ids, and the unit that reads them."""

    uow: UnitOfWork
    ids: tuple[int, ...]


lead_created = HappenedHook("lead_created", LeadsContext, since="1.0")
"""Leads were created, by hand, by the API or by an import."""

lead_changed = HappenedHook("lead_changed", LeadsChanged, since="1.0")
"""Fields of leads were edited."""

lead_moved = HappenedHook("lead_moved", LeadsContext, since="1.0")
"""Leads went to another stage."""

lead_qualified = HappenedHook("lead_qualified", LeadsContext, since="1.0")
"""Leads became opportunities."""

lead_won = HappenedHook("lead_won", LeadsContext, since="1.0")
"""Leads were won."""

lead_lost = HappenedHook("lead_lost", LeadsContext, since="1.0")
"""Leads were lost."""

lead_restored = HappenedHook("lead_restored", LeadsContext, since="1.0")
"""Won, lost, archived or deleted leads are open again."""

lead_merged = HappenedHook("lead_merged", LeadsMerged, since="1.0")
"""Leads became one."""

lead_unmerged = HappenedHook("lead_unmerged", LeadsMerged, since="1.0")
"""Leads that were one are several again."""

name_lead_links: AskHook[LinksContext, Sequence[LeadLink]] = AskHook(
    "name_lead_links", LinksContext, since="1.0"
)
"""Answer what belongs to leads in tables of the plugin: a merge takes it along."""

find_duplicates: AskHook[DuplicatesContext, Sequence[Duplicate]] = AskHook(
    "find_duplicates", DuplicatesContext, since="1.0"
)
"""Answer the leads that are like a lead or a draft; the first plugin counts."""

lead_deleted = HappenedHook("lead_deleted", LeadsContext, since="1.0")
"""Leads were put into the bin."""

check_lead_move = CheckHook("check_lead_move", LeadMove, since="1.0")
"""Answer a `Refusal` where a lead may not go to that stage."""

estimate_probability: AskHook[LeadsContext, Mapping[int, Decimal] | None] = AskHook(
    "estimate_probability", LeadsContext, since="1.0"
)
"""Answer the probability (percent, 0 to 100) by lead id; the first answer counts.

Leads that it leaves out take the default of their stage.
"""

choose_owner: AskHook[LeadsContext, Mapping[int, LeadOwner] | None] = AskHook(
    "choose_owner", LeadsContext, since="1.0"
)
"""Answer whose new leads are, by lead id; all of them are open and nobody's yet.

Asked as they arrive, before `lead_created` is told. The first plugin that names
somebody for a lead decides; one that came with a team keeps that team.
"""

extend_leads: AskHook[LeadRows, Mapping[int, Mapping[str, object]]] = AskHook(
    "extend_leads", LeadRows, since="1.0"
)
"""Answer values by name for each lead id, for all leads of the page at once.

The API shows them as `ext` under the plugin's id. Values are what JSON holds, and days,
moments and decimals.
"""
