"""Merging leads into the one that stays."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import Field

from crmkit.core.access import check_in_sight
from crmkit.core.activities import find_next
from crmkit.core.contacts import known_contacts
from crmkit.core.custom.values import edit_values, load_values
from crmkit.core.drafts import Draft, RecordId
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.leads import Lead, Status, get_leads
from crmkit.core.leads.changes import follow, read_changes
from crmkit.core.leads.choices import check_owners, check_teams
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.saving import (
    estimate,
    raise_versions,
    record_leads,
    refresh_amounts,
)
from crmkit.core.merging.links import move_links, share_followers
from crmkit.core.merging.rules import Picks, join_tags, pick_values, rank_leads
from crmkit.core.merging.table import LeadMerge
from crmkit.core.reading import read_lead
from crmkit.core.search import index_records, searched_texts
from crmkit.core.tags import set_tags, tags_of_leads
from crmkit.hooks import LeadsMerged, lead_merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

MOST = 20
_LONGEST_NOTE = 2000
_MOMENTS = ("assigned_at", "stage_entered_at")


class MergeDraft(Draft):
    """Which leads become one, and what is chosen otherwise than by the rules.

    Without `master_id` the rules say which one stays. `values` is a merge-patch of it.
    """

    ids: tuple[RecordId, ...] = Field(min_length=2, max_length=MOST, examples=[[1, 2]])
    master_id: RecordId | None = None
    owner_id: RecordId | None = None
    team_id: RecordId | None = None
    values: dict[str, Any] = Field(default_factory=dict, max_length=60)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A lead that was named and stays as it is, and why, in a sentence to translate."""

    id: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldPick:
    """A field of the master: its value, and the id of the lead that it is of."""

    name: str
    lead_id: int
    value: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge; foretold, it has no `merge_id`."""

    lead: dict[str, Any]
    merge_id: int | None
    excluded: tuple[Excluded, ...]
    fields: tuple[FieldPick, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Leads that could be merged, the one that stays first, and whose values count.

    `picks` holds the id of the lead that each field is of.
    """

    leads: tuple[Lead, ...]
    picks: dict[str, int]
    excluded: tuple[Excluded, ...]


class TooFewLeadsError(CrmError):
    """There are not two leads that can be merged."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, excluded: Sequence[Excluded]) -> None:
        names = ", ".join(one.name for one in excluded)
        text = mark("It takes two leads to merge.")
        if excluded:
            text = mark("It takes two leads to merge; these are won: {names}.")
        super().__init__(text, field="ids", names=names)


WON = mark("It is won, and a won deal stays as it is.")


def preview_merge(uow: UnitOfWork, draft: MergeDraft) -> Merged:
    """What `merge_leads` would come to; nothing stays of it."""
    tried = uow.session.begin_nested()
    merged = merge_leads(uow, draft)
    tried.rollback()
    uow.session.expire_all()
    return Merged(merged.lead, None, merged.excluded, merged.fields)


def compare_leads(uow: UnitOfWork, draft: MergeDraft) -> Comparison:
    """What the rules would make of the leads of `draft`, without trying it."""
    leads, excluded = _find(uow, draft)
    ranked = rank_leads(leads, _positions(uow))
    picks = {name: lead_id for name, (lead_id, _) in pick_values(ranked).items()}
    return Comparison(tuple(ranked), picks, tuple(excluded))


def merge_leads(uow: UnitOfWork, draft: MergeDraft) -> Merged:
    """Make one lead of several; what belongs to them goes with it.

    The others stay as rows that point at it, out of every list. Raises NotFoundError
    where the actor does not see one of them, TooFewLeadsError where less than two
    are left without those that are won.
    """
    leads, excluded = _find(uow, draft)
    ranked = rank_leads(leads, _positions(uow))
    if draft.master_id is not None:
        ranked.sort(key=lambda lead: lead.id != draft.master_id)
    master, sources = ranked[0], ranked[1:]
    picks = pick_values(ranked)
    wanted = _wanted(uow, draft, master, picks)
    # All rows are written at once, before the first question about what goes with them.
    raise_versions(uow, ranked)
    hidden = {"merged_into_id": master.id, "deleted_at": uow.now()}
    changed = {lead.id: set_fields(lead, hidden) for lead in sources}
    changed[master.id] = _apply(uow, ranked, wanted)
    number = _fold_in(uow, master, sources, changed)
    index_records(uow, "lead", searched_texts("lead", [master]))
    uow.hooks.tell(lead_merged, LeadsMerged(uow, (master,), tuple(sources)))
    shown = read_lead(uow, master.id)
    fields = tuple(
        FieldPick(name, lead_id, shown.get(name, value))
        for name, (lead_id, value) in picks.items()
    )
    return Merged(shown, number, tuple(excluded), fields)


def _positions(uow: UnitOfWork) -> dict[int, int]:
    return {stage.id: stage.position for stage in uow.catalogue.stages}


def _find(uow: UnitOfWork, draft: MergeDraft) -> tuple[list[Lead], list[Excluded]]:
    wanted = {*draft.ids, *([draft.master_id] if draft.master_id else [])}
    found = get_leads(uow, sorted(wanted))
    missing = wanted - {lead.id for lead in found}
    if missing:
        raise NotFoundError("lead", min(missing))
    won = [lead for lead in found if lead.status is Status.WON]
    excluded = [Excluded(lead.id, lead.name, WON) for lead in won]
    leads = [lead for lead in found if lead.status is not Status.WON]
    if len(leads) < 2:  # noqa: PLR2004  (a pair)
        raise TooFewLeadsError(excluded)
    return leads, excluded


def _wanted(
    uow: UnitOfWork, draft: MergeDraft, master: Lead, picks: Picks
) -> dict[str, Any]:
    """What the master becomes: by the rules, then by what was chosen."""
    wanted = {name: value for name, (_, value) in picks.items()}
    if wanted["lost_note"]:
        wanted["lost_note"] = wanted["lost_note"][:_LONGEST_NOTE]
    chosen: Mapping[str, Any] = {
        name: getattr(draft, name)
        for name in ("owner_id", "team_id")
        if name in draft.model_fields_set
    }
    check_owners(uow, [chosen.get("owner_id")])
    check_teams(uow, [chosen.get("team_id")])
    wanted |= chosen
    wanted |= read_changes(uow, master, draft.values)
    check_in_sight(uow, wanted["owner_id"], wanted["team_id"])
    return wanted


def _apply(uow: UnitOfWork, ranked: Sequence[Lead], wanted: dict[str, Any]) -> Values:
    """Give the master its values, tags and custom values; tells what changed."""
    master, ids = ranked[0], [lead.id for lead in ranked]
    tags, custom = wanted.pop("tags", None), wanted.pop("custom", {})
    moments = {name: getattr(master, name) for name in _MOMENTS}
    changed = set_fields(master, wanted)
    follow(uow, master, changed)
    for name, moment in moments.items():
        if getattr(master, name) != moment:
            changed[name] = (moment, getattr(master, name))
    if "status" in changed:
        before = master.probability
        defaults = {one.id: one.probability for one in uow.catalogue.stages}
        estimate(uow, [master], defaults)
        if before != master.probability:
            changed["probability"] = (before, master.probability)
    refresh_amounts(uow, master)
    named = tags_of_leads(uow, ids)
    before_tags = named.get(master.id, [])
    joined = join_tags([named.get(number, []) for number in ids])
    joined = list(tags) if tags is not None else joined
    if len(joined) != len(before_tags) or set(joined) != set(before_tags):
        set_tags(uow, {master.id: joined})
        changed["tags"] = (before_tags, joined)
    filled = _custom(uow, ids) | custom
    if filled:
        changed |= edit_values(uow, ("lead", master.id), filled, None, known_contacts)
    return changed


def _custom(uow: UnitOfWork, ids: Sequence[int]) -> dict[str, Any]:
    """The first value of each custom field that is not empty."""
    if not uow.catalogue.custom(uow, "lead"):
        return {}
    values = load_values(uow, "lead", ids)
    found: dict[str, Any] = {}
    for number in ids:
        for slug, value in values[number].items():
            if value is not None:
                found.setdefault(slug, value)
    return found


def _fold_in(
    uow: UnitOfWork,
    master: Lead,
    sources: Sequence[Lead],
    changed: Mapping[int, Values],
) -> int:
    """Move what belongs to `sources`, record what `changed`; the id of the merge."""
    numbers = [lead.id for lead in sources]
    moved = move_links(uow, master.id, numbers)
    moved |= share_followers(uow, master, numbers)
    merge = LeadMerge(
        change_id=uow.change_id,
        master_id=master.id,
        at=uow.now(),
        actor_id=uow.actor.id,
        moved=moved,
        sources=numbers,
    )
    uow.session.add(merge)
    uow.session.flush()
    changed[master.id]["merged_ids"] = (None, numbers)
    changed[master.id]["merge_id"] = (None, merge.id)
    record_leads(uow, [*sources, master], "lead.merged", changed)
    find_next(uow, master)
    return merge.id
