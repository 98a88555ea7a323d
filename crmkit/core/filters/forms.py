"""The other forms of a filter: JSON, in which views keep it, and text again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.core.drafts import check_text
from crmkit.core.errors import mark
from crmkit.core.filters.tree import (
    DEEPEST,
    LARGEST,
    LONGEST_LIST,
    And,
    FilterError,
    Mine,
    Node,
    Not,
    Operand,
    Operator,
    Or,
    Scalar,
    Test,
    Today,
    TooLargeError,
)

Json = Any
_LONGEST_TEXT = 4000


class NoFilterError(FilterError):
    """What was given as the JSON of a filter is none."""

    def __init__(self) -> None:
        super().__init__(mark("This is no filter."), 0)


def filter_to_json(node: Node) -> Json:
    """A filter as JSON: `and`, `or` and `not` hold parts, a test names its field."""
    match node:
        case Not(part):
            return {"not": filter_to_json(part)}
        case And(parts):
            return {"and": [filter_to_json(part) for part in parts]}
        case Or(parts):
            return {"or": [filter_to_json(part) for part in parts]}
        case Test(field, operator, value):
            if operator is Operator.EMPTY:
                return {"field": field, "operator": operator.value}
            return {
                "field": field,
                "operator": operator.value,
                "value": _operand_to_json(value),
            }


def _operand_to_json(value: Operand) -> Json:
    if isinstance(value, tuple):
        return [_operand_to_json(one) for one in value]
    if isinstance(value, Today):
        return {"today": value.days}
    if isinstance(value, Mine):
        return {"mine": value.value}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def filter_from_json(data: Json) -> Node:
    """The filter that JSON holds. Raises FilterError where it holds none."""
    return _Reader().read(data, 0)


class _Reader:
    def __init__(self) -> None:
        self.tests = 0

    def read(self, data: Json, depth: int) -> Node:
        if depth > DEEPEST:
            raise TooLargeError
        if not isinstance(data, Mapping):
            raise NoFilterError
        match dict(data):
            case {"not": part, **rest} if not rest:
                return Not(self.read(part, depth + 1))
            case {"and": list(parts), **rest} if parts and not rest:
                return And(self._parts(parts, depth))
            case {"or": list(parts), **rest} if parts and not rest:
                return Or(self._parts(parts, depth))
            case {"field": str(), "operator": str()}:
                return self._test(data)
        raise NoFilterError

    def _parts(self, parts: Sequence[Json], depth: int) -> tuple[Node, ...]:
        if len(parts) > LARGEST:
            raise TooLargeError
        return tuple(self.read(part, depth + 1) for part in parts)

    def _test(self, data: Mapping[str, Json]) -> Test:
        self.tests += 1
        if self.tests > LARGEST:
            raise TooLargeError
        if data.keys() - {"field", "operator", "value"}:
            raise NoFilterError
        try:
            operator = Operator(data["operator"])
        except ValueError:
            raise NoFilterError from None
        check_text({"field": data["field"]})
        if operator is Operator.EMPTY:
            return Test(data["field"], operator)
        return Test(data["field"], operator, _operand(data.get("value")))


def _operand(data: Json) -> Operand:
    if isinstance(data, list):
        if len(data) > LONGEST_LIST:
            raise TooLargeError
        return tuple(_scalar(one) for one in data)
    return _scalar(data)


def _scalar(data: Json) -> Scalar:
    if isinstance(data, str):
        check_text({"value": data})
        if len(data) > _LONGEST_TEXT:
            raise TooLargeError
        return data
    if isinstance(data, bool):
        return data
    if isinstance(data, int | float):
        return _number(str(data))
    if isinstance(data, Mapping) and len(data) == 1:
        ((kind, value),) = data.items()
        return _special(kind, value)
    raise NoFilterError


def _special(kind: str, value: Json) -> Scalar:
    match kind, value:
        case "today", int():
            return Today(value)
        case "number", str():
            return _number(value)
        case "mine", str() if value in set(Mine):
            return Mine(value)
        case "day", str():
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise NoFilterError from None
    raise NoFilterError


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise NoFilterError from None
    if not number.is_finite():
        raise NoFilterError
    return number


def filter_to_text(node: Node) -> str:
    """A filter as it is typed."""
    match node:
        case Not(part):
            return _negated(part)
        case And(parts):
            return " and ".join(map(_part_to_text, parts))
        case Or(parts):
            return " or ".join(map(_part_to_text, parts))
        case Test(field, operator, value):
            if operator is Operator.EMPTY:
                return f"{field} is empty"
            return f"{field} {operator.value} {_operand_to_text(value)}"


def _part_to_text(part: Node) -> str:
    text = filter_to_text(part)
    return text if isinstance(part, Test) or _is_negated_test(part) else f"({text})"


def _negated(part: Node) -> str:
    if isinstance(part, Test) and part.operator is Operator.EMPTY:
        return f"{part.field} is not empty"
    if isinstance(part, Test) and part.operator in {Operator.IN, Operator.CONTAINS}:
        value = _operand_to_text(part.value)
        return f"{part.field} not {part.operator.value} {value}"
    return f"not ({filter_to_text(part)})"


def _is_negated_test(part: Node) -> bool:
    return isinstance(part, Not) and isinstance(part.part, Test)


def _operand_to_text(value: Operand) -> str:
    match value:
        case tuple():
            text = f"({', '.join(_operand_to_text(one) for one in value)})"
        case bool():
            text = "true" if value else "false"
        case Mine():
            text = value.value
        case Today(days):
            sign = "-" if days < 0 else "+"
            text = f"today {sign} {abs(days)} days" if days else "today"
        case Decimal():
            text = format(value, "f")
        case date():
            text = value.isoformat()
        case _:
            escaped = (value or "").replace("\\", "\\\\").replace('"', '\\"')
            text = f'"{escaped}"'
    return text
