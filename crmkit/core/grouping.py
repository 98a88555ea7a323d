"""Leads counted and summed by the values of fields: the base of groups and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, extract, func, select

from crmkit.core.board import Amount, Total, money_sums, read_sums
from crmkit.core.errors import CrmError, mark
from crmkit.core.fields import Field, FieldType, UnknownFieldError, find_field
from crmkit.core.leads import Lead
from crmkit.core.listing import ListQuery, leads_found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Group",
    "GroupKey",
    "group_leads",
]

MOST_FIELDS = 3
MOST_GROUPS = 2000
_MONTH = "month"


class TooManyGroupsError(CrmError):
    """The fields have so many values that nobody could read the groups."""

    def __init__(self) -> None:
        super().__init__(
            mark("These fields make more than {count} groups; choose others."),
            field="by",
            count=MOST_GROUPS,
        )


class GroupingError(CrmError):
    """Leads are grouped by one to three fields."""

    def __init__(self) -> None:
        super().__init__(
            mark("Name one to {count} fields to group by."),
            field="by",
            count=MOST_FIELDS,
        )


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A field and the value that all leads of a group have in it.

    Of a record that the field names `value` is the id and `label` the name. Of a date
    grouped by month (`expected_close:month`) it is the first day. Empty is None.
    """

    field: str
    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The leads that have these values, counted and summed."""

    keys: tuple[GroupKey, ...]
    total: Total


def group_leads(uow: UnitOfWork, query: ListQuery, by: Sequence[str]) -> list[Group]:
    """The leads of `query` by the values of the fields `by`, in the order of values.

    One statement, and one for each field that names records. Sort, cursor and limit
    of the query count for nothing. Raises UnknownFieldError for a field that cannot
    be grouped by.
    """
    fields = check_grouping(uow, by)
    rows = uow.session.execute(_select(uow, query, fields)).all()
    totals: dict[tuple[Any, ...], Total] = {}
    for *values, currency, count, base, weighted, own, own_w, lack, lack_w in rows:
        sums = (base, weighted, own, own_w, lack, lack_w)
        amount, weighted_amount = read_sums(currency, sums)
        known = totals.get(tuple(values)) or Total(0, Amount(), Amount())
        totals[tuple(values)] = Total(
            known.count + count,
            known.sum + amount,
            known.weighted_sum + weighted_amount,
        )
    if len(totals) > MOST_GROUPS:
        raise TooManyGroupsError
    labels = [
        _labels(uow, field, {values[place] for values in totals})
        for place, (field, _) in enumerate(fields)
    ]
    groups = [
        Group(tuple(_keys(fields, labels, values)), total)
        for values, total in totals.items()
    ]
    return sorted(groups, key=_order)


def check_grouping(uow: UnitOfWork, by: Sequence[str]) -> list[tuple[Field, bool]]:
    """The fields that `by` names, each with whether its months are meant.

    Raises where leads cannot be grouped by one of them.
    """
    if not 1 <= len(by) <= MOST_FIELDS or len(set(by)) != len(by):
        raise GroupingError
    return [_find(uow, name) for name in by]


def _find(uow: UnitOfWork, text: str) -> tuple[Field, bool]:
    """The field that `text` names, and whether its months are meant."""
    name, _, part = text.partition(":")
    found = find_field(uow, "lead", name)
    by_month = part == _MONTH and found.type is FieldType.DATE and not found.is_custom
    if not found.is_groupable or (part and not by_month):
        raise UnknownFieldError(text)
    return found, by_month


def _select(
    uow: UnitOfWork, query: ListQuery, fields: Sequence[tuple[Field, bool]]
) -> Select[*tuple[Any, ...]]:
    columns = [_column(field, by_month=by_month) for field, by_month in fields]
    statement = select(*columns, Lead.currency, func.count(), *money_sums())
    holders = {field.holder for field, _ in fields if field.holder is not None}
    if holders:
        statement = statement.select_from(Lead)
    for holder in holders:
        statement = statement.outerjoin(holder, holder.record_id == Lead.id)
    return statement.where(leads_found(uow, query)).group_by(*columns, Lead.currency)


def _column(field: Field, *, by_month: bool) -> Any:
    if not by_month:
        return field.column
    return extract("year", field.column) * 100 + extract("month", field.column)


def _labels(uow: UnitOfWork, field: Field, values: set[Any]) -> dict[Any, str]:
    """The names of the records of these ids; empty for fields that name none."""
    wanted = {value for value in values if value is not None}
    if field.named is None or not wanted:
        return {}
    number, folded = field.named.selected_columns[:2]
    name = folded.table.c.name
    rows = uow.session.execute(select(number, name).where(number.in_(wanted)))
    return {value: text for value, text in rows}  # noqa: C416  (a Result has keys)


def _keys(
    fields: Sequence[tuple[Field, bool]],
    labels: Sequence[dict[Any, str]],
    values: Sequence[Any],
) -> Iterator[GroupKey]:
    for (field, by_month), known, value in zip(fields, labels, values, strict=True):
        shown = value
        if by_month and value is not None:
            shown = date(int(value) // 100, int(value) % 100, 1)
        label = known.get(value, "" if value is None else str(shown))
        name = f"{field.name}:{_MONTH}" if by_month else field.name
        yield GroupKey(name, shown, label)


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    """By value, empty ones last; records by name."""
    return tuple((key.value is None, _sortable(key)) for key in group.keys)


def _sortable(key: GroupKey) -> str:
    is_number = isinstance(key.value, int) and key.label == str(key.value)
    return f"{key.value:020d}" if is_number else key.label.casefold()
