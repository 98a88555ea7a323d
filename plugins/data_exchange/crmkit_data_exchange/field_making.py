"""Custom fields for the columns of a file that fill none yet, all in one go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmkit.core import (
    CustomFieldDraft,
    FieldType,
    Role,
    add_field,
    fold,
    new_slug,
)
from crmkit_data_exchange.dates_in_text import read_date, read_moment
from crmkit_data_exchange.imports import check_state, mapping_of, table_of
from crmkit_data_exchange.mapping import ColumnRule
from crmkit_data_exchange.numbers_in_text import read_number, read_whole
from crmkit_data_exchange.problems import ValueRefusedError
from crmkit_data_exchange.tables import ImportState
from crmkit_data_exchange.typed_values import NO, YES, read_mail_address, read_text

if TYPE_CHECKING:
    from decimal import Decimal

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.csv_tables import Table
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.tables import Import

Check = Callable[[str], bool]

_LONGEST_TEXT, _LONGEST_CHOICE, _LONGEST_LABEL = 500, 120, 120
_MOST_CHOICES, _ROWS_PER_CHOICE = 40, 5
_MOST_DISTINCT = 20_000
_MOST_DECIMALS = 4
_LARGEST = 10**12


@dataclass(slots=True)
class Values:
    """What stands in a column: how many cells, and each value once, up to a limit."""

    header: str
    count: int = 0
    longest: int = 0
    distinct: dict[str, None] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Take note of a cell that is not blank."""
        self.count += 1
        self.longest = max(self.longest, len(text))
        if len(self.distinct) < _MOST_DISTINCT:
            self.distinct[text] = None

    def all(self, check: Check) -> bool:
        """Whether every value passes."""
        return all(map(check, self.distinct))


def make_fields(uow: UnitOfWork, import_: Import) -> list[str]:
    """Make a field for each column of a draft that fills none; the fields' names.

    Empty columns get none. The type is one that takes every value of the file; the
    fields are there from the next unit on. It takes an admin.
    """
    check_state(import_, ImportState.DRAFT)
    uow.require(Role.ADMIN)
    mapping, table = mapping_of(import_), table_of(uow, import_)
    columns, made = dict(mapping.columns), []
    for values in gather_values(table, mapping):
        draft = draft_field(uow, values, mapping)
        add_field(uow, draft)
        columns[values.header] = (ColumnRule(field=draft.slug),)
        made.append(draft.slug)
    import_.mapping = mapping.model_copy(update={"columns": columns}).to_json()
    uow.session.flush()
    return made


def gather_values(table: Table, mapping: Mapping) -> list[Values]:
    """The columns that fill no field and hold something, with what they hold."""
    free = {
        place: Values(header)
        for place, header in enumerate(table.columns)
        if not mapping.columns.get(header)
    }
    for row in table.rows():
        for place, values in free.items():
            if text := row.cells[place].strip():
                values.add(text)
    return [values for values in free.values() if values.count]


def draft_field(uow: UnitOfWork, values: Values, mapping: Mapping) -> CustomFieldDraft:
    """A field that takes every one of these values."""
    kind, choices = _find_type(values, mapping)
    return CustomFieldDraft(
        entity=mapping.entity,
        slug=new_slug(uow, mapping.entity, values.header),
        label=values.header[:_LONGEST_LABEL],
        type=kind,
        choices=choices,
    )


def _find_type(values: Values, mapping: Mapping) -> tuple[FieldType, tuple[str, ...]]:
    if len(values.distinct) > 1 and values.all(_is_yes_or_no):
        return FieldType.YES_NO, ()
    sign, order = mapping.decimal_sign, mapping.date_order
    checks: dict[FieldType, Check] = {
        FieldType.WHOLE: _takes(lambda text: _check_size(read_whole(text, sign), 0)),
        FieldType.DECIMAL: _takes(
            lambda text: _check_size(read_number(text, sign), _MOST_DECIMALS)
        ),
        FieldType.MAIL: _takes(read_mail_address),
        FieldType.LINK: lambda text: text.startswith(("https://", "http://")),
    }
    if not any(map(_is_code, values.distinct)):
        for kind, check in checks.items():
            if values.all(check):
                return kind, ()
    if values.all(_takes(lambda text: read_moment(text, order))):
        is_day = values.all(lambda text: _is_day(text, mapping))
        return (FieldType.DATE if is_day else FieldType.MOMENT), ()
    choices = _list_choices(values)
    if choices:
        return FieldType.CHOICE, choices
    has_lines = any("\n" in one for one in values.distinct)
    is_long = has_lines or values.longest > _LONGEST_TEXT
    return (FieldType.LONG_TEXT if is_long else FieldType.TEXT), ()


def _is_yes_or_no(text: str) -> bool:
    return fold(text) in YES | NO


def _is_code(text: str) -> bool:
    """Whether zeros in front would be lost in a number."""
    return len(text) > 1 and text[0] == "0" and text[1].isdigit()


def _check_size(number: Decimal, most_decimals: int) -> None:
    exponent = number.as_tuple().exponent
    is_fine = isinstance(exponent, int) and -exponent > most_decimals
    if is_fine or abs(number) >= _LARGEST:
        raise ValueRefusedError(str(number))


def _takes(read: Callable[[str], object]) -> Check:
    def check(text: str) -> bool:
        try:
            read(text)
        except ValueRefusedError:
            return False
        return True

    return check


def _is_day(text: str, mapping: Mapping) -> bool:
    """Whether a date says no time of the day."""
    day = read_date(text, mapping.date_order)
    moment = read_moment(text, mapping.date_order)
    return moment.date() == day and not (moment.hour or moment.minute or moment.second)


def _list_choices(values: Values) -> tuple[str, ...]:
    """The values as choices, if they are few and come back often."""
    names = {fold(one): read_text(one) for one in values.distinct}
    is_few = 1 < len(names) <= _MOST_CHOICES
    comes_back = values.count >= len(names) * _ROWS_PER_CHOICE
    if not (is_few and comes_back and values.longest <= _LONGEST_CHOICE):
        return ()
    return tuple(sorted(names.values(), key=fold)) if all(names) else ()
