"""Facts of leads: every field of the catalogue that a model may look at, as values.

Those of closed leads are as they were known at a moment while each was open, never
after its closing: what its history changed since is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, column, select, values

from crmkit.core import (
    Event,
    FieldType,
    Lead,
    Status,
    UtcDateTime,
    fields_of,
    fold,
    mark,
    tags_of_leads,
    values_of_leads,
)
from crmkit_scoring.variables import (
    CORRECT,
    INCORRECT,
    QUALITIES,
    TAGS,
    UNSET,
    VARIABLES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

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
_JUDGED = frozenset().union(*(VARIABLES[name].fields for name in QUALITIES))
_CUSTOM = "custom."
_OF = ": "
_READ = frozenset({"created_at", "expected_close", "contact", *_JUDGED})
_NEEDED = (
    Lead.id,
    Lead.created_at,
    Lead.expected_close,
    Lead.contact_id,
    Lead.email,
    Lead.email_normalized,
    Lead.phone,
    Lead.phone_e164,
)
_CLOSED_WITH = (Lead.status, Lead.closed_at, Lead.team_id, Lead.stage_id)
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
    """Reads the facts of leads; which fields there are is asked once.

    `names` are the fields that it reads, and `columns` those of the leads' table that
    are needed for them, by name.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self.country = uow.settings.country
        fields = fields_of(uow, "lead")
        types = {n: field.type for n, field in fields.items() if n not in _LEFT_OUT}
        self.numbers = [name for name, kind in types.items() if kind in _NUMBERS]
        self.texts = [name for name, kind in types.items() if kind in _TEXTS]
        self.many = [name for name, kind in types.items() if kind in _MANY]
        self.words = sorted(_WORDS & types.keys())
        read = {*self.numbers, *self.texts, *self.many, *self.words}
        self.names = (read | _READ) & fields.keys()
        own = {
            name: field.column
            for name, field in fields.items()
            if field.column is not None and not field.is_custom and not field.is_many
        }
        self.fields = {one.key: name for name, one in own.items()}
        needed = [*_NEEDED, *(own[name] for name in own.keys() & self.names)]
        self.columns = {one.key: one for one in needed}

    def read(self, values: Mapping[str, Any], at: datetime) -> Facts:
        """The facts in a lead's values by field name, as they were at a moment."""
        get = values.get
        numbers, texts = _pick(values, self.numbers), _pick(values, self.texts)
        facts: Facts = {name: float(value) for name, value in numbers}
        facts |= {name: str(value) for name, value in texts}
        facts |= {n: _fold_text(value) for n, value in _pick(values, self.words)}
        for name in self.many:
            facts |= {f"{name}{_OF}{_fold_text(one)}": "yes" for one in get(name) or ()}
        facts |= {name: get(name) or self._judge(name, values) for name in QUALITIES}
        facts["age_days"] = _age(values["created_at"], at)
        facts["days_to_close"] = _days_to(_as_day(get("expected_close")), at)
        facts["has_contact"] = "yes" if get("contact") else "no"
        return facts

    def _judge(self, name: str, values: Mapping[str, Any]) -> str | None:
        read = {"email": None, "phone": None, "country": None, **values}
        return VARIABLES[name].read(read, self.country)

    def convert(self, name: str) -> Callable[[Any], Value]:
        """What makes a fact of a value of that field."""
        if name in self.numbers:
            return float
        return _fold_text if name in self.words else str

    def columns_of(self, names: Collection[str]) -> list[Any]:
        """The columns of the leads' table that facts of these names are read from."""
        own = [c for key, c in self.columns.items() if self.fields.get(key) in names]
        return list({c.key: c for c in (*_NEEDED, *own)}.values())


def facts_by_name(
    uow: UnitOfWork, rows: Sequence[Row[Any]], names: Sequence[str]
) -> dict[str, list[Value]]:
    """The facts of these names of leads as they are, in the rows' order: a list each.

    `rows` have the columns that `columns_of` gives. The same as `facts_now` finds, for
    many leads; each value is read once, however many have it.
    """
    now, reader = uow.now(), FactReader(uow)
    keys = {name: key for key, name in reader.fields.items()}
    derived: dict[str, Callable[[Row[Any]], Value]] = {
        "age_days": lambda row: _age(row.created_at, now),
        "days_to_close": lambda row: _days_to(row.expected_close, now),
        "has_contact": lambda row: "yes" if row.contact_id else "no",
        "email_quality": lambda row: _quality(row.email, row.email_normalized),
        "phone_quality": lambda row: _quality(row.phone, row.phone_e164),
    }
    apart = {n for n in names if n not in keys and n not in derived and _OF not in n}
    others = values_of_leads(uow, rows, apart) if apart else []
    found = _find_choices(uow, rows, [name for name in names if _OF in name])
    for name in names:
        if name in derived:
            found[name] = [derived[name](row) for row in rows]
        elif _OF not in name:
            key = keys.get(name)
            read = (held.get(name) for held in others)
            given = [*map(attrgetter(key), rows)] if key else [*read]
            convert = reader.convert(name)
            known = {v: None if v is None else convert(v) for v in set(given)}
            found[name] = [known[value] for value in given]
    return found


def _find_choices(
    uow: UnitOfWork, rows: Sequence[Row[Any]], names: Sequence[str]
) -> dict[str, list[Value]]:
    """“yes” for each lead that has a tag, or another choice of several."""
    found: dict[str, list[Value]] = {name: [None] * len(rows) for name in names}
    fields = {name.partition(_OF)[0] for name in names}
    others = values_of_leads(uow, rows, fields - {TAGS}) if fields - {TAGS} else []
    tags = tags_of_leads(uow, [row.id for row in rows]) if TAGS in fields else {}
    fold_once = cache(_fold_text)
    for field in fields:
        for at, row in enumerate(rows):
            held = tags.get(row.id) if field == TAGS else others[at].get(field)
            for one in held or ():
                name = f"{field}{_OF}{fold_once(one)}"
                if name in found:
                    found[name][at] = "yes"
    return found


def _fold_text(value: object) -> str:
    return fold(str(value))


def _age(created_at: datetime, at: datetime) -> float:
    return float(max((at - created_at).days, 0))


def _days_to(close: date | None, at: datetime) -> float | None:
    return None if close is None else float((close - at.date()).days)


def _pick(values: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The values of these names that are given."""
    return ((name, value) for name in names if (value := values.get(name)) is not None)


def _as_day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value if isinstance(value, date) else None


def facts_now(
    uow: UnitOfWork, leads: Sequence[Lead], tags: Mapping[int, Sequence[str]]
) -> list[Facts]:
    """The facts of leads as they are; their `tags` by id are known already."""
    now, reader = uow.now(), FactReader(uow)
    every = values_of_leads(uow, leads, reader.names - {TAGS})
    return [
        reader.read(own | _qualities(lead) | {TAGS: tags.get(lead.id, ())}, now)
        for lead, own in zip(leads, every, strict=True)
    ]


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


def known_then(uow: UnitOfWork, ids: Sequence[int]) -> list[Known]:
    """Closed leads as each was known at a moment of its life, the same each time."""
    reader = FactReader(uow)
    columns = reader.columns | {one.key: one for one in _CLOSED_WITH}
    query = select(*columns.values()).where(
        Lead.id.in_(ids), Lead.closed_at.is_not(None)
    )
    leads = uow.session.execute(query.order_by(Lead.id)).all()
    moments = {lead.id: _moment_of(lead) for lead in leads}
    history, found = _history(uow, moments), []
    every = zip(leads, values_of_leads(uow, leads, reader.names), strict=True)
    for lead, now in every:
        then = now | _qualities(lead)
        for changed in history.get(lead.id, ()):
            _take_back(then, changed, reader.fields)
        if lead.id not in history:
            # It came in closed: where it stood while it was open is not known.
            then["stage"] = None
        found.append(
            Known(
                lead.id,
                reader.read(then, moments[lead.id]),
                lead.status is Status.WON,
                lead.closed_at,
                lead.team_id,
                lead.stage_id,
            )
        )
    return found


def _history(
    uow: UnitOfWork, moments: Mapping[int, datetime]
) -> dict[int, list[Mapping[str, Any]]]:
    """What events of leads changed after these moments of each, newest first."""
    rows = values(column("lead_id", Integer), column("at", UtcDateTime), name="known")
    known = rows.data(list(moments.items())).cte("known")
    later = (
        select(Event.record_id, Event.values)
        .join_from(known, Event, Event.record_id == known.c.lead_id)
        .where(
            Event.entity == "lead",
            Event.at > known.c.at,
            Event.kind != "lead.created",
        )
        .order_by(Event.id.desc())
    )
    found: dict[int, list[Mapping[str, Any]]] = {}
    for number, changed in uow.session.execute(later) if moments else ():
        found.setdefault(number, []).append(changed)
    return found


def _moment_of(lead: Row[Any]) -> datetime:
    """A moment between a lead's creation and its closing, by its number."""
    share = int(sha256(str(lead.id).encode()).hexdigest()[:8], 16) / 2**32
    began: datetime = lead.created_at
    life: timedelta = lead.closed_at - began
    return began + life * share * 0.98


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
