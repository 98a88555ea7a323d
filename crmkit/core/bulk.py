"""One change of many records: tried first, then done in batches, each by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictInt
from sqlalchemy import ColumnElement, func, select

from crmkit.core.contacts import (
    Contact,
    ContactDraft,
    delete_contact,
    edit_contact,
    visible_contacts,
)
from crmkit.core.custom.values import check_values
from crmkit.core.drafts import Draft, RecordId
from crmkit.core.errors import CrmError, mark
from crmkit.core.job_rows import Outcome, RowOutcome
from crmkit.core.leads import (
    Lead,
    LeadDraft,
    Status,
    archive_lead,
    delete_lead,
    edit_lead,
    lose_lead,
    move_lead,
    restore_lead,
    visible,
    win_lead,
)
from crmkit.core.listing import ListQuery, contacts_found, leads_found
from crmkit.core.lost_reasons import find_reason
from crmkit.core.qualifying import (
    ContactChoice,
    ContactMode,
    QualifyDraft,
    qualify_lead,
)
from crmkit.core.stages import get_stage
from crmkit.core.tags import tags_of
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "BulkChange",
    "BulkDraft",
    "BulkPreview",
    "change_batch",
    "count_bulk",
    "preview_bulk",
    "start_bulk",
]

BATCH = 50
CONTACT = "contact"
TRIED = 50
_Action = Literal["qualify", "win", "lose", "archive", "restore", "delete"]


class BulkChange(Draft):
    """What is to be done to each lead; what is left out stays.

    `set` is a merge-patch of a lead: null empties a field, `stage_id` moves, `custom`
    merges by key. Tags are added and removed apart from that. `action` comes last;
    losing takes `reason_id` or `reason`, and `note`; qualifying takes `contact`, and
    `owner_ids`, who take turns.
    """

    set: dict[str, Any] = Field(default_factory=dict, max_length=60)
    add_tags: tuple[str, ...] = Field(default=(), max_length=50)
    remove_tags: tuple[str, ...] = Field(default=(), max_length=50)
    action: _Action | None = None
    reason_id: StrictInt | None = None
    reason: str | None = Field(default=None, max_length=120)
    note: str | None = Field(default=None, max_length=2000)
    contact: Literal["create", "none"] = "none"
    owner_ids: tuple[RecordId, ...] = Field(default=(), max_length=100)


class BulkDraft(Draft):
    """Which records to change, by `ids` or by a filter's text and words, and how.

    Contacts take `set` and the action `delete` alone.
    """

    entity: Literal["lead", "contact"] = "lead"
    ids: Annotated[tuple[StrictInt, ...], Field(max_length=10_000)] | None = None
    filter: str | None = Field(default=None, max_length=4000)
    q: str = Field(default="", max_length=250)
    change: BulkChange

    def after(self, done: int) -> BulkDraft:
        """The draft for what follows after `done` leads: whose turn it is then."""
        owners = self.change.owner_ids
        at = done % len(owners) if owners else 0
        turned = {"owner_ids": (*owners[at:], *owners[:at])}
        return self.model_copy(update={"change": self.change.model_copy(update=turned)})


@dataclass(slots=True)
class BulkPreview:
    """How many leads there are, and what would become of the first of them."""

    count: int
    tried: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)


class NoLeadsNamedError(CrmError):
    """A change of many leads says which."""

    def __init__(self) -> None:
        super().__init__(
            mark("Say which leads: either “ids” or “filter”."), field="ids"
        )


class NotForContactsError(CrmError):
    """Contacts have no stages, no tags and no end."""

    def __init__(self) -> None:
        super().__init__(
            mark("Contacts are edited, or put into the bin."), field="change"
        )


class NoChangeError(CrmError):
    """A change of many leads changes something."""

    def __init__(self) -> None:
        super().__init__(mark("Say what to change."), field="change")


def _check(uow: UnitOfWork, draft: BulkDraft) -> None:
    """Raise where the change could be done to no lead at all."""
    if (draft.ids is None) == (draft.filter is None):
        raise NoLeadsNamedError
    if draft.change == BulkChange():
        raise NoChangeError
    if draft.entity == CONTACT:
        _check_contacts(uow, draft.change)
        return
    wanted = {name: value for name, value in draft.change.set.items() if value}
    custom = LeadDraft(**{"name": "any", **wanted}).custom
    check_values(uow, "lead", custom)


def _check_contacts(uow: UnitOfWork, change: BulkChange) -> None:
    known = BulkChange(set=change.set, action=change.action)
    if change != known or change.action not in {None, "delete"}:
        raise NotForContactsError
    wanted = {name: value for name, value in change.set.items() if value}
    custom = ContactDraft(**{"name": "any", **wanted}).custom
    check_values(uow, CONTACT, custom)


def _found(uow: UnitOfWork, draft: BulkDraft) -> ColumnElement[bool]:
    """The criterion of the records that the draft is of."""
    if draft.ids is None:
        query = _query(draft)
        is_contact = draft.entity == CONTACT
        return contacts_found(uow, query) if is_contact else leads_found(uow, query)
    if draft.entity == CONTACT:
        return Contact.id.in_(draft.ids) & visible_contacts(uow)
    # Those in the bin too: restoring is one of the things that can be done.
    there = visible(uow, deleted=draft.change.action == "restore")
    return Lead.id.in_(draft.ids) & there


def _table(draft: BulkDraft) -> type[Lead | Contact]:
    return Contact if draft.entity == CONTACT else Lead


def _query(draft: BulkDraft) -> ListQuery:
    return ListQuery(draft.filter or "", draft.q, archived=True)


def _ids(
    uow: UnitOfWork, draft: BulkDraft, after: int, until: int, limit: int
) -> list[int]:
    """The ids of the next records, from behind `after` on."""
    number = _table(draft).id
    found = select(number).where(number > after, number <= until, _found(uow, draft))
    return list(uow.session.scalars(found.order_by(number).limit(limit)))


def count_bulk(uow: UnitOfWork, draft: BulkDraft) -> tuple[int, int]:
    """How many records would be looked at, and the highest id among them.

    A record that comes later is not changed, though it fulfils the filter.
    """
    _check(uow, draft)
    number = _table(draft).id
    found = select(func.count(), func.coalesce(func.max(number), 0))
    found = found.where(_found(uow, draft))
    count, highest = uow.session.execute(found).one()
    return count, highest


def preview_bulk(
    uow: UnitOfWork, draft: BulkDraft, say: Callable[[str], str]
) -> BulkPreview:
    """What the change would do: the first leads are changed and put back.

    `say` puts the sentences of refusals into the actor's language. The unit has to be
    one that writes, and nothing of it stays.
    """
    count, highest = count_bulk(uow, draft)
    preview = BulkPreview(count)
    tried = uow.session.begin_nested()
    rows, _ = change_batch(uow, draft, (0, highest), say, limit=TRIED)
    tried.rollback()
    uow.session.expire_all()
    preview.tried = len(rows)
    preview.outcomes = dict(Counter(row.outcome.value for row in rows))
    for row in rows:
        if row.outcome is Outcome.REFUSED:
            refused = {"lead_id": row.record_id, "reason": row.sentence}
            preview.refused.append(refused)
    return preview


def start_bulk(uow: UnitOfWork, draft: BulkDraft) -> int:
    """The id of the job that makes the change."""
    count, highest = count_bulk(uow, draft)
    asked = draft.model_dump(mode="json", exclude_defaults=True)
    kind = "change_contacts" if draft.entity == CONTACT else "change_leads"
    return uow.enqueue(kind, draft=asked, until=highest, count=count)


def change_batch(
    uow: UnitOfWork,
    draft: BulkDraft,
    between: tuple[int, int],
    say: Callable[[str], str],
    *,
    limit: int = BATCH,
) -> tuple[list[RowOutcome], int | None]:
    """Change the next records; what became of each, and the id to go on from.

    `between` are the id to begin behind and the last one. One that cannot be
    changed stays as it was, and the others go on.
    """
    ids = _ids(uow, draft, between[0], between[1], limit)
    table = _table(draft)
    records: Sequence[Lead | Contact] = uow.session.scalars(  # type: ignore[assignment]  # of one of these tables
        uow.locked(select(table).where(table.id.in_(ids)).order_by(table.id))
    ).all()
    rows = [
        _change_one(uow, record, draft.after(turn), say)
        for turn, record in enumerate(records)
    ]
    return rows, (ids[-1] if len(ids) == limit else None)


def _change_one(
    uow: UnitOfWork,
    record: Lead | Contact,
    draft: BulkDraft,
    say: Callable[[str], str],
) -> RowOutcome:
    before, number, entity = record.version, record.id, draft.entity
    try:
        with uow.session.begin_nested():
            if isinstance(record, Contact):
                _change_contact(uow, record, draft.change)
            else:
                apply_change(uow, record, draft.change)
            after = record.version
    except CrmError as error:
        uow.session.expire(record)
        return RowOutcome(entity, number, Outcome.REFUSED, error.text(say))
    outcome = Outcome.UNCHANGED if after == before else Outcome.CHANGED
    return RowOutcome(entity, number, outcome)


def _change_contact(uow: UnitOfWork, contact: Contact, change: BulkChange) -> None:
    if change.set:
        edit_contact(uow, contact, change.set)
    if change.action == "delete":
        delete_contact(uow, contact)


def apply_change(uow: UnitOfWork, lead: Lead, change: BulkChange) -> None:
    """Do to one lead what the change says."""
    wanted: dict[str, Any] = dict(change.set)
    stage_id = wanted.pop("stage_id", None)
    if change.add_tags or change.remove_tags:
        wanted["tags"] = _tags(tags_of(uow, lead.id), change)
    if wanted:
        edit_lead(uow, lead, wanted)
    if stage_id is not None:
        move_lead(uow, lead, get_stage(uow, stage_id))
    if change.action is not None:
        _ACTIONS[change.action](uow, lead, change)


def _tags(before: Sequence[str], change: BulkChange) -> list[str]:
    gone = {fold(name) for name in change.remove_tags}
    known = {fold(name) for name in before}
    added = [name for name in change.add_tags if fold(name) not in known]
    return [name for name in (*before, *added) if fold(name) not in gone]


def _lose(uow: UnitOfWork, lead: Lead, change: BulkChange) -> None:
    if lead.status is not Status.LOST:
        reason = find_reason(uow, change.reason_id, change.reason)
        lose_lead(uow, lead, reason, change.note)


def _qualify(uow: UnitOfWork, lead: Lead, change: BulkChange) -> None:
    contact = ContactChoice(mode=ContactMode(change.contact))
    turn = {"owner_id": change.owner_ids[0]} if change.owner_ids else {}
    qualify_lead(uow, lead, QualifyDraft(contact=contact, **turn))


def _delete(uow: UnitOfWork, lead: Lead, _change: BulkChange) -> None:
    delete_lead(uow, lead)


_ACTIONS: Mapping[str, Callable[[UnitOfWork, Lead, BulkChange], None]] = {
    "qualify": _qualify,
    "win": lambda uow, lead, _change: win_lead(uow, lead),
    "lose": _lose,
    "archive": lambda uow, lead, _change: archive_lead(uow, lead),
    "restore": lambda uow, lead, _change: restore_lead(uow, lead),
    "delete": _delete,
}
