"""The timeline of a record: its notes and what happened to it, in one stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field
from sqlalchemy import ForeignKey, Index, Integer, String, Text, bindparam, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.events import Event, Fact, LeadPast, record
from crmkit.core.leads.questions import merged_with
from crmkit.core.mail.table import (
    Message,
    MessageState,
    MessageVisibility,
    show_message,
)
from crmkit.core.notifications import Mention, tell_of_note
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmkit.core.leads import Lead
    from crmkit.core.mail.table import ShownMessage
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Moment",
    "NoteDraft",
    "TimelineEntry",
    "add_note",
    "days_in_stages",
    "timeline_of",
    "timeline_of_many",
    "write_note",
]

PAGE = 50


class TimelineEntry(Base):
    """Words that somebody wrote on a record. Its event puts it into the stream."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("ix_timeline_entry_record", "entity", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]


class NoteDraft(Draft):
    """A note; its text is plain and shown as written."""

    text: str = Field(min_length=1, max_length=20_000)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline: an event with its actor's name and a note's words.

    `message` is the mail that the event is about, as the actor may see it; `undoes`
    the change that this one took back.
    """

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str | None
    change_id: str
    values: dict[str, list[Any]]
    text: str | None
    message: ShownMessage | None = None
    undoes: str | None = None
    lead_id: int = 0


def add_note(uow: UnitOfWork, lead: Lead, draft: NoteDraft) -> TimelineEntry:
    """A new note on `lead`'s timeline."""
    return write_note(uow, lead, draft)[0]


def write_note(
    uow: UnitOfWork, lead: Lead, draft: NoteDraft
) -> tuple[TimelineEntry, tuple[Mention, ...]]:
    """A new note on `lead`'s timeline, and whom it mentions by `@name`."""
    entry = TimelineEntry(
        entity="lead",
        record_id=lead.id,
        text=draft.text,
        author_id=uow.actor.id,
        created_at=uow.now(),
    )
    uow.session.add(entry)
    uow.session.flush()
    values = {"entry_id": (None, entry.id)}
    record(uow, [Fact("lead.noted", "lead", lead.id, lead.version, values)])
    return entry, tell_of_note(uow, lead, entry.id, entry.text)


def timeline_of(
    uow: UnitOfWork,
    lead: Lead,
    *,
    kind: str | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Moment]:
    """What happened to `lead`, newest first; older than the moment `before`.

    `kind` is an event's kind (`lead.noted`), the part before its dot (`activity`), or
    `change`: what became of the lead itself, without notes.
    """
    query = _moments
    if kind == "change":
        query = query.where(Event.kind.startswith("lead."), Event.kind != "lead.noted")
    elif kind is not None:
        same = Event.kind == kind
        query = query.where(same if "." in kind else Event.kind.startswith(f"{kind}."))
    if before is not None:
        query = query.where(Event.id < before)
    asked = {"of_lead": lead.id, "most": limit}
    rows: Iterable[Any] = uow.run(query, asked)
    return [_moment(uow, row) for row in rows]


def timeline_of_many(
    uow: UnitOfWork, leads: Sequence[int], *, limit: int = PAGE
) -> list[Moment]:
    """What happened to the leads of these ids, newest first; look them up first."""
    if not leads:
        return []
    rows: Iterable[Any] = uow.run(_of_many, {"of_leads": list(leads), "most": limit})
    return [_moment(uow, row) for row in rows]


def _moment(uow: UnitOfWork, row: Any) -> Moment:
    own, (undoes, lead_id, *mail) = tuple(row)[:_OWN], tuple(row)[_OWN:]
    message = None if mail[0] is None else show_message(uow, _MailRow(*mail))
    return replace(Moment(*own), message=message, undoes=undoes, lead_id=lead_id)


class _MailRow(NamedTuple):
    """The columns of a message that a timeline shows."""

    id: int
    direction: str
    state: MessageState
    visibility: MessageVisibility
    owner_id: int | None
    from_name: str
    from_address: str
    to: list[str]
    cc: list[str]
    subject: str
    text: str
    quoted: str | None
    attachment_ids: list[int]
    error: dict[str, Any] | None
    created_at: datetime
    sent_at: datetime | None
    has_html: bool


_OWN = 8
_note_id = Event.values["entry_id"][1].as_integer()
_mail_id = Event.values["message_id"][1].as_integer()
_every = (
    select(
        Event.id,
        Event.at,
        Event.kind,
        Event.actor_id,
        User.name,
        Event.change_id,
        Event.values,
        TimelineEntry.text,
        Event.undoes,
        Event.record_id,
        *(getattr(Message, name) for name in _MailRow._fields if name != "has_html"),
        Message.html.is_not(None),
    )
    .select_from(Event)
    .outerjoin(User, User.id == Event.actor_id)
    .outerjoin(
        TimelineEntry, (Event.kind == "lead.noted") & (TimelineEntry.id == _note_id)
    )
    .outerjoin(Message, Event.kind.startswith("message.") & (Message.id == _mail_id))
    # Where a card lies on the board is nothing that happened to the lead.
    .where(Event.entity == "lead", Event.kind != "lead.placed")
    .order_by(Event.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_of_many = _every.where(Event.record_id.in_(bindparam("of_leads", expanding=True)))
_moments = (
    _every.where(Event.record_id.in_(merged_with(bindparam("of_lead"))))
    # That a lead went into this one, this one's own event says.
    .where(or_(Event.kind != "lead.merged", Event.record_id == bindparam("of_lead")))
)


def days_in_stages(uow: UnitOfWork, lead: Lead) -> dict[int, float]:
    """How many days `lead` spent in each stage, by stage id, from `lead_past`."""
    now, spent = uow.now(), dict[int, float]()
    for stage_id, start, end in uow.run(_stays, {"of_lead": lead.id}):
        seconds = ((end or now) - start).total_seconds()
        spent[stage_id] = spent.get(stage_id, 0.0) + seconds / 86400
    return spent


_stays = select(LeadPast.stage_id, LeadPast.from_at, LeadPast.to_at).where(
    LeadPast.lead_id == bindparam("of_lead")
)
