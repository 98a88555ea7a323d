"""The timeline of a lead as its page shows it: of one kind, older ones, with Undo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmkit.core import (
    Moment,
    Role,
    fields_of,
    timeline_of,
    timeline_of_many,
)
from crmkit.web.pages.shown import SILENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from crmkit.core import Lead, ShownMessage, UnitOfWork
    from crmkit.web.pages.shown import Shower

KINDS = {
    "note": "lead.noted",
    "mail": "message",
    "activity": "activity",
    "change": "change",
}
"""What the timeline may be narrowed to, and what the core calls it."""
PAGE = 50
# What undo does not take back from here: words, mails, and what would hide the lead.
_FOR_GOOD = frozenset({"lead.created", "lead.noted", "lead.unmerged", "lead.deleted"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One line of a change: what it was and is."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    id: int
    at: datetime
    kind: str
    event_kind: str
    actor_id: int | None
    actor_name: str | None
    changes: tuple[FieldChange, ...]
    text: str
    mail: ShownMessage | None
    change_id: str
    is_pinned: bool
    can_undo: bool
    is_undo: bool
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """Lines of a lead's timeline, newest first; `older` is where the next begin."""

    lead_id: int
    kind: str
    lines: tuple[Entry, ...]
    older: int | None

    def __iter__(self) -> Iterator[Entry]:
        """Each line."""
        return iter(self.lines)


def entries_of(shower: Shower, kind: str = "", before: int | None = None) -> Entries:
    """The newest lines of a lead's timeline, of a kind alone, older than `before`."""
    uow, lead = shower.uow, shower.lead
    wanted = KINDS.get(kind)
    found = timeline_of(uow, lead, kind=wanted, before=before, limit=PAGE + 1)
    undone = {moment.undoes for moment in found if moment.undoes is not None}
    lines = tuple(_entry(shower, moment, undone) for moment in found[:PAGE])
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return Entries(lead.id, kind if wanted else "", lines, older)


def entries_of_many(
    shower: Shower, leads: Mapping[int, Lead]
) -> list[tuple[Entry, Lead]]:
    """The newest lines of several leads, each with its lead; nothing is undone here."""
    found = []
    for moment in timeline_of_many(shower.uow, list(leads), limit=PAGE):
        lead = shower.lead = leads[moment.lead_id]
        found.append((replace(_entry(shower, moment, ()), can_undo=False), lead))
    return found


def _entry(shower: Shower, moment: Moment, undone: Collection[str]) -> Entry:
    kind = "note" if moment.text is not None else "change"
    kind = "mail" if moment.message is not None else kind
    changes, text = _changes(shower, moment), moment.text or ""
    if moment.kind.startswith("activity."):
        changes = (_activity(shower, moment),)
        text = str(moment.values.get("feedback", ["", ""])[1] or "")
    is_undone = moment.change_id in undone
    return Entry(
        moment.id,
        moment.at,
        "activity" if moment.kind == "activity.done" else kind,
        moment.kind,
        moment.actor_id,
        moment.actor_name,
        changes,
        text,
        moment.message,
        moment.change_id,
        is_pinned=False,
        can_undo=not is_undone and _can_undo(shower.uow, moment),
        is_undo=moment.undoes is not None,
        is_undone=is_undone,
    )


def _can_undo(uow: UnitOfWork, moment: Moment) -> bool:
    """Whether the actor may take this back; what was changed since decides later."""
    if moment.kind in _FOR_GOOD or moment.kind.startswith("message."):
        return False
    return moment.actor_id == uow.actor.id or uow.actor.can_be(Role.MANAGER)


def _activity(shower: Shower, moment: Moment) -> FieldChange:
    values = moment.values
    slug = values["type"][1]
    known = shower.uow.catalogue.activity_types.get(slug)
    kind = known.name if known else slug
    summary = values["summary"][1]
    return FieldChange(kind, "", f"{kind}: {summary}" if summary else kind)


def _changes(shower: Shower, moment: Moment) -> tuple[FieldChange, ...]:
    if moment.kind == "lead.created":
        return ()
    if "attachment_id" in moment.values:
        old, new = moment.values["file"]
        return (FieldChange("", old or "", new or ""),)
    found = []
    for name, (old, new) in moment.values.items():
        plain = name.removesuffix("_id").removeprefix("custom.")
        field = fields_of(shower.uow, "lead").get(plain)
        if name in SILENT or field is None:
            continue
        old_text, new_text = shower.text(name, old), shower.text(name, new)
        found.append(FieldChange(shower.say(field.label), old_text, new_text))
    return tuple(found)
