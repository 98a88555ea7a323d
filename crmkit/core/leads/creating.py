"""Creating leads: one by hand or five hundred by an import, the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from crmkit.core.addressed import DERIVED_FROM, derive_addressed, fold_any
from crmkit.core.contacts import known_contacts
from crmkit.core.custom.values import check_new, said, save_values
from crmkit.core.db import keep_as_read, take_numbers
from crmkit.core.exchange_rates import rate_day, rates_on
from crmkit.core.leads.choices import Choices, fetch_choices
from crmkit.core.leads.choosing import choose_owners
from crmkit.core.leads.draft import LeadDraft, PastLeadDraft
from crmkit.core.leads.saving import (
    LOST,
    WON,
    estimate,
    record_leads,
    tell,
    tell_customer,
)
from crmkit.core.leads.table import Lead, LeadKind, Status, derive_amounts
from crmkit.core.search import index_records, searched_texts
from crmkit.core.stages import won_stage
from crmkit.core.tags import set_tags
from crmkit.core.uow import Role
from crmkit.core.words import fold
from crmkit.hooks import lead_created

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmkit.core.events import Values
    from crmkit.core.stages import Step
    from crmkit.core.uow import UnitOfWork

_COPIED = [
    "kind",
    "name",
    "contact_id",
    "contact_name",
    "company_name",
    "email",
    "phone",
    "website",
    "street",
    "street2",
    "zip",
    "city",
    "state",
    "country",
    "language",
    "team_id",
    "priority",
    "expected_revenue",
    "expected_close",
]


def create_lead(uow: UnitOfWork, draft: LeadDraft) -> Lead:
    """A new lead. Its customer is told where its stage says so and a person made it.

    Nobody knows whose address stands in a lead that came in by itself.
    """
    (lead,), choices = _create(uow, [draft])
    if uow.actor.id is not None and lead.status is not Status.LOST:
        stage = next(stage for stage in choices.stages if stage.id == lead.stage_id)
        tell_customer(uow, lead, stage)
    return lead


def create_leads(uow: UnitOfWork, drafts: Sequence[LeadDraft]) -> list[Lead]:
    """New leads, in the order of `drafts`; all or none. No customer is told.

    Without the step of leads all are opportunities. Raises UnknownChoiceError and its
    like for the first draft that cannot be.
    """
    return _create(uow, drafts)[0] if drafts else []


def _create(uow: UnitOfWork, drafts: Sequence[LeadDraft]) -> tuple[list[Lead], Choices]:
    if not uow.settings.leads_step:
        qualified = {"kind": LeadKind.OPPORTUNITY}
        drafts = [draft.model_copy(update=qualified) for draft in drafts]
    choices = fetch_choices(uow, drafts)
    given = [(draft.custom, draft.team_id) for draft in drafts]
    custom = check_new(uow, "lead", given, known_contacts)
    rows = [_row(uow, draft, choices) for draft in drafts]
    _add_amounts(uow, rows)
    leads = _add(uow, rows)
    pairs = list(zip(leads, drafts, strict=True))
    tagged = {lead.id: draft.tags for lead, draft in pairs if draft.tags}
    if tagged:
        set_tags(uow, tagged)
    kept = {lead.id: values for lead, values in zip(leads, custom, strict=True)}
    save_values(uow, "lead", kept)
    # What plugins look at is there by now: tags, and fields that admins made.
    _ask_plugins(uow, leads, choices)
    told = {lead.id: _said(lead, d) | said(kept[lead.id]) for lead, d in pairs}
    record_leads(uow, leads, "lead.created", told)
    index_records(uow, "lead", searched_texts("lead", leads))
    tell(uow, lead_created, leads)
    return leads, choices


def _ask_plugins(uow: UnitOfWork, leads: list[Lead], choices: Choices) -> None:
    """Ask how likely new leads are won, and whose they are where nobody has them."""
    defaults = {stage.id: stage.probability for stage in choices.stages}
    estimate(uow, leads, defaults, are_new=True)
    uow.session.flush()
    if chosen := choose_owners(uow, leads):
        estimate(uow, chosen, defaults, are_new=True)
        uow.session.flush()


def _add(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> list[Lead]:
    """The leads of `rows`, written by table, and as objects that the session keeps."""
    wholes = [_EMPTY | row for row in rows]
    if len(wholes) == 1:
        wholes[0]["id"] = uow.run(_add_one, wholes[0]).scalar_one()
    else:
        # Rows that had to tell their numbers would be sent one by one to SQLite.
        numbers = take_numbers(uow, Lead.__table__, len(wholes))
        for whole, number in zip(wholes, numbers, strict=True):
            whole["id"] = number
        uow.run(_add_many, wholes)
    return [keep_as_read(uow, Lead, whole) for whole in wholes]


_table = Lead.__table__
_EMPTY = {"version": 1} | {
    column.name: None
    for column in _table.columns
    if column.nullable and not column.primary_key
}
_add_many = insert(Lead)
_add_one = _add_many.returning(_table.c.id)


def _said(lead: Lead, draft: LeadDraft) -> Values:
    values: dict[str, Any] = {
        name: value
        for name, value in draft
        if value not in (None, ()) and name != "custom"
    }
    values |= {"stage_id": lead.stage_id, "currency": lead.currency}
    values |= {
        name: value
        for name in ("team_id", "owner_id")
        if (value := getattr(lead, name)) is not None
    }
    return {name: (None, value) for name, value in values.items()}


def _row(uow: UnitOfWork, draft: LeadDraft, choices: Choices) -> dict[str, Any]:
    values = dict(draft)
    stage = choices.stage(draft.stage_id, draft.team_id)
    now = uow.now()
    began = (draft.created_at if isinstance(draft, PastLeadDraft) else None) or now
    owner_id = _owner(uow, draft)
    row = {name: values[name] for name in _COPIED}
    row |= {
        "owner_id": owner_id,
        "created_by_id": uow.actor.id,
        "created_at": began,
        "updated_at": now,
        "stage_entered_at": began,
        "assigned_at": None if owner_id is None else began,
        "qualified_at": began if draft.kind is LeadKind.OPPORTUNITY else None,
        "currency": draft.currency or uow.settings.base_currency,
        "source_id": choices.id_of("source", draft.source),
        "medium_id": choices.id_of("medium", draft.medium),
        "campaign_id": choices.id_of("campaign", draft.campaign),
    }
    row |= _standing(draft, stage, choices, now)
    row |= derive_searched(values, uow.settings.country)
    return row


def _add_amounts(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Add to `rows` what follows from their revenue: one statement for all rates."""
    days = [rate_day(uow, row["currency"], row["closed_at"]) for row in rows]
    rates = rates_on(uow, days)
    for row, day in zip(rows, days, strict=True):
        amount, probability = row["expected_revenue"], row["probability"]
        row.update(derive_amounts(amount, probability, rates[day]))


def _standing(
    draft: LeadDraft, stage: Step, choices: Choices, now: datetime
) -> dict[str, Any]:
    status = draft.status if isinstance(draft, PastLeadDraft) else Status.OPEN
    if status is Status.WON and not stage.is_won:
        stage = won_stage(choices.stages, draft.team_id, stage.position)
    if status is Status.OPEN and stage.is_won:
        status = Status.WON
    fixed = {Status.WON: WON, Status.LOST: LOST}.get(status)
    automatic = stage.probability if fixed is None else fixed
    is_manual = draft.probability is not None and fixed is None
    row: dict[str, Any] = {
        "stage_id": stage.id,
        "status": status,
        "probability": draft.probability if is_manual else automatic,
        "probability_is_manual": is_manual,
        "automatic_probability": automatic,
        "closed_at": None,
        "lost_reason_id": None,
        "lost_note": None,
    }
    if status is Status.OPEN:
        return row
    row["closed_at"] = now
    if isinstance(draft, PastLeadDraft):
        row["closed_at"] = draft.closed_at or now
        if status is Status.LOST:
            row["lost_reason_id"] = choices.id_of("lost_reason", draft.lost_reason)
            row["lost_note"] = draft.lost_note
    return row


def _owner(uow: UnitOfWork, draft: LeadDraft) -> int | None:
    """The draft's owner, or the actor where he could not see the lead otherwise."""
    actor = uow.actor
    if draft.owner_id is not None or actor.can_be(Role.ALL):
        return draft.owner_id
    return None if draft.team_id in actor.team_ids else actor.id


SEARCHED = frozenset({"name", "company_name", "contact_name"}) | DERIVED_FROM
"""The fields that `derive_searched` looks at."""


def derive_searched(values: Mapping[str, Any], country: str) -> dict[str, Any]:
    """The copies by which a lead's title, people and address are compared."""
    return {
        "name_folded": fold(values["name"]),
        "company_folded": fold_any(values.get("company_name")),
        "contact_folded": fold_any(values.get("contact_name")),
        **derive_addressed(values, country),
    }
