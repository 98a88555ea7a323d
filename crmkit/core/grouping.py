"""Leads counted and summed by the values of fields: the base of groups and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Enum, Select, extract, func, select

from crmkit.core.columns import names_of
from crmkit.core.contacts import Contact
from crmkit.core.drafts import check_text
from crmkit.core.errors import CrmError, mark
from crmkit.core.fields import Field, FieldType, UnknownFieldError, find_field
from crmkit.core.leads import Lead
from crmkit.core.listing import ListQuery, contacts_found, leads_found
from crmkit.core.paging import LARGEST_ID
from crmkit.core.stages import list_stages
from crmkit.core.sums import NO_AMOUNT, Amount, Total, money_sums, read_sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Group",
    "GroupKey",
    "criterion_of_group",
    "group_contacts",
    "group_leads",
]

MOST_FIELDS = 3
MOST_GROUPS = 2000
LONGEST_VALUE = 500
_MONTH = "month"
_YES_NO = {"True": True, "False": False, "1": True, "0": False}


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


class UnknownGroupError(CrmError):
    """The field cannot have the value that a group was asked for by."""

    def __init__(self) -> None:
        super().__init__(mark("There is no such group; group the list anew."))


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A field and the value that all leads of a group have in it.

    Of a record that the field names `value` is the id and `label` the name. Of a date
    grouped by month (`expected_close:month`) it is the first day. Empty is None.
    """

    field: str
    value: Any
    label: str

    @property
    def text(self) -> str:
        """The value as it stands in an address; empty is empty."""
        return "" if self.value is None else str(self.value)


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
        names_of(uow, field, {values[place] for values in totals})
        for place, (field, _) in enumerate(fields)
    ]
    groups = [
        Group(tuple(_keys(fields, labels, values)), total)
        for values, total in totals.items()
    ]
    stages = [stage.id for stage in list_stages(uow)] if "stage" in by else []
    return sorted(groups, key=lambda group: _order(group, stages))


def group_contacts(uow: UnitOfWork, query: ListQuery, by: str) -> list[Group]:
    """The contacts of `query` counted by the values of a field, in their order.

    What `group_leads` says of leads goes for them; there is nothing to sum.
    """
    ((field, by_month),) = check_grouping(uow, [by], "contact")
    column = column_of_group(field, by_month=by_month)
    statement = select(column, func.count()).select_from(Contact)
    if field.holder is not None:
        holder = field.holder
        statement = statement.outerjoin(holder, holder.record_id == Contact.id)
    statement = statement.where(contacts_found(uow, query)).group_by(column)
    rows = uow.session.execute(statement.limit(MOST_GROUPS + 1)).all()
    if len(rows) > MOST_GROUPS:
        raise TooManyGroupsError
    fields = [(field, by_month)]
    labels = [names_of(uow, field, {value for value, _ in rows})]
    groups = [
        Group(tuple(_keys(fields, labels, [value])), Total(count, NO_AMOUNT, NO_AMOUNT))
        for value, count in rows
    ]
    return sorted(groups, key=lambda group: _order(group, []))


def criterion_of_group(
    uow: UnitOfWork, by: str, value: str, entity: str = "lead"
) -> ColumnElement[bool]:
    """The criterion of the records of one group: `by` one field, `value` of its key.

    The value is as its `text` says it. Raises UnknownGroupError for one that the field
    cannot have.
    """
    ((field, by_month),) = check_grouping(uow, [by], entity)
    column = column_of_group(field, by_month=by_month)
    criterion = column.is_(None)
    if value:
        criterion = column == typed_value(field, value, by_month=by_month)
    if field.holder is None:
        return criterion  # type: ignore[no-any-return]  # of a column
    number = find_field(uow, entity, "id").column
    if not value:
        held = select(field.holder.record_id).where(column.is_not(None))
        return number.not_in(held)  # type: ignore[no-any-return]  # of a column
    found = select(field.holder.record_id).where(criterion)
    return number.in_(found)  # type: ignore[no-any-return]  # of a column


def typed_value(field: Field, value: str, *, by_month: bool) -> Any:
    """The value that the text of a group's key stands for."""
    check_text({"in": value})
    if len(value) > LONGEST_VALUE:
        raise UnknownGroupError
    try:
        if by_month:
            day = date.fromisoformat(value)
            return day.year * 100 + day.month
        if isinstance(field.column.type, Enum):
            return field.column.type.python_type(value)
        kind = field.column.type.python_type
        if kind is bool:
            return _YES_NO[value]
        if kind is int and abs(int(value)) > LARGEST_ID:
            raise UnknownGroupError
        return date.fromisoformat(value) if kind is date else kind(value)
    except (ValueError, ArithmeticError, KeyError) as error:
        raise UnknownGroupError from error


def check_grouping(
    uow: UnitOfWork, by: Sequence[str], entity: str = "lead"
) -> list[tuple[Field, bool]]:
    """The fields that `by` names, each with whether its months are meant.

    Raises where records cannot be grouped by one of them.
    """
    if not 1 <= len(by) <= MOST_FIELDS or len(set(by)) != len(by):
        raise GroupingError
    return [_find(uow, name, entity) for name in by]


def _find(uow: UnitOfWork, text: str, entity: str) -> tuple[Field, bool]:
    """The field that `text` names, and whether its months are meant."""
    name, _, part = text.partition(":")
    found = find_field(uow, entity, name)
    by_month = part == _MONTH and found.type is FieldType.DATE and not found.is_custom
    if not found.is_groupable or (part and not by_month):
        raise UnknownFieldError(text)
    return found, by_month


def _select(
    uow: UnitOfWork, query: ListQuery, fields: Sequence[tuple[Field, bool]]
) -> Select[*tuple[Any, ...]]:
    columns = [column_of_group(field, by_month=by_month) for field, by_month in fields]
    statement = select(*columns, Lead.currency, func.count(), *money_sums())
    holders = {field.holder for field, _ in fields if field.holder is not None}
    if holders:
        statement = statement.select_from(Lead)
    for holder in holders:
        statement = statement.outerjoin(holder, holder.record_id == Lead.id)
    return statement.where(leads_found(uow, query)).group_by(*columns, Lead.currency)


def column_of_group(field: Field, *, by_month: bool) -> Any:
    """What reads the value that a lead is grouped by."""
    if not by_month:
        return field.column
    return extract("year", field.column) * 100 + extract("month", field.column)


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


def _order(group: Group, stages: list[int]) -> tuple[tuple[bool, str], ...]:
    """By value, empty ones last; records by name, stages as they follow each other."""
    return tuple((key.value is None, _sortable(key, stages)) for key in group.keys)


def _sortable(key: GroupKey, stages: list[int]) -> str:
    if key.field == "stage" and key.value in stages:
        return f"{stages.index(key.value):020d}"
    is_number = isinstance(key.value, int) and key.label == str(key.value)
    return f"{key.value:020d}" if is_number else key.label.casefold()
