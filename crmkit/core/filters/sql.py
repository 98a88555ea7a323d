"""Compiling a filter to SQL, for one actor. It is two-valued: `not` goes to the leaves.

A test on an empty value is false, except `is empty`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from crmkit.core.clock import start_of_day
from crmkit.core.contacts import visible_contacts
from crmkit.core.fields import Field, FieldType, UnknownFieldError, fields_of
from crmkit.core.filters.operands import (
    ORDERS,
    RECORDS,
    WORDS,
    day_of,
    name_of,
    part_of,
    unfit,
    value_of,
    whole_of,
)
from crmkit.core.filters.tree import And, Mine, Node, Not, Operator, Or, Test

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

    _Names = Select[*tuple[Any, ...]]


def compile_filter(uow: UnitOfWork, entity: str, node: Node) -> ColumnElement[bool]:
    """The criterion of `node` on the rows of `entity`, as the actor may use it."""
    return _Compiler(uow, entity).compile(node, negate=False)


class _Compiler:
    def __init__(self, uow: UnitOfWork, entity: str) -> None:
        self.uow = uow
        self.fields = fields_of(uow, entity)
        self.id: Any = self.fields["id"].column

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
        if test.operator is Operator.EMPTY:
            empty = self._is_empty(field, test)
            return ~empty if negate else empty
        if test.operator is Operator.UNEQUAL:
            test = replace(test, operator=Operator.EQUAL)
            negate = not negate
        if field.computed is not None:
            is_so = field.computed(self.uow)
            return is_so if bool(value_of(self.uow, field, test)) != negate else ~is_so
        criterion = self._compare(field, test)
        if field.holder is not None and not field.is_many:
            criterion = self._held(field, criterion)
        if not negate:
            return criterion
        if field.is_many or field.holder is not None:
            return ~criterion
        return or_(~criterion, _seen(field, test).is_(None))

    def _held(
        self, field: Field, criterion: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        """The records whose value, which stands in a table beside them, fulfils it."""
        held = select(field.holder.record_id).where(criterion)
        found: ColumnElement[bool] = self.id.in_(held)
        return found

    def _is_empty(self, field: Field, test: Test) -> ColumnElement[bool]:
        if field.computed is not None:
            raise unfit(field, test)
        if field.is_many and field.named is not None:
            ids = field.named.selected_columns[0]
            filled: ColumnElement[bool] = self.id.in_(
                field.named.with_only_columns(ids)
            )
            return ~filled
        if field.holder is not None:
            return ~self._held(field, field.column.is_not(None))
        is_null: ColumnElement[bool] = field.column.is_(None)
        return is_null

    def _compare(self, field: Field, test: Test) -> ColumnElement[bool]:
        if test.operator is Operator.IN:
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            same = [
                replace(test, operator=Operator.EQUAL, value=value) for value in values
            ]
            return or_(false(), *(self._compare(field, one) for one in same))
        if field.type in RECORDS:
            return self._record(field, test)
        column = _seen(field, test)
        if test.operator is Operator.CONTAINS:
            part = part_of(field, test)
            found: ColumnElement[bool] = column.contains(part, autoescape=True)
            return found
        if field.type is FieldType.MOMENT:
            return self._moment(field, test)
        value = value_of(self.uow, field, test)
        criterion: ColumnElement[bool] = ORDERS[test.operator](column, value)
        return criterion

    def _record(self, field: Field, test: Test) -> ColumnElement[bool]:
        if test.operator not in {Operator.EQUAL, Operator.EXACTLY, Operator.CONTAINS}:
            raise unfit(field, test)
        if field.type not in WORDS:
            if test.value is Mine.ME:
                return self._numbered(field, (self.uow.actor.id,))
            if test.value is Mine.MY_TEAMS:
                return self._numbered(field, self.uow.actor.team_ids)
            if isinstance(test.value, Decimal):
                return self._numbered(field, (whole_of(field, test),))
        name = name_of(field, test)
        if field.named is None:
            raise unfit(field, test)
        return self._named(field, field.named, name, test.operator)

    def _numbered(
        self, field: Field, numbers: tuple[int | None, ...]
    ) -> ColumnElement[bool]:
        """The criterion that the field names one of the records of these ids."""
        if not field.is_many or field.named is None:
            # A list of parameters is written into the statement each time it runs.
            same: ColumnElement[bool] = (
                field.column == numbers[0]
                if len(numbers) == 1 and numbers[0] is not None
                else field.column.in_(numbers)
            )
            return same
        columns = field.named.selected_columns
        linked = field.named.with_only_columns(columns[0]).where(
            columns[2].in_(numbers)
        )
        found: ColumnElement[bool] = field.column.in_(linked)
        return found

    def _named(
        self,
        field: Field,
        named: Select[*tuple[Any, ...]],
        name: str,
        operator: Operator,
    ) -> ColumnElement[bool]:
        ids, names = named.selected_columns[0], named.selected_columns[1]
        is_part = operator is Operator.CONTAINS
        match = names.contains(name, autoescape=True) if is_part else names == name
        if field.type is FieldType.CONTACT:
            match = match & visible_contacts(self.uow)
        found: ColumnElement[bool] = field.column.in_(
            named.with_only_columns(ids).where(match)
        )
        return found

    def _moment(self, field: Field, test: Test) -> ColumnElement[bool]:
        day = day_of(self.uow, field, test)
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


def _seen(field: Field, test: Test) -> Any:
    """The column that is compared: for texts the folded copy, but for `==`."""
    is_exact = field.folded is None or test.operator is Operator.EXACTLY
    return field.column if is_exact else field.folded
