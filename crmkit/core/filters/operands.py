"""What a filter compares with, in the type of its field; both back ends ask here."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from crmkit.core.errors import mark
from crmkit.core.field_types import FieldType
from crmkit.core.filters.tree import FilterError, Operator, Test, Today
from crmkit.core.types import round_money
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core.fields import Field
    from crmkit.core.uow import UnitOfWork

NUMBERS = frozenset(
    {FieldType.MONEY, FieldType.PERCENT, FieldType.WHOLE, FieldType.DECIMAL}
)
RECORDS = frozenset(
    {
        FieldType.USER,
        FieldType.TEAM,
        FieldType.STAGE,
        FieldType.CONTACT,
        FieldType.REFERENCE,
        FieldType.TAGS,
        FieldType.CHOICES,
    }
)
WORDS = frozenset({FieldType.TAGS, FieldType.CHOICES})
"""Records that are known by their words alone, never by a number."""
ORDERS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQUAL: operator.eq,
    Operator.EXACTLY: operator.eq,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
"""What each comparison does, with a column of SQL as with a value."""
_LARGEST_NUMBER = Decimal(10) ** 15
_HUNDREDTH = Decimal("0.01")


def unfit(field: Field, test: Test) -> FilterError:
    """The error that a field cannot be compared like this."""
    return FilterError(
        mark("“{name}” cannot be compared like this (character {at})."),
        test.position,
        name=field.name,
    )


def value_of(
    uow: UnitOfWork, field: Field, test: Test
) -> Decimal | int | date | bool | str:
    """What `test` compares the field with: neither a record nor a moment."""
    if field.type in NUMBERS:
        return number_of(field, test)
    if field.type is FieldType.DATE:
        return day_of(uow, field, test)
    if field.type is FieldType.YES_NO:
        return _yes_no(field, test)
    return _text(field, test)


def _yes_no(field: Field, test: Test) -> bool:
    is_equality = test.operator in {Operator.EQUAL, Operator.EXACTLY}
    if not isinstance(test.value, bool) or not is_equality:
        raise unfit(field, test)
    return test.value


def _text(field: Field, test: Test) -> str:
    if not isinstance(test.value, str):
        raise unfit(field, test)
    text = field.comparable(test.value)
    if field.choices and text not in map(field.comparable, field.choices):
        raise FilterError(
            mark("“{name}” is one of {choices} (character {at})."),
            test.position,
            name=field.name,
            choices=", ".join(field.choices),
        )
    return test.value if test.operator is Operator.EXACTLY else text


def number_of(field: Field, test: Test) -> Decimal | int:
    """The number that `test` names, as fine as the field's own are."""
    value = test.value
    if not isinstance(value, Decimal) or abs(value) > _LARGEST_NUMBER:
        raise unfit(field, test)
    if field.type is FieldType.PERCENT:
        return value.quantize(_HUNDREDTH, ROUND_HALF_EVEN)
    if field.type in {FieldType.MONEY, FieldType.DECIMAL}:
        return round_money(value)
    return whole_of(field, test)


def whole_of(field: Field, test: Test) -> int:
    """The whole number that `test` names."""
    value = test.value
    if not isinstance(value, Decimal) or abs(value) > _LARGEST_NUMBER:
        raise unfit(field, test)
    if value != value.to_integral_value():
        raise unfit(field, test)
    return int(value)


def day_of(uow: UnitOfWork, field: Field, test: Test) -> date:
    """The day that `test` names."""
    value = test.value
    if isinstance(value, Today):
        try:
            return uow.today() + timedelta(days=value.days)
        except OverflowError:
            raise unfit(field, test) from None
    if isinstance(value, date):
        return value
    raise unfit(field, test)


def part_of(field: Field, test: Test) -> str:
    """The text that `contains` looks for in the field."""
    if not isinstance(test.value, str) or field.type in {
        *NUMBERS,
        FieldType.DATE,
        FieldType.MOMENT,
        FieldType.YES_NO,
    }:
        raise unfit(field, test)
    return field.comparable(test.value)


def name_of(field: Field, test: Test) -> str:
    """The folded name of the record that `test` names."""
    if not isinstance(test.value, str | Decimal) or field.named is None:
        raise unfit(field, test)
    if test.operator not in {Operator.EQUAL, Operator.EXACTLY, Operator.CONTAINS}:
        raise unfit(field, test)
    return fold(str(test.value))
