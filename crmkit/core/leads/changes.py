"""Editing and moving leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core.access import check_in_sight
from crmkit.core.contacts import known_contacts
from crmkit.core.custom.values import edit_values
from crmkit.core.edits import Based, apply_edit, changed_since
from crmkit.core.errors import StaleError
from crmkit.core.leads.choices import (
    NAMED,
    check_contacts,
    check_owners,
    check_teams,
)
from crmkit.core.leads.closing import close_as_won, reopen
from crmkit.core.leads.creating import SEARCHED, derive_searched
from crmkit.core.leads.draft import LeadDraft
from crmkit.core.leads.errors import (
    FailedCheckError,
    FixedFieldError,
    MovedSinceError,
    NotOpenError,
    RefusedByPluginError,
    WrongStageError,
)
from crmkit.core.leads.saving import (
    estimate,
    refresh_amounts,
    save,
    tell,
    tell_customer,
)
from crmkit.core.leads.table import Lead, Status
from crmkit.core.named import need_named
from crmkit.core.search import index_records, is_searched, searched_texts
from crmkit.core.stages import Stage, first_stage, get_stage, is_stage_of, list_stages
from crmkit.core.tags import set_tags, tags_of
from crmkit.core.uow import Role
from crmkit.core.words import fold
from crmkit.hooks import (
    LeadMove,
    LeadsChanged,
    check_lead_move,
    lead_changed,
    lead_moved,
    lead_won,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

_FIXED = frozenset({"stage_id", "kind"})
_EDITED = frozenset(LeadDraft.model_fields) - {*_FIXED, "tags", "custom", *NAMED}
_FILLED = frozenset({"expected_revenue", "priority", "tags", "custom"})
_AMOUNTS = frozenset({"expected_revenue", "currency", "probability"})


def edit_lead(
    uow: UnitOfWork, lead: Lead, changes: Mapping[str, Any], based_on: Based = None
) -> None:
    """Change fields of `lead`, named as in LeadDraft; moving has its own function.

    `based_on` is the version that the user saw: StaleError where somebody changed
    one of these fields since. `probability` None hands it back to the automatic.
    """
    wanted = read_changes(uow, lead, changes)
    if wanted.keys() & {"owner_id", "team_id"}:
        owner_id = wanted.get("owner_id", lead.owner_id)
        check_in_sight(uow, owner_id, wanted.get("team_id", lead.team_id))
    tags, custom = wanted.pop("tags", None), wanted.pop("custom", {})
    changed = apply_edit(uow, "lead", lead, wanted, based_on)
    changed |= edit_values(uow, ("lead", lead.id), custom, based_on, known_contacts)
    if tags is not None:
        changed |= _retag(uow, lead, tags, based_on)
    if not changed:
        return
    follow(uow, lead, changed)
    save(uow, [lead], _kind_of(changed), {lead.id: changed})
    if is_searched("lead", changed):
        index_records(uow, "lead", searched_texts("lead", [lead]))
    uow.hooks.tell(lead_changed, LeadsChanged(uow, (lead,), frozenset(changed)))


def _kind_of(changed: Values) -> str:
    return "lead.assigned" if changed.keys() == {"owner_id"} else "lead.changed"


def read_changes(
    uow: UnitOfWork, lead: Lead, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The changes checked, in the types and names of the table's columns."""
    for name in changes:
        if name in _FIXED:
            raise FixedFieldError(name)
    # The draft's own rules decide, so that a lead can be edited into nothing that
    # could not be created. An emptied field takes what a new lead has.
    given = {n: v for n, v in changes.items() if v is not None or n not in _FILLED}
    draft = LeadDraft(**{"name": lead.name, **given})
    wanted = {name: getattr(draft, name) for name in changes if name in _EDITED}
    if "currency" in wanted and wanted["currency"] is None:
        wanted["currency"] = uow.settings.base_currency
    check_teams(uow, [wanted.get("team_id")])
    check_owners(uow, [wanted.get("owner_id")])
    check_contacts(uow, [wanted.get("contact_id")])
    if "probability" in wanted:
        wanted |= _probability(lead, wanted["probability"])
    for field in NAMED.keys() & changes.keys():
        name = getattr(draft, field)
        ids = need_named(uow, NAMED[field], [name] if name else [], role=Role.OWN)
        wanted[f"{field}_id"] = ids[fold(name)] if name else None
    for name in {"tags", "custom"} & changes.keys():
        wanted[name] = getattr(draft, name)
    return wanted


def _probability(lead: Lead, value: Decimal | None) -> dict[str, Any]:
    if lead.status is not Status.OPEN:
        raise NotOpenError(lead)
    if value is None:
        shown = lead.automatic_probability
        return {"probability": shown, "probability_is_manual": False}
    return {"probability": value, "probability_is_manual": True}


def _retag(
    uow: UnitOfWork, lead: Lead, tags: tuple[str, ...], based_on: Based
) -> Values:
    before = tags_of(uow, lead.id)
    if [fold(tag) for tag in before] == sorted(fold(tag) for tag in tags):
        return {}
    if based_on is not None and "tags" in changed_since(uow, "lead", lead.id, based_on):
        raise StaleError(
            ("lead", lead.id), mine={"tags": list(tags)}, theirs={"tags": before}
        )
    set_tags(uow, {lead.id: tags})
    return {"tags": (before, list(tags))}


def follow(uow: UnitOfWork, lead: Lead, changed: Values) -> None:
    """Bring what follows from the changed fields up to date; `changed` grows by it."""
    if changed.keys() & SEARCHED:
        values = {name: getattr(lead, name) for name in SEARCHED}
        for name, value in derive_searched(values, uow.settings.country).items():
            setattr(lead, name, value)
    if "owner_id" in changed:
        lead.assigned_at = None if lead.owner_id is None else uow.now()
    if "team_id" in changed:
        restage(uow, lead, changed)
    if changed.keys() & _AMOUNTS:
        refresh_amounts(uow, lead)


def restage(uow: UnitOfWork, lead: Lead, changed: Values) -> None:
    """Put a lead whose new team may not use its stage into the team's first stage."""
    stages = list_stages(uow)
    stage = next(stage for stage in stages if stage.id == lead.stage_id)
    if is_stage_of(stage, lead.team_id) or lead.status is not Status.OPEN:
        return
    new = first_stage(stages, lead.team_id)
    changed["stage_id"] = (lead.stage_id, new.id)
    lead.stage_id = new.id
    lead.stage_entered_at = uow.now()
    estimate(uow, [lead], {stage.id: stage.probability for stage in stages})


def move_lead(
    uow: UnitOfWork, lead: Lead, stage: Stage, based_on: Based = None
) -> None:
    """Put `lead` into `stage`; a won stage wins it, another reopens a won one.

    Raises MovedSinceError where somebody moved it after version `based_on`, and what
    a plugin's check answers.
    """
    if not is_stage_of(stage, lead.team_id):
        raise WrongStageError(stage)
    if lead.status is Status.LOST:
        raise NotOpenError(lead)
    if lead.stage_id == stage.id:
        return
    check_move(uow, lead, stage)
    before = lead.stage_id
    wanted = {"stage_id": stage.id}
    try:
        changed = apply_edit(uow, "lead", lead, wanted, based_on)
    except StaleError as error:
        raise MovedSinceError(lead, get_stage(uow, before)) from error
    lead.stage_entered_at = uow.now()
    if stage.is_won:
        changed |= close_as_won(uow, lead)
    elif lead.status is Status.WON:
        changed |= reopen(lead)
    estimate(uow, [lead], {stage.id: stage.probability})
    save(uow, [lead], "lead.moved", {lead.id: changed})
    _tell_move(uow, lead, stage)


def _tell_move(uow: UnitOfWork, lead: Lead, stage: Stage) -> None:
    """Tell plugins of a move, and have the customer told where the stage says so."""
    tell(uow, lead_moved, [lead])
    if lead.status is Status.WON:
        tell(uow, lead_won, [lead])
    tell_customer(uow, lead, stage)


def check_move(uow: UnitOfWork, lead: Lead, stage: Stage) -> None:
    """Raise what plugins have against `lead` going to `stage`."""
    answer = uow.hooks.check(check_lead_move, LeadMove(uow, (lead,), stage))
    if isinstance(answer, tuple):
        raise RefusedByPluginError(*answer)
    if answer is not None:
        raise FailedCheckError(answer.plugin_id)
