"""A first mapping for a file, from its headers and from what stands below them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from crmkit_data_exchange.column_values import ColumnSample, sample_columns
from crmkit_data_exchange.dates_in_text import find_date_order
from crmkit_data_exchange.mapping import ColumnRule, DialectOverrides, Mapping
from crmkit_data_exchange.names import fold_header
from crmkit_data_exchange.numbers_in_text import find_decimal_sign
from crmkit_data_exchange.synonyms import (
    FIRST_NAMES,
    HEADERS,
    LAST_NAMES,
    PERSONS_TITLES,
)
from crmkit_data_exchange.value_mapping import (
    Existing,
    has_known_choices,
    propose_rules,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmkit_data_exchange.csv_tables import Table
    from crmkit_data_exchange.fields import FieldDescription

Entity = Literal["lead", "contact"]

_SAMPLED_ROWS = 2000
_EXACT, _SYNONYM, _PARTIAL, _VALUES = 4.0, 3.0, 1.5, 1.0
_LATER = 0.01  # per place in the list of synonyms
_PLAIN_WORDS = frozenset({"email", "phone", "website"})
_NUMBERS = frozenset({"whole", "decimal", "money", "percent"})


@dataclass(frozen=True, slots=True)
class _Match:
    """How well a column suits a field; the higher `score`, the better."""

    score: float
    place: int
    field: FieldDescription


def propose_mapping(
    table: Table,
    entity: Entity,
    fields: Iterable[FieldDescription],
    existing: Existing,
) -> Mapping:
    """A mapping of `table` to look over: columns, values, date order, decimal sign.

    Nothing in it makes users, teams or stages; that is for a person to choose.
    """
    known = list(fields)
    samples = sample_columns(table.columns, islice(table.rows(), _SAMPLED_ROWS))
    matches = _match_columns(samples, entity, known)
    rules: dict[str, list[ColumnRule]] = {name: [] for name in table.columns}
    for place, field in matches.items():
        sample = samples[place]
        rules[sample.header] += propose_rules(sample, field, known, existing)
    _add_names(samples, entity, rules)
    dates, numbers = _gather_values(samples, matches)
    return Mapping(
        entity=entity,
        columns={name: tuple(listed) for name, listed in rules.items()},
        fixed=_propose_constants(entity, known, rules),
        dialect=_keep_dialect(table),
        date_order=find_date_order(dates),
        decimal_sign=find_decimal_sign(numbers),
    )


def _keep_dialect(table: Table) -> DialectOverrides:
    """How the table was found to be written, so that it is read so again."""
    found = table.dialect
    if found.is_converted:
        return DialectOverrides(header_row=found.header_row)
    return DialectOverrides(
        encoding=found.encoding, delimiter=found.delimiter, header_row=found.header_row
    )


def _match_columns(
    samples: Sequence[ColumnSample], entity: Entity, fields: list[FieldDescription]
) -> dict[int, FieldDescription]:
    """The field of each column that has one: the best matches first, each once."""
    matches = [
        match
        for place, sample in enumerate(samples)
        for field in fields
        if (match := _match(place, sample, field, entity)).score > 0
    ]
    matches.sort(key=lambda match: (-match.score, match.place))
    chosen: dict[int, FieldDescription] = {}
    taken: set[str] = set()
    for match in matches:
        if match.place not in chosen and match.field.name not in taken:
            chosen[match.place] = match.field
            taken.add(match.field.name)
    return chosen


def _match(
    place: int, sample: ColumnSample, field: FieldDescription, entity: Entity
) -> _Match:
    score = _rate_header(fold_header(sample.header), field, entity)
    if not score and field.type in ("mail", "phone") and sample.kind == field.type:
        score = _VALUES
    if score and not (sample.fits(field) and has_known_choices(sample, field)):
        score = 0
    elif not sample.values:
        score /= 2  # an empty column gives way to one that holds something
    return _Match(score, place, field)


def _rate_header(header: str, field: FieldDescription, entity: Entity) -> float:
    if header in FIRST_NAMES or header in LAST_NAMES:
        return 0
    concept = field.name.rsplit(".", 1)[-1].removesuffix("_id")
    words = HEADERS[entity].get(concept, ())
    if header in words:
        return _SYNONYM + 1 - words.index(header) * _LATER
    if header in (fold_header(concept), fold_header(field.label)):
        return _EXACT
    for place, word in enumerate(words):
        # One word of many may mean anything, unless it is the last: "work email".
        is_within = " " in word and f" {word} " in f" {header} "
        is_last = concept in _PLAIN_WORDS and header.endswith(f" {word}")
        if is_within or is_last:
            return _PARTIAL - place * _LATER
    return 0


def _add_names(
    samples: Sequence[ColumnSample],
    entity: Entity,
    rules: dict[str, list[ColumnRule]],
) -> None:
    """Let first and last names make a name, and a company's name that of its record."""
    parts = [
        sample.header
        for words in (FIRST_NAMES, LAST_NAMES)
        for sample in samples
        if fold_header(sample.header) in words
    ]
    target = "contact_name" if entity == "lead" else "name"
    if parts and (entity == "contact" or target not in _list_filled(rules)):
        _drop_rules(rules, target)
        for header in parts:
            rules[header].append(ColumnRule(field=target, joined=True))
    if entity == "contact":
        _name_by_company(rules)
    else:
        _name_lead(samples, rules, has_people=bool(parts))


def _name_by_company(rules: dict[str, list[ColumnRule]]) -> None:
    """A list of companies: without a name of a person, the company is the contact."""
    filled = _list_filled(rules)
    company = filled.get("company") or filled.get("company_id")
    if company and "name" not in filled:
        rules[company] = [ColumnRule(field="name")]


def _name_lead(
    samples: Sequence[ColumnSample],
    rules: dict[str, list[ColumnRule]],
    *,
    has_people: bool,
) -> None:
    """Every lead has a name: else that of the company or contact, else what differs."""
    filled = _list_filled(rules)
    if has_people and fold_header(filled.get("name", "")) in PERSONS_TITLES:
        _drop_rules(rules, "name")
    elif "name" in filled:
        return
    stand_ins = [
        filled[name] for name in ("company_name", "contact_name") if name in filled
    ]
    for place, header in enumerate([*stand_ins, *_list_identifiers(samples)][:2]):
        rules[header].append(ColumnRule(field="name", fallback=place > 0))


def _list_filled(rules: dict[str, list[ColumnRule]]) -> dict[str, str]:
    """The header of the first column that fills each field."""
    filled: dict[str, str] = {}
    for header, listed in rules.items():
        for rule in listed:
            filled.setdefault(rule.field, header)
    return filled


def _drop_rules(rules: dict[str, list[ColumnRule]], field: str) -> None:
    for header, listed in rules.items():
        rules[header] = [rule for rule in listed if rule.field != field]


def _list_identifiers(samples: Sequence[ColumnSample]) -> list[str]:
    """The headers of columns in which every row holds something else."""
    return [sample.header for sample in samples if sample.is_identifier]


def _gather_values(
    samples: Sequence[ColumnSample], matches: dict[int, FieldDescription]
) -> tuple[list[str], list[str]]:
    """The texts that will be read as dates, and those that will be as numbers."""
    dates: list[str] = []
    numbers: list[str] = []
    for place, field in matches.items():
        if field.type in ("date", "moment"):
            dates += samples[place].values
        elif field.type in _NUMBERS:
            numbers += samples[place].values
    return dates, numbers


def _propose_constants(
    entity: Entity,
    fields: list[FieldDescription],
    rules: dict[str, list[ColumnRule]],
) -> dict[str, str]:
    """What the file as a whole tells: rows of companies, or opportunities in stages."""
    used = {rule.field for listed in rules.values() for rule in listed}
    kinds = next((field.choices for field in fields if field.name == "kind"), ())
    if "kind" in used:
        return {}
    if entity == "contact":
        is_people = any(rule.joined for listed in rules.values() for rule in listed)
        kind = "person" if is_people or used & {"company", "company_id"} else "company"
    else:
        staged = used & {"stage", "stage_id", "probability", "expected_revenue"}
        kind = "opportunity" if staged else "lead"
    return {"kind": kind} if kind in kinds else {}
