"""The mapping: what each column of a file means. One JSON file, easy to write by hand.

{
  "entity": "lead",
  "columns": {
    "Deal": "name",
    "Internal id": null,
    "Value": "expected_revenue",
    "Stage": [
      {"field": "stage", "values": {"Lost": null}},
      {"field": "status", "values": {"Won": "won", "Lost": "lost", "*": "open"}}
    ],
    "Product": {
      "field": "expected_revenue", "fallback": true,
      "lookup": "prices", "take": "sales_price"
    }
  },
  "fixed": {"currency": "EUR"},
  "lookups": {"prices": {"file": "products.csv", "key": "product"}},
  "date_order": "day first",
  "create": {"stages": true}
}
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
)

from crmkit_data_exchange.errors import UnreadableMappingError

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY_VALUE = "*"


class DateOrder(StrEnum):
    """How dates like 03/04/2024 are meant; 2024-04-03 is understood always."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class Part(BaseModel):
    """A part of a mapping: what is misspelt in it is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DialectOverrides(Part):
    """How to read a file where the finding goes wrong; what is null is found out.

    `header_row` is a line of the file from 1, or 0 if it has no header; its columns
    are then called “Column 1”, “Column 2” … `sheet` is one of a workbook's, by name;
    without it the first that holds rows.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: Annotated[int, Field(ge=0)] | None = None
    sheet: str | None = None


class ColumnRule(Part):
    """One use of a column: the field it fills, and how.

    - `values` exchanges typed values: `{"Won": "won", "Lost": "lost"}`. Case, accents
      and outer blanks do not matter. `null` empties; `"*"` stands for every value that
      is not listed, `""` for an empty cell; what is not listed stays as it is.
    - `lookup` and `take`: the value (after `values`) is a key of that second file, and
      what counts is the cell of its column `take`.
    - Several columns may fill one field: the first that is not empty wins, in the order
      of `columns`, and those with `fallback` come after all others.
    - `joined`: its value is put behind that of the other joined columns of the field,
      with a blank between (first name, last name).
    """

    field: str
    values: dict[str, str | None] = {}
    lookup: str | None = None
    take: str | None = None
    fallback: bool = False
    joined: bool = False


class Lookup(Part):
    """A second file: its rows are found by the column `key`.

    `file` is its name, beside the mapping or uploaded with the first one.
    """

    file: str
    key: str
    dialect: DialectOverrides = DialectOverrides()


class Creation(Part):
    """What may be made when a name is not found; without that, the row says so.

    `contacts` are the companies that rows name. With `people` a lead's row is also
    about the person it names: he is found or made, in that company, and the lead is
    linked to him; without, no row is left out for a person who is not there.
    """

    users: bool = False
    teams: bool = False
    stages: bool = False
    tags: bool = False
    contacts: bool = False
    people: bool = False
    lost_reasons: bool = False


def _list_rules(value: object) -> object:
    """The three short forms of a column's rules as a list."""
    if value is None:
        return []
    rules = value if isinstance(value, list | tuple) else [value]
    return [{"field": rule} if isinstance(rule, str) else rule for rule in rules]


Rules = Annotated[tuple[ColumnRule, ...], BeforeValidator(_list_rules)]


class Mapping(Part):
    """How the rows of a file become records.

    - `columns`: by header, a field's name, a rule, a list of rules, or null (ignored).
      Columns that are not named are ignored too.
    - `fixed`: values of fields that no column fills in a row, written as in a file.
    - `decimal_sign`: what parts the decimals; the other sign parts thousands.
    - `match_by`: a record that has the same values in these fields is updated; without
      it every row makes a new one.
    """

    entity: Literal["lead", "contact"]
    columns: dict[str, Rules]
    fixed: dict[str, str] = {}
    lookups: dict[str, Lookup] = {}
    dialect: DialectOverrides = DialectOverrides()
    date_order: DateOrder = DateOrder.DAY_FIRST
    decimal_sign: Literal[".", ","] = "."
    create: Creation = Creation()
    match_by: tuple[str, ...] = ()

    @field_serializer("columns")
    def _shorten_rules(self, columns: dict[str, Rules]) -> dict[str, object]:
        return {header: _shorten(rules) for header, rules in columns.items()}

    def rules(self) -> Iterator[tuple[str, ColumnRule]]:
        """Each use of a column with its header, in the order in which they count."""
        uses = [(name, rule) for name in self.columns for rule in self.columns[name]]
        yield from sorted(uses, key=lambda use: use[1].fallback)

    def to_json(self) -> str:
        """The mapping as `parse_mapping` reads it, without what is default."""
        return self.model_dump_json(indent=2, exclude_defaults=True)


def _shorten(rules: Rules) -> object:
    short = [
        rule.field
        if rule == ColumnRule(field=rule.field)
        else rule.model_dump(exclude_defaults=True)
        for rule in rules
    ]
    if len(short) > 1:
        return short
    return short[0] if short else None


def parse_mapping(text: str | bytes) -> Mapping:
    """The mapping that a JSON text holds.

    Raises:
        UnreadableMappingError: with the place of the first fault and what it is.
    """
    try:
        return Mapping.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise UnreadableMappingError(reason) from None
