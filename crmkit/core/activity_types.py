"""Types of activity: call, mail, meeting and what else a manager makes of them.

A type is known by its slug, which never changes: activities, filters and scripts name
it so. What a page shows of it, the catalogue remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import Field, field_validator
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft, Whole
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.named import (
    Named,
    NameTakenError,
    archive_named,
    find_named,
    restore_named,
)
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.types import choice
from crmkit.core.uow import Role
from crmkit.core.words import fold, split_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "TYPE_ICONS",
    "ActivityType",
    "ActivityTypeDraft",
    "Chaining",
    "KnownType",
    "add_activity_type",
    "archive_activity_type",
    "describe_activity_type",
    "edit_activity_type",
    "find_activity_type",
    "get_activity_type",
    "list_activity_types",
    "order_activity_types",
    "restore_activity_type",
]

USUAL = "task"
LONGEST_SLUG = 24
STEP = 10
TYPE_ICONS = (
    "phone mail users square-check eye at bolt building calendar calendar-event clock "
    "copy database download file-text inbox key map-pin note pencil search settings "
    "sparkles target trophy user world-search"
).split()
"""The names of the icons that a type may have."""


class Chaining(StrEnum):
    """What becomes of the next type once an activity is done."""

    SUGGEST = "suggest"
    TRIGGER = "trigger"


class ActivityType(Named, Base):
    """What kind of thing is to be done, and what usually follows it."""

    __tablename__ = "activity_type"

    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), unique=True)
    icon: Mapped[str] = mapped_column(String(40))
    delay_days: Mapped[int] = mapped_column(default=0)
    next_type_id: Mapped[int | None] = mapped_column(ForeignKey("activity_type.id"))
    chaining: Mapped[Chaining] = mapped_column(
        choice(Chaining), default=Chaining.SUGGEST
    )
    position: Mapped[int]


@dataclass(frozen=True, slots=True)
class KnownType:
    """What units remember of a type; `next_slug` is the type that follows, if any."""

    id: int
    slug: str
    name: str
    icon: str
    delay_days: int
    next_slug: str | None
    chaining: Chaining
    position: int
    is_archived: bool


class IconError(ValueError):
    """The icon is none of those that a type may have."""

    def __init__(self) -> None:
        super().__init__(f"Choose one of {', '.join(TYPE_ICONS)}.")


class ActivityTypeDraft(Draft):
    """What is needed for a new type. `delay_days` is how far ahead one is planned."""

    name: str = Field(min_length=1, max_length=120)
    icon: str = Field(default="calendar-event", max_length=40)
    delay_days: Whole = Field(default=0, ge=0, le=3650)
    next_type: str | None = Field(default=None, max_length=120)
    chaining: Chaining = Chaining.SUGGEST
    position: Whole | None = Field(default=None, ge=0, le=1_000_000)

    @field_validator("icon")
    @classmethod
    def _is_known(cls, icon: str) -> str:
        if icon not in TYPE_ICONS:
            raise IconError
        return icon


class UnknownTypeError(CrmError):
    """No activity type goes by what was given."""

    def __init__(self, name: str, field: str) -> None:
        super().__init__(
            mark("There is no activity type “{name}”."), field=field, name=name
        )


class LastTypeError(CrmError):
    """Without a type nothing could be planned any more."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("This is the last activity type. Add another first."))


def read_activity_types(session: Session) -> dict[str, KnownType]:
    """Every type by slug, in order, archived ones too."""
    order = (ActivityType.position, ActivityType.id)
    found = list(session.scalars(select(ActivityType).order_by(*order)))
    slugs = {one.id: one.slug for one in found}
    return {
        one.slug: KnownType(
            one.id,
            one.slug,
            one.name,
            one.icon,
            one.delay_days,
            None if one.next_type_id is None else slugs[one.next_type_id],
            one.chaining,
            one.position,
            is_archived=one.archived_at is not None,
        )
        for one in found
    }


def find_activity_type(
    uow: UnitOfWork, name: str | None, *, field: str = "type"
) -> KnownType:
    """The type of that slug or name; without one “task”, or the first.

    Raises UnknownTypeError, about `field`, where there is none, or it is archived.
    """
    found = _match(uow.catalogue.activity_types, name)
    if found is None:
        # Made in this very unit, it is not yet remembered.
        found = _match(read_activity_types(uow.session), name)
    if found is None:
        raise UnknownTypeError(name or USUAL, field)
    return found


def _match(known: Mapping[str, KnownType], name: str | None) -> KnownType | None:
    used = {slug: one for slug, one in known.items() if not one.is_archived}
    if not name:
        return used.get(USUAL) or next(iter(used.values()), None)
    if name in used:
        return used[name]
    folded = fold(name)
    return next((one for one in used.values() if fold(one.name) == folded), None)


def get_activity_type(uow: UnitOfWork, slug: str) -> ActivityType:
    """The type of that slug, in use or archived."""
    query = select(ActivityType).where(ActivityType.slug == slug)
    found = uow.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError("activity type", slug)
    return found


def describe_activity_type(uow: UnitOfWork, kind: ActivityType) -> ActivityTypeDraft:
    """The draft that would leave `kind` as it is; it names the next type by slug."""
    following = None
    if kind.next_type_id is not None:
        following = uow.session.get_one(ActivityType, kind.next_type_id).slug
    return ActivityTypeDraft(
        name=kind.name,
        icon=kind.icon,
        delay_days=kind.delay_days,
        next_type=following,
        chaining=kind.chaining,
        position=kind.position,
    )


def list_activity_types(
    uow: UnitOfWork, *, archived: bool = False
) -> list[ActivityType]:
    """The types that are in use, or with `archived` are not, in their order."""
    at = ActivityType.archived_at
    query = select(ActivityType).where(at.is_not(None) if archived else at.is_(None))
    ordered = query.order_by(ActivityType.position, ActivityType.id)
    return list(uow.session.scalars(ordered))


def add_activity_type(uow: UnitOfWork, draft: ActivityTypeDraft) -> ActivityType:
    """A new type, the last unless `position` says more. Only a manager may add one."""
    uow.require(Role.MANAGER)
    _check_name(uow, draft.name, but=None)
    position = draft.position
    if position is None:
        last = uow.session.scalar(select(func.max(ActivityType.position)))
        position = (last or 0) + STEP
    kind = ActivityType(
        slug=_new_slug(uow, draft.name),
        created_at=uow.now(),
        **{**_values(uow, draft), "position": position},
    )
    uow.session.add(kind)
    uow.session.flush()
    values: Values = {"name": (None, kind.name), "slug": (None, kind.slug)}
    record(uow, [Fact("activity_type.created", "activity_type", kind.id, 1, values)])
    raise_revision(uow, SETUP)
    return kind


def _check_name(uow: UnitOfWork, name: str, *, but: int | None) -> None:
    found = find_named(uow, ActivityType, [name])
    if found and but not in found.values():
        raise NameTakenError(name)


def _new_slug(uow: UnitOfWork, name: str) -> str:
    words = "".join(c if c.isascii() else " " for c in "_".join(split_words(name)))
    base = words.replace(" ", "").strip("_")[: LONGEST_SLUG - 4] or "type"
    taken = set(uow.session.scalars(select(ActivityType.slug)))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}_{number}", number + 1
    return slug


def _values(uow: UnitOfWork, draft: ActivityTypeDraft) -> dict[str, object]:
    following = draft.next_type
    found = find_activity_type(uow, following, field="next_type") if following else None
    return {
        "name": draft.name,
        "name_folded": fold(draft.name),
        "icon": draft.icon,
        "delay_days": draft.delay_days,
        "next_type_id": None if found is None else found.id,
        "chaining": draft.chaining,
    }


def edit_activity_type(
    uow: UnitOfWork,
    kind: ActivityType,
    draft: ActivityTypeDraft,
    based_on: Based = None,
) -> None:
    """Give a type the values of `draft`; its slug stays. Only a manager may.

    Raises StaleError when a field that differs was changed after `based_on`.
    """
    uow.require(Role.MANAGER)
    _check_name(uow, draft.name, but=kind.id)
    wanted = _values(uow, draft)
    if draft.position is not None:
        wanted["position"] = draft.position
    changed = apply_edit(uow, "activity_type", kind, wanted, based_on)
    if changed:
        _told(uow, kind, changed)


def _told(uow: UnitOfWork, kind: ActivityType, changed: Values) -> None:
    kind.version += 1
    uow.session.flush()
    told: Values = {n: v for n, v in changed.items() if n != "name_folded"}
    noun = ActivityType.__tablename__
    record(uow, [Fact(f"{noun}.changed", noun, kind.id, kind.version, told)])
    raise_revision(uow, SETUP)


def order_activity_types(uow: UnitOfWork, slugs: Sequence[str]) -> None:
    """Put the types of `slugs` into this order, before those that it does not name."""
    uow.require(Role.MANAGER)
    every = {kind.slug: kind for kind in list_activity_types(uow)}
    named = [every.pop(slug) for slug in dict.fromkeys(slugs) if slug in every]
    for index, kind in enumerate([*named, *every.values()], start=1):
        old, kind.position = kind.position, index * STEP
        if old != kind.position:
            _told(uow, kind, {"position": (old, kind.position)})


def archive_activity_type(uow: UnitOfWork, kind: ActivityType) -> None:
    """Take a type out of every choice; activities that have it keep it."""
    uow.require(Role.MANAGER)
    if [one.id for one in list_activity_types(uow)] == [kind.id]:
        raise LastTypeError
    archive_named(uow, kind)
    raise_revision(uow, SETUP)


def restore_activity_type(uow: UnitOfWork, kind: ActivityType) -> None:
    """Bring an archived type back to its place. Only a manager may."""
    restore_named(uow, kind)
    raise_revision(uow, SETUP)
