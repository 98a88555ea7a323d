"""How a field is typed in: what one chooses from, what a typed text stands for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import (
    Campaign,
    Contact,
    CrmError,
    Field,
    FieldType,
    LostReason,
    Medium,
    Source,
    Tag,
    fold,
    list_named,
    list_stages,
    list_teams,
    list_users,
    mark,
    offered_currencies,
    visible_contacts,
)
from crmkit.web.pages.typed import read_number, read_whole
from crmkit.web.pages.values import CHOICE_WORDS, NO, YES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from crmkit.core import Named, Stage, Team, UnitOfWork, User

    Options = list[tuple[object, str]]

PRIORITIES = (mark("none"), mark("low"), mark("high"), mark("very high"))
_NUMBERS = {FieldType.MONEY, FieldType.PERCENT, FieldType.DECIMAL}
_RECORDS = {FieldType.USER, FieldType.TEAM, FieldType.STAGE, FieldType.CONTACT}
_WHOLES = {FieldType.WHOLE, *_RECORDS}
_LISTS = {FieldType.TAGS, FieldType.CHOICES}
_NAMED: Mapping[str, type[Named]] = {
    "source": Source,
    "medium": Medium,
    "campaign": Campaign,
    "lost_reason": LostReason,
    "tags": Tag,
}


def options_of(uow: UnitOfWork, field: Field, say: Callable[[str], str]) -> Options:
    """What one chooses a value from, as pairs of value and label; empty: one types."""
    if field.name == "priority" and not field.is_custom:
        return [(number, say(word)) for number, word in enumerate(PRIORITIES)]
    if field.type is FieldType.YES_NO:
        return [("true", say(YES)), ("false", say(NO))]
    if field.type is FieldType.CURRENCY:
        return [(code, code) for code in offered_currencies(uow)]
    if field.type in {FieldType.CHOICE, FieldType.CHOICES}:
        choices = map(str, field.choices)
        return [(one, say(CHOICE_WORDS.get(one, one))) for one in choices]
    return _records(uow, field)


def _records(uow: UnitOfWork, field: Field) -> Options:
    found: Iterable[User | Team | Stage] = ()
    if field.type is FieldType.USER:
        found = list_users(uow)
    elif field.type is FieldType.TEAM:
        found = list_teams(uow)
    elif field.type is FieldType.STAGE:
        found = list_stages(uow)
    return [(one.id, one.name) for one in found]


def names_known(uow: UnitOfWork, field: Field) -> list[str]:
    """The names that a typed value may be, of sources, tags and the like."""
    if field.is_custom or field.name not in _NAMED:
        return list(field.choices)
    return [named.name for named in list_named(uow, _NAMED[field.name])]


def column_of(field: Field) -> str:
    """What a lead's changes call the field: of a record that it names, its id."""
    return f"{field.name}_id" if field.type in _RECORDS else field.name


class NoSuchContactError(CrmError):
    """Nobody of that name is a contact that the actor sees."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no contact “{name}”."), name=name)


def changes_of(
    uow: UnitOfWork, field: Field, typed: str | list[str], currency: str = ""
) -> dict[str, Any]:
    """The change of a record that a typed text, or ticked choices, stand for.

    Nothing empties the field. Raises NoSuchContactError for a name that nobody has.
    """
    value = typed if isinstance(typed, list) else _read(uow, field, typed.strip())
    if field.is_custom:
        return {"custom": {field.name: value}}
    changes = {column_of(field): value}
    if field.type is FieldType.MONEY and currency:
        changes["currency"] = currency
    return changes


def typed_of(value: Any, zone: ZoneInfo) -> str:
    """A value as one would type it, moments by the clocks of `zone`."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else str(value)


def _read(uow: UnitOfWork, field: Field, typed: str) -> Any:
    if field.type in _LISTS:
        return [part.strip() for part in typed.split(",") if part.strip()]
    if not typed:
        return None
    is_special = field.is_custom or field.type is FieldType.CONTACT
    if is_special and field.type in _SPECIAL:
        return _SPECIAL[field.type](uow, typed)
    if field.type in _NUMBERS:
        return read_number(typed, uow.actor.locale)
    return read_whole(typed) if field.type in _WHOLES else typed


def _read_moment(uow: UnitOfWork, typed: str) -> datetime | str:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return at if at.tzinfo else at.replace(tzinfo=uow.settings.zone)


def _read_contact(uow: UnitOfWork, typed: str) -> int:
    """The contact of that id or name; of several the one that came first."""
    if typed.isascii() and typed.isdigit():
        return int(typed)
    same = Contact.name_folded == fold(typed)
    query = select(Contact.id).where(visible_contacts(uow), same).order_by(Contact.id)
    found = uow.session.scalar(query.limit(1))
    if found is None:
        raise NoSuchContactError(typed)
    return found


_SPECIAL: dict[FieldType, Callable[[UnitOfWork, str], Any]] = {
    FieldType.MOMENT: _read_moment,
    FieldType.CONTACT: _read_contact,
    FieldType.YES_NO: lambda _, typed: {"true": True, "false": False}.get(typed, typed),
}
