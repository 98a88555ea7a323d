"""The board by another field than the stage, and a card's way among its columns."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from crmkit.core.board import (
    BoardQuery,
    Column,
    Pipeline,
    activity_sums,
    add_sums,
    board_criterion,
    deal_cards,
)
from crmkit.core.board_order import BoardOrder
from crmkit.core.columns import names_of
from crmkit.core.errors import CrmError, mark
from crmkit.core.fields import Field, FieldType, UnknownFieldError, fields_of
from crmkit.core.grouping import (
    GroupKey,
    UnknownGroupError,
    check_grouping,
    column_of_group,
    criterion_of_group,
    typed_value,
)
from crmkit.core.leads import Lead, Status, edit_lead
from crmkit.core.leads.choices import NAMED
from crmkit.core.named import list_named
from crmkit.core.sums import money_sums
from crmkit.core.teams import list_teams
from crmkit.core.users import list_users

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit.core.edits import Based
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "board_fields",
    "pipeline_by",
    "regroup_lead",
]

MOST_COLUMNS = 60
MOST_OFFERED = 20
MONTHS_AHEAD = 3
PRIORITY = "priority"
_MONTH = ":month"
_MAKES_COLUMNS = frozenset(
    {
        FieldType.USER,
        FieldType.TEAM,
        FieldType.REFERENCE,
        FieldType.CHOICE,
        FieldType.YES_NO,
        FieldType.COUNTRY,
        FieldType.LANGUAGE,
    }
)


class TooManyColumnsError(CrmError):
    """The field has so many values that nobody could read the board."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            mark("“{label}” makes more than {count} columns; group the list by it."),
            field="group",
            label=field.label,
            count=MOST_COLUMNS,
        )


def board_fields(uow: UnitOfWork) -> list[str]:
    """What a board may be grouped by, as `pipeline_by` takes it: a drop sets it."""
    found = []
    for name, field in fields_of(uow, "lead").items():
        if not (field.is_editable and field.is_groupable):
            continue
        if field.type is FieldType.DATE and not field.is_custom:
            found.append(f"{name}{_MONTH}")
        elif field.type in _MAKES_COLUMNS or name == PRIORITY:
            found.append(name)
    return found


def _find(uow: UnitOfWork, by: str) -> tuple[Field, bool]:
    ((field, by_month),) = check_grouping(uow, [by])
    if by not in board_fields(uow):
        raise UnknownFieldError(by)
    return field, by_month


def pipeline_by(
    uow: UnitOfWork, query: BoardQuery, by: str, only: str = ""
) -> Pipeline:
    """The board of the open leads of `query`, a column for each value of `by`.

    `by` is one of `board_fields`; leads without a value come first, values that the
    field can have are columns without leads, too, unless they are many. `only` is the
    anchor of a column that is asked for alone. Raises
    UnknownFieldError, and TooManyColumnsError beyond 60 columns. Two statements, and
    one for each kind of name.
    """
    field, by_month = _find(uow, by)
    is_open = Lead.status == Status.OPEN
    query = replace(query, criterion=and_(query.criterion, is_open))
    if query.order is BoardOrder.MANUAL:
        query = replace(query, order=BoardOrder.URGENCY)
    rows = _sums(uow, query, column_of_group(field, by_month=by_month), field)
    present = [_shown(row[0], by_month=by_month) for row in rows]
    columns = {key.value: _empty(key) for key in _keys(uow, by, field, present)}
    if len(columns) > MOST_COLUMNS:
        raise TooManyColumnsError(field)
    for value, (_, *sums) in zip(present, rows, strict=True):
        columns[value] = add_sums(columns[value], sums)
    dealt = [
        (column, criterion_of_group(uow, by, column.key))
        for column in columns.values()
        if only in {"", column.anchor}
    ]
    return deal_cards(uow, query, dealt)


def _sums(
    uow: UnitOfWork, query: BoardQuery, value: Any, field: Field
) -> Sequence[Any]:
    """Value, currency, count, sums and activities of the leads of each column."""
    statement = select(
        value, Lead.currency, func.count(), *money_sums(), *activity_sums(uow)
    ).select_from(Lead)
    if field.holder is not None:
        statement = statement.outerjoin(field.holder, field.holder.record_id == Lead.id)
    statement = statement.where(board_criterion(uow, query))
    return uow.session.execute(statement.group_by(value, Lead.currency)).all()


def _shown(value: Any, *, by_month: bool) -> Any:
    """A value as a key holds it: of a month its first day."""
    if not by_month or value is None:
        return value
    return date(int(value) // 100, int(value) % 100, 1)


def _keys(
    uow: UnitOfWork, by: str, field: Field, present: Iterable[Any]
) -> list[GroupKey]:
    """The keys of the columns in their order: without a value, offered ones, others."""
    offered = _offered(uow, field)
    values = list(
        dict.fromkeys([*offered, *(one for one in present if one is not None)])
    )
    labels = names_of(uow, field, values)
    keys = [GroupKey(by, one, labels.get(one, str(one))) for one in values]
    places = {value: place for place, value in enumerate(offered)}
    if field.type is FieldType.DATE:
        keys.sort(key=lambda key: key.text)
    else:
        keys.sort(
            key=lambda key: (places.get(key.value, MOST_OFFERED), key.label.casefold())
        )
    return keys if field.name == PRIORITY else [GroupKey(by, None, ""), *keys]


def _offered(uow: UnitOfWork, field: Field) -> list[Any]:
    """The values that one may give to a lead, where they are few."""
    values: list[Any] = []
    if field.name == PRIORITY and not field.is_custom:
        values = list(range(4))
    elif field.type is FieldType.DATE:
        values = _months(uow.today())
    elif field.type is FieldType.YES_NO:
        values = [True, False]
    elif field.type is FieldType.CHOICE:
        values = list(field.choices)
    elif field.type is FieldType.USER:
        values = [user.id for user in list_users(uow)]
    elif field.type is FieldType.TEAM:
        values = [team.id for team in list_teams(uow)]
    elif field.name in NAMED:
        values = [named.id for named in list_named(uow, NAMED[field.name])]
    return values if len(values) <= MOST_OFFERED else []


def _months(day: date) -> list[date]:
    """The first days of the month of `day` and of the ones that follow."""
    start = day.year * 12 + day.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(start, start + MONTHS_AHEAD)]


def _empty(key: GroupKey) -> Column:
    return Column(
        0,
        key.label,
        Decimal(0),
        is_won=False,
        is_folded=False,
        guidance="",
        rotting_days=None,
        group=key,
    )


def regroup_lead(
    uow: UnitOfWork, lead: Lead, by: str, text: str, based_on: Based = None
) -> None:
    """Give `lead` the value of a column, whose key `text` is; empty takes it away.

    In another month it keeps its day. Raises UnknownGroupError for a value that the
    field cannot have, and what editing the lead raises.
    """
    field, by_month = _find(uow, by)
    value = typed_value(field, text, by_month=False) if text else None
    if by_month and value is not None:
        value = _in_month(getattr(lead, field.name), value)
    edit_lead(uow, lead, _changes(uow, field, value), based_on)


def _in_month(day: date | None, first: date) -> date:
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(day.day, last) if day else last)


def _changes(uow: UnitOfWork, field: Field, value: Any) -> Mapping[str, Any]:
    if field.is_custom:
        return {"custom": {field.name: value}}
    if field.type is FieldType.REFERENCE:
        name = names_of(uow, field, [value]).get(value)
        if name is None and value is not None:
            raise UnknownGroupError
        return {field.name: name}
    is_record = field.type in {FieldType.USER, FieldType.TEAM}
    return {f"{field.name}_id" if is_record else field.name: value}
