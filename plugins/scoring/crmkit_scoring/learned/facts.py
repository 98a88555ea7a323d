"""Facts of leads: every field of the catalogue that a model may look at, as values.

Those of closed leads are as they were known at a moment while each was open, never
after its closing: what its history changed since is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import (
    Event,
    FieldType,
    Lead,
    Status,
    fields_of,
    fold,
    mark,
    values_of_leads,
)
from crmkit_scoring.variables import CORRECT, INCORRECT, QUALITIES, UNSET, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Row

    from crmkit.core import UnitOfWork
    from crmkit_scoring.learned.columns import Value

Facts = dict[str, "Value"]

_NUMBERS = frozenset({FieldType.WHOLE, FieldType.DECIMAL, FieldType.MONEY})
_TEXTS = frozenset(
    {
        FieldType.CHOICE,
        FieldType.REFERENCE,
        FieldType.STAGE,
        FieldType.TEAM,
        FieldType.COUNTRY,
        FieldType.LANGUAGE,
        FieldType.CURRENCY,
        FieldType.YES_NO,
    }
)
_MANY = frozenset({FieldType.TAGS, FieldType.CHOICES})
_WORDS = frozenset({"state", "city"})
# What tells how a lead ended, what follows from the probability, and what is no trait.
_LEFT_OUT = frozenset(
    "id status lost_reason weighted_revenue base_revenue is_rotting probability".split()
)
_CUSTOM = "custom."
DERIVED: Mapping[str, str] = {
    "age_days": mark("Days since it came in"),
    "days_to_close": mark("Days to the expected close"),
    "has_contact": mark("Has a contact"),
}
"""Labels of the facts that are no field."""


@dataclass(frozen=True, slots=True)
class Known:
    """A closed lead as it was known while it was open."""

    lead_id: int
    facts: Facts
    won: bool
    closed_at: datetime
    team_id: int | None
    stage_id: int


class FactReader:
    """Reads the facts of leads; which fields there are is asked once."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.country = uow.settings.country
        fields = fields_of(uow, "lead")
        types = {n: field.type for n, field in fields.items() if n not in _LEFT_OUT}
        self.numbers = [name for name, kind in types.items() if kind in _NUMBERS]
        self.texts = [name for name, kind in types.items() if kind in _TEXTS]
        self.many = [name for name, kind in types.items() if kind in _MANY]
        self.words = sorted(_WORDS & types.keys())

    def read(self, values: Mapping[str, Any], at: datetime) -> Facts:
        """The facts in a lead's values by field name, as they were at a moment."""
        get = values.get
        numbers, texts = _pick(values, self.numbers), _pick(values, self.texts)
        facts: Facts = {name: float(value) for name, value in numbers}
        facts |= {name: str(value) for name, value in texts}
        facts |= {n: fold(str(value)) for n, value in _pick(values, self.words)}
        for name in self.many:
            facts |= {f"{name}: {fold(str(one))}": "yes" for one in get(name) or ()}
        facts |= {name: get(name) or self._judge(name, values) for name in QUALITIES}
        facts["age_days"] = float(max((at - values["created_at"]).days, 0))
        if close := _as_day(get("expected_close")):
            facts["days_to_close"] = float((close - at.date()).days)
        facts["has_contact"] = "yes" if get("contact") else "no"
        return facts

    def _judge(self, name: str, values: Mapping[str, Any]) -> str | None:
        read = {"email": None, "phone": None, "country": None, **values}
        return VARIABLES[name].read(read, self.country)


def _pick(values: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The values of these names that are given."""
    return ((name, value) for name in names if (value := values.get(name)) is not None)


def _as_day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value if isinstance(value, date) else None


def facts_now(uow: UnitOfWork, leads: Sequence[Lead | Row[Any]]) -> list[Facts]:
    """The facts of leads, or of rows of all their columns, as they are."""
    now, reader = uow.now(), FactReader(uow)
    every = zip(leads, values_of_leads(uow, leads), strict=True)
    return [reader.read(values | _qualities(lead), now) for lead, values in every]


def _qualities(lead: Lead | Row[Any]) -> dict[str, str]:
    """The quality of a lead's address and number, which was judged as it was saved."""
    return {
        "email_quality": _quality(lead.email, lead.email_normalized),
        "phone_quality": _quality(lead.phone, lead.phone_e164),
    }


def _quality(given: str | None, normal: str | None) -> str:
    if not given:
        return UNSET
    return CORRECT if normal else INCORRECT


def known_then(uow: UnitOfWork, leads: Sequence[Lead]) -> list[Known]:
    """Closed leads as each was known at a moment of its life, the same each time."""
    history = _history(uow, [lead.id for lead in leads])
    names = {
        field.column.key: name
        for name, field in fields_of(uow, "lead").items()
        if field.column is not None and not field.is_custom and not field.is_many
    }
    found, reader = [], FactReader(uow)
    for lead, values in zip(leads, values_of_leads(uow, leads), strict=True):
        if lead.closed_at is None:
            continue
        at = _moment_of(lead)
        events = history.get(lead.id, [])
        then = values | _qualities(lead)
        for event in events:
            if event.at > at:
                _take_back(then, event.values, names)
        if not events:
            # It came in closed: where it stood while it was open is not known.
            then["stage"] = None
        found.append(
            Known(
                lead.id,
                reader.read(then, at),
                lead.status is Status.WON,
                lead.closed_at,
                lead.team_id,
                lead.stage_id,
            )
        )
    return found


def _history(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, list[Any]]:
    """The events of leads after their creation, newest first."""
    rows = uow.session.execute(
        select(Event.record_id, Event.at, Event.values)
        .where(
            Event.entity == "lead",
            Event.record_id.in_(ids),
            Event.kind != "lead.created",
        )
        .order_by(Event.id.desc())
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.record_id, []).append(row)
    return found


def _moment_of(lead: Lead) -> datetime:
    """A moment between a lead's creation and its closing, by its number."""
    share = int(sha256(str(lead.id).encode()).hexdigest()[:8], 16) / 2**32
    closed = lead.closed_at or lead.created_at
    return lead.created_at + (closed - lead.created_at) * share * 0.98


def _take_back(
    values: dict[str, Any], changed: Mapping[str, Any], names: Mapping[str, str]
) -> None:
    for name, pair in changed.items():
        field = name.removeprefix(_CUSTOM) if name.startswith(_CUSTOM) else name
        field = names.get(field, field)
        if field in values or name.startswith(_CUSTOM):
            values[field] = pair[0]
        for quality in QUALITIES:
            if name in VARIABLES[quality].fields:
                values.pop(quality, None)
