"""Testing a filter on values in memory: a lead that is not stored yet, or a draft.

It answers as the SQL does; a property test holds both to that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from crmkit.core.clock import start_of_day
from crmkit.core.columns import read_values
from crmkit.core.custom.values import load_values
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
from crmkit.core.tags import tags_of_leads
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Row

    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork


def make_test(
    uow: UnitOfWork, entity: str, node: Node
) -> Callable[[Mapping[str, Any]], bool]:
    """A function that tells whether values by field name fulfil `node`.

    Of a record that a field names it takes the id, of tags and choices the names.
    Names of records are looked up once, now.
    """
    return _Maker(uow, entity).make(node)


def values_of_leads(
    uow: UnitOfWork,
    leads: Sequence[Lead | Row[Any]],
    names: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """The values of leads by field name, as `make_test` tests them, in their order.

    With `names` those of these fields alone. Rows of the id and of these fields'
    columns do as well, where leads are many.
    """
    ids = [lead.id for lead in leads]
    fields = fields_of(uow, "lead").values()
    known = [field for field in fields if names is None or field.name in names]
    keys = {
        field.name: field.column.key
        for field in known
        if field.column is not None and not field.is_custom and not field.is_many
    }
    # Of one name alone `attrgetter` would give no tuple.
    read = attrgetter("id", "id", *keys.values())
    related = [field.name for field in known if field.is_related]
    tags = custom = shown = dict[int, Any]()
    if names is None or "tags" in names:
        tags = tags_of_leads(uow, ids)
    own = {field.name for field in known if field.is_custom}
    if own:
        held = load_values(uow, "lead", ids)
        custom = {
            number: {name: value for name, value in values.items() if name in own}
            for number, values in held.items()
        }
    if related:
        shown = read_values(uow, "lead", related, ids)
    return [
        dict(zip(keys, read(lead)[2:], strict=True))
        | {"tags": tags.get(lead.id, [])}
        | custom.get(lead.id, {})
        | shown.get(lead.id, {})
        for lead in leads
    ]


class _Maker:
    def __init__(self, uow: UnitOfWork, entity: str) -> None:
        self.uow = uow
        self.fields = fields_of(uow, entity)

    def make(self, node: Node) -> Callable[[Mapping[str, Any]], bool]:
        match node:
            case Not(part):
                inner = self.make(part)
                return lambda values: not inner(values)
            case And(parts):
                every = [self.make(part) for part in parts]
                return lambda values: all(one(values) for one in every)
            case Or(parts):
                some = [self.make(part) for part in parts]
                return lambda values: any(one(values) for one in some)
            case Test():
                return self._test(node)

    def _test(self, test: Test) -> Callable[[Mapping[str, Any]], bool]:
        field = self.fields.get(test.field)
        if field is None:
            raise UnknownFieldError(test.field)
        if test.operator is Operator.EMPTY:
            if field.computed is not None:
                raise unfit(field, test)
            return lambda values: _is_empty(values.get(field.name))
        if test.operator is Operator.UNEQUAL:
            same = self._test(replace(test, operator=Operator.EQUAL))
            return lambda values: not same(values)
        if field.judged is not None:
            judged, wanted = field.judged, bool(value_of(self.uow, field, test))
            return lambda values: judged(self.uow, values) == wanted
        compare = self._compare(field, test)

        def passes(values: Mapping[str, Any]) -> bool:
            value = values.get(field.name)
            return not _is_empty(value) and compare(value)

        return passes

    def _compare(self, field: Field, test: Test) -> Callable[[Any], bool]:
        if test.operator is Operator.IN:
            given = test.value if isinstance(test.value, tuple) else (test.value,)
            every = [
                self._compare(field, replace(test, operator=Operator.EQUAL, value=one))
                for one in given
            ]
            return lambda value: any(one(value) for one in every)
        if field.type in RECORDS:
            return self._record(field, test)
        if field.type is FieldType.MOMENT and test.operator is not Operator.CONTAINS:
            return self._moment(field, test)
        if test.operator is Operator.CONTAINS:
            part = part_of(field, test)
            return _seeing(field, test, lambda seen: part in seen)
        order, wanted = ORDERS[test.operator], value_of(self.uow, field, test)
        return _seeing(field, test, lambda seen: order(seen, wanted))

    def _record(self, field: Field, test: Test) -> Callable[[Any], bool]:
        if test.operator not in {Operator.EQUAL, Operator.EXACTLY, Operator.CONTAINS}:
            raise unfit(field, test)
        if field.type in WORDS and isinstance(test.value, str | Decimal):
            name, is_part = name_of(field, test), test.operator is Operator.CONTAINS
            return lambda words: any(
                name in folded if is_part else name == folded
                for folded in map(fold, words)
            )
        ids = self._ids(field, test)
        return lambda value: value in ids

    def _ids(self, field: Field, test: Test) -> frozenset[Any]:
        if test.value is Mine.ME:
            return frozenset({self.uow.actor.id})
        if test.value is Mine.MY_TEAMS:
            return frozenset(self.uow.actor.team_ids)
        if isinstance(test.value, Decimal):
            return frozenset({whole_of(field, test)})
        name = name_of(field, test)
        if field.named is None:
            raise unfit(field, test)
        columns = field.named.selected_columns
        number = columns[2] if field.is_many else columns[0]
        is_part = test.operator is Operator.CONTAINS
        match = (
            columns[1].contains(name, autoescape=True)
            if is_part
            else columns[1] == name
        )
        found = field.named.with_only_columns(number).where(match)
        return frozenset(self.uow.session.scalars(found))

    def _moment(self, field: Field, test: Test) -> Callable[[datetime], bool]:
        day, zone = day_of(self.uow, field, test), self.uow.settings.zone
        begins = start_of_day(day, zone)
        ends = start_of_day(day + timedelta(days=1), zone)
        tests: dict[Operator, Callable[[datetime], bool]] = {
            Operator.EQUAL: lambda at: begins <= at < ends,
            Operator.EXACTLY: lambda at: begins <= at < ends,
            Operator.LESS: lambda at: at < begins,
            Operator.AT_MOST: lambda at: at < ends,
            Operator.MORE: lambda at: at >= ends,
            Operator.AT_LEAST: lambda at: at >= begins,
        }
        return tests[test.operator]


def _is_empty(value: object) -> bool:
    return value is None or value in ((), [])


def _seeing(
    field: Field, test: Test, compare: Callable[[Any], bool]
) -> Callable[[Any], bool]:
    """`compare` of the value as it is, or of the copy by which texts are compared."""
    if field.folded is None or test.operator is Operator.EXACTLY:
        return compare

    def passes(value: Any) -> bool:
        seen = field.folds(value)
        return seen is not None and compare(seen)

    return passes
