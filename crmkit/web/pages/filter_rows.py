"""A filter as rows of field, comparison and value, and back into its tree."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.core import (
    Field,
    FieldType,
    FilterError,
    fields_of,
    filter_from_json,
    filter_to_json,
    filter_to_text,
    mark,
    parse_filter,
)
from crmkit.web.pages.typed import read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.core import UnitOfWork

    Json = Any

RAW = "raw"
_T = FieldType
_NUMBERS = {_T.MONEY, _T.PERCENT, _T.WHOLE, _T.DECIMAL}
_TIMES = {_T.DATE, _T.MOMENT}
_RECORDS = {_T.USER, _T.TEAM, _T.STAGE, _T.CONTACT, _T.REFERENCE}
_SETS = {_T.TAGS, _T.CHOICES}
_IS, _IS_NOT = mark("is"), mark("is not")
_IN, _NOT_IN = mark("is any of"), mark("is none of")
_CONTAINS, _NOT_CONTAINS = mark("contains"), mark("does not contain")
_EMPTY = (("empty", mark("is empty")), ("filled", mark("is filled in")))
_ORDERED = ("<", "<=", ">", ">=")
_FOR_TEXTS = (
    ("contains", _CONTAINS),
    ("not contains", _NOT_CONTAINS),
    ("=", _IS),
    ("!=", _IS_NOT),
    ("in", _IN),
    ("not in", _NOT_IN),
    *_EMPTY,
)
_FOR_NUMBERS = (
    ("=", "="),
    ("!=", "≠"),
    (">", ">"),
    (">=", "≥"),
    ("<", "<"),
    ("<=", "≤"),
    *_EMPTY,
)
_FOR_DAYS = (
    ("=", mark("is on")),
    ("<", mark("is before")),
    ("<=", mark("is on or before")),
    (">", mark("is after")),
    (">=", mark("is on or after")),
    *_EMPTY,
)
_FOR_CHOICES = (("=", _IS), ("!=", _IS_NOT), ("in", _IN), ("not in", _NOT_IN), *_EMPTY)
_FOR_SETS = (("=", mark("has")), ("!=", mark("has not")), ("in", _IN), *_EMPTY)
_NEGATED = {"not contains": "contains", "not in": "in", "filled": "is empty"}
_NEGATIONS = {operator: name for name, operator in _NEGATED.items()}
_JOINS = {"and": mark("and"), "or": mark("or")}
_ME, _MY_TEAMS = "me", "my teams"


@dataclass(frozen=True, slots=True)
class FilterRow:
    """A condition as it is typed; `group` is the number of the group it stands in.

    With the comparison `raw` it is a part of the filter's text that rows cannot say.
    """

    field: str
    comparison: str
    value: str = ""
    group: int | None = None


@dataclass(frozen=True, slots=True)
class FilterRows:
    """The rows of a filter, how they go together, and how those of each group do."""

    rows: tuple[FilterRow, ...]
    join: str = "and"
    joins: tuple[str, ...] = ()


def comparisons_of(field: Field) -> tuple[tuple[str, str], ...]:
    """How a field can be compared: names and labels."""
    if field.type is _T.YES_NO:
        return (("=", _IS),)
    if field.type in _NUMBERS:
        return _FOR_NUMBERS
    if field.type in _TIMES:
        return _FOR_DAYS
    if field.type in _SETS:
        return _FOR_SETS
    is_chosen = field.type in _RECORDS or field.choices
    return _FOR_CHOICES if is_chosen else _FOR_TEXTS


def rows_of(uow: UnitOfWork, entity: str, text: str) -> FilterRows:
    """The rows of a filter's text. Raises FilterError where it is none."""
    if not text.strip():
        return FilterRows(())
    tree = filter_to_json(parse_filter(text))
    join, parts = _parts(tree)
    rows: list[FilterRow] = []
    joins: list[str] = []
    for part in parts:
        own, inner = _parts(part)
        if own and not any(_parts(one)[0] for one in inner):
            rows += [_row(uow, entity, one, len(joins)) for one in inner]
            joins.append(own)
        else:
            rows.append(_row(uow, entity, part, None))
    return FilterRows(tuple(rows), join or "and", tuple(joins))


def _parts(tree: Json) -> tuple[str, list[Json]]:
    """How the parts of a tree go together, and they; of a single test, it alone."""
    return next(
        ((join, tree[join]) for join in ("and", "or") if join in tree), ("", [tree])
    )


def _row(uow: UnitOfWork, entity: str, tree: Json, group: int | None) -> FilterRow:
    """The row that stands for a test; a raw one where no row would say the same."""
    raw = FilterRow("", RAW, filter_to_text(filter_from_json(tree)), group)
    test = tree.get("not", tree)
    field = fields_of(uow, entity).get(test.get("field", ""))
    if field is None:
        return raw
    operator = test["operator"]
    comparison = _NEGATIONS.get(operator, "") if "not" in tree else operator
    if comparison == "is empty":
        comparison = "empty"
    value = _typed(test.get("value", ""))
    row = FilterRow(field.name, comparison, value or "", group)
    try:
        return row if _tree(uow, entity, row) == tree else raw
    except FilterError:
        return raw


def _typed(value: Json) -> str | None:
    """An operand as one types it into a field; None where no field could hold it."""
    match value:
        case list():
            texts = [_typed(one) for one in value]
            whole = [text for text in texts if text and "," not in text]
            return ", ".join(whole) if len(whole) == len(texts) else None
        case bool():
            return "true" if value else "false"
        case {"number": text} | {"day": text} | {"mine": text}:
            return str(text)
        case {"today": days}:
            sign = "-" if days < 0 else "+"
            return f"today {sign} {abs(days)} days" if days else "today"
    return str(value)


def label_of(uow: UnitOfWork, entity: str, text: str, say: Callable[[str], str]) -> str:
    """A part of a filter in words, as a chip shows it; its text where it has none."""
    try:
        built = rows_of(uow, entity, text)
    except FilterError:
        return text
    if any(row.comparison == RAW for row in built.rows):
        return text
    fields = fields_of(uow, entity)
    words = []
    for row in built.rows:
        field = fields[row.field]
        comparison = say(dict(comparisons_of(field))[row.comparison])
        words.append(f"{say(field.label)} {comparison} {row.value}".strip())
    return f" {say(_JOINS[built.join])} ".join(words)


def text_of(uow: UnitOfWork, entity: str, built: FilterRows) -> str:
    """The filter's text that rows stand for; rows without a value are left out.

    Raises FilterError where a value does not fit its field.
    """
    parts: list[Json] = []
    groups: dict[int, list[Json]] = {}
    for row in built.rows:
        tree = _tree(uow, entity, row)
        if tree is None:
            continue
        if row.group is None:
            parts.append(tree)
        else:
            if row.group not in groups:
                parts.append(row.group)
            groups.setdefault(row.group, []).append(tree)
    whole = [
        _joined(groups[part], _join_of(built.joins, part))
        if isinstance(part, int)
        else part
        for part in parts
    ]
    return filter_to_text(filter_from_json(_joined(whole, built.join))) if whole else ""


def _join_of(joins: Sequence[str], group: int) -> str:
    return joins[group] if group < len(joins) else "or"


def _joined(parts: list[Json], join: str) -> Json:
    if len(parts) == 1:
        return parts[0]
    return {"or" if join == "or" else "and": parts}


def _tree(uow: UnitOfWork, entity: str, row: FilterRow) -> Json:
    if row.comparison == RAW:
        return filter_to_json(parse_filter(row.value))
    field = fields_of(uow, entity).get(row.field)
    if field is None or row.comparison not in dict(comparisons_of(field)):
        return None
    if row.comparison == "empty":
        return {"field": field.name, "operator": "is empty"}
    operator = _NEGATED.get(row.comparison, row.comparison)
    test: Json = {"field": field.name, "operator": operator}
    if row.comparison != "filled":
        if not row.value.strip():
            return None
        test["value"] = _read(uow, field, row)
    return {"not": test} if row.comparison in _NEGATED else test


def _read(uow: UnitOfWork, field: Field, row: FilterRow) -> Json:
    if row.comparison in {"in", "not in"}:
        texts = [text.strip() for text in row.value.split(",") if text.strip()]
        return [_scalar(uow, field, text) for text in texts]
    return _scalar(uow, field, row.value.strip())


def _scalar(uow: UnitOfWork, field: Field, text: str) -> Json:
    if field.type in _NUMBERS:
        number = read_number(text, uow.actor.locale)
        if not isinstance(number, Decimal) or not number.is_finite():
            raise FilterError(mark("“{text}” is no number."), 0, text=text)
        return {"number": str(number)}
    if field.type is _T.YES_NO:
        return text == "true"
    if field.type in _TIMES:
        return _day(text)
    is_mine = (field.type, text) in {(_T.USER, _ME), (_T.TEAM, _MY_TEAMS)}
    return {"mine": text} if is_mine else text


def _day(text: str) -> Json:
    tree = filter_to_json(parse_filter(f"x = {text}"))
    value = tree.get("value")
    if isinstance(value, dict) and value.keys() & {"day", "today"}:
        return value
    raise FilterError(
        mark("“{text}” is no day; write 2026-12-31, or today + 30 days."), 0, text=text
    )
