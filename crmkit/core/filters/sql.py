"""Compiling a filter to SQL, for one actor. It is two-valued: `not` goes to the leaves.

A test on an empty value is false, except `is empty`.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, true

from crmkit.core.clock import start_of_day
from crmkit.core.drafts import check_text
from crmkit.core.errors import mark
from crmkit.core.fields import Field, FieldType, UnknownFieldError, fields_of
from crmkit.core.filters.tree import (
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
)
from crmkit.core.words import fold

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

_NUMBERS = {FieldType.MONEY, FieldType.PERCENT, FieldType.WHOLE}
_RECORDS = {
    FieldType.USER,
    FieldType.TEAM,
    FieldType.STAGE,
    FieldType.CONTACT,
    FieldType.REFERENCE,
    FieldType.TAGS,
}
_LARGEST_NUMBER = Decimal(10) ** 15


def compile_filter(uow: UnitOfWork, entity: str, node: Node) -> ColumnElement[bool]:
    """The criterion of `node` on the rows of `entity`, as the actor may use it."""
    return _Compiler(uow, entity).compile(node, negate=False)


class _Compiler:
    def __init__(self, uow: UnitOfWork, entity: str) -> None:
        self.uow = uow
        self.fields = fields_of(entity)

    def compile(self, node: Node, *, negate: bool) -> ColumnElement[bool]:
        match node:
            case Not(part):
                return self.compile(part, negate=not negate)
            case And(parts) | Or(parts):
                both = isinstance(node, And) != negate
                compiled = [self.compile(part, negate=negate) for part in parts]
                return and_(*compiled) if both else or_(*compiled)
            case Test():
                return self._test(node, negate=negate)

    def _test(self, test: Test, *, negate: bool) -> ColumnElement[bool]:
        field = self.fields.get(test.field)
        if field is None:
            raise UnknownFieldError(test.field)
        if field.computed is not None:
            return self._computed(field, test, negate=negate)
        if test.operator is Operator.EMPTY:
            empty = self._is_empty(field)
            return ~empty if negate else empty
        if test.operator is Operator.UNEQUAL:
            test = Test(test.field, Operator.EQUAL, test.value, test.position)
            negate = not negate
        criterion = self._compare(field, test)
        if not negate:
            return criterion
        if field.type is FieldType.TAGS:
            return ~criterion
        return or_(~criterion, field.column.is_(None))

    def _computed(
        self, field: Field, test: Test, *, negate: bool
    ) -> ColumnElement[bool]:
        is_equal = test.operator in {Operator.EQUAL, Operator.EXACTLY}
        if not isinstance(test.value, bool) or field.computed is None:
            raise self._unfit(field, test)
        if not is_equal and test.operator is not Operator.UNEQUAL:
            raise self._unfit(field, test)
        criterion: ColumnElement[bool] = field.computed(self.uow)
        return criterion if (test.value == is_equal) != negate else ~criterion

    def _is_empty(self, field: Field) -> ColumnElement[bool]:
        if field.type is FieldType.TAGS and field.named is not None:
            column: Any = field.column
            empty: ColumnElement[bool] = ~column.in_(
                field.named.with_only_columns(field.named.selected_columns[0])
            )
            return empty
        is_null: ColumnElement[bool] = field.column.is_(None)
        return is_null

    def _compare(self, field: Field, test: Test) -> ColumnElement[bool]:
        if test.operator is Operator.IN:
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            return or_(
                false(),
                *(
                    self._compare(
                        field, Test(test.field, Operator.EQUAL, value, test.position)
                    )
                    for value in values
                ),
            )
        if field.type in _RECORDS:
            return self._record(field, test)
        if test.operator is Operator.CONTAINS:
            return self._contains(field, test)
        if field.type is FieldType.MOMENT:
            return self._moment(field, test)
        return self._apply(self._column(field, test), test, self._value(field, test))

    def _column(self, field: Field, test: Test) -> Any:
        is_folded = field.folded is not None and test.operator is not Operator.EXACTLY
        return field.folded if is_folded else field.column

    def _apply(self, column: Any, test: Test, value: Any) -> ColumnElement[bool]:
        operations: dict[Operator, ColumnElement[bool]] = {
            Operator.EQUAL: column == value,
            Operator.EXACTLY: column == value,
            Operator.LESS: column < value,
            Operator.AT_MOST: column <= value,
            Operator.MORE: column > value,
            Operator.AT_LEAST: column >= value,
        }
        return operations[test.operator]

    def _contains(self, field: Field, test: Test) -> ColumnElement[bool]:
        if not isinstance(test.value, str):
            raise self._unfit(field, test)
        text = fold(test.value) if field.folded is not None else test.value
        column = self._column(field, test)
        found: ColumnElement[bool] = column.contains(text, autoescape=True)
        return found

    def _record(self, field: Field, test: Test) -> ColumnElement[bool]:
        if test.operator not in {Operator.EQUAL, Operator.EXACTLY, Operator.CONTAINS}:
            raise self._unfit(field, test)
        if test.value is Mine.ME:
            mine: ColumnElement[bool] = field.column == self.uow.actor.id
            return mine
        if test.value is Mine.MY_TEAMS:
            found: ColumnElement[bool] = field.column.in_(self.uow.actor.team_ids)
            return found
        if isinstance(test.value, Decimal) and field.type is not FieldType.TAGS:
            same: ColumnElement[bool] = field.column == self._whole(field, test)
            return same
        if not isinstance(test.value, str | Decimal) or field.named is None:
            raise self._unfit(field, test)
        return self._named(field, field.named, test)

    def _named(
        self, field: Field, named: Select[Any, Any], test: Test
    ) -> ColumnElement[bool]:
        ids, names = named.selected_columns
        text = fold(str(test.value))
        is_part = test.operator is Operator.CONTAINS
        match = names.contains(text, autoescape=True) if is_part else names == text
        found: ColumnElement[bool] = field.column.in_(
            named.with_only_columns(ids).where(match)
        )
        return found

    def _moment(self, field: Field, test: Test) -> ColumnElement[bool]:
        day = self._day(field, test)
        zone = self.uow.settings.zone
        begins = start_of_day(day, zone)
        ends = start_of_day(day + timedelta(days=1), zone)
        column = field.column
        criteria: dict[Operator, ColumnElement[bool]] = {
            Operator.EQUAL: and_(column >= begins, column < ends),
            Operator.EXACTLY: and_(column >= begins, column < ends),
            Operator.LESS: column < begins,
            Operator.AT_MOST: column < ends,
            Operator.MORE: column >= ends,
            Operator.AT_LEAST: column >= begins,
        }
        return criteria[test.operator]

    def _value(self, field: Field, test: Test) -> Any:
        if field.type in _NUMBERS:
            is_whole = field.type is FieldType.WHOLE
            return self._whole(field, test) if is_whole else self._number(field, test)
        if field.type is FieldType.DATE:
            return self._day(field, test)
        if not isinstance(test.value, str):
            raise self._unfit(field, test)
        if field.choices and test.value not in field.choices:
            raise FilterError(
                mark("“{name}” is one of {choices} (character {at})."),
                test.position,
                name=field.name,
                choices=", ".join(field.choices),
            )
        if field.folded is None or test.operator is Operator.EXACTLY:
            return test.value
        return fold(test.value)

    def _number(self, field: Field, test: Test) -> Decimal:
        value = test.value
        if not isinstance(value, Decimal) or abs(value) > _LARGEST_NUMBER:
            raise self._unfit(field, test)
        return value

    def _whole(self, field: Field, test: Test) -> int:
        number = self._number(field, test)
        if number != number.to_integral_value():
            raise self._unfit(field, test)
        return int(number)

    def _day(self, field: Field, test: Test) -> date:
        value: Operand | Scalar = test.value
        if isinstance(value, Today):
            try:
                return self.uow.today() + timedelta(days=value.days)
            except OverflowError:
                raise self._unfit(field, test) from None
        if isinstance(value, date):
            return value
        raise self._unfit(field, test)

    def _unfit(self, field: Field, test: Test) -> FilterError:
        return FilterError(
            mark("“{name}” cannot be compared like this (character {at})."),
            test.position,
            name=field.name,
        )


def search_words(text: str, *columns: Any) -> ColumnElement[bool]:
    """The criterion that each word of `text` stands in one of the folded `columns`."""
    check_text({"q": text})
    words = fold(text).split()[:8]
    return and_(
        true(),
        *(
            or_(*(column.contains(word, autoescape=True) for column in columns))
            for word in words
        ),
    )
