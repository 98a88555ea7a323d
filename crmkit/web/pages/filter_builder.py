"""The filter builder: rows beside the same filter's text, each made of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import CrmError, FieldType, FilterError, criterion_of, fields_of, mark
from crmkit.web.answers import page, sentence
from crmkit.web.pages.filter_rows import (
    RAW,
    FilterRow,
    FilterRows,
    comparisons_of,
    rows_of,
    text_of,
)
from crmkit.web.pages.inputs import names_known, options_of
from crmkit.web.pages.views import PATHS
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import Field as CatalogueField
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

MOST_ROWS = 64
ME, MY_TEAMS = mark("me"), mark("my teams")
_VALUELESS = frozenset({"empty", "filled"})


class BuilderForm(BaseModel):
    """The rows as the page sends them: the same place in each list is one row.

    `do` is what was pressed: `add`, `add:2` (to group 2), `group`, `remove:5`.
    """

    filter: str = ""
    source: Literal["text", "rows"] = "rows"
    do: str = Field("", max_length=20)
    join: str = "and"
    joins: list[str] = []
    place: list[str] = []
    field: list[str] = []
    comparison: list[str] = []
    value: list[str] = []
    q: str = ""
    sort: str = ""
    columns: str = ""
    group: str = ""
    view: str = ""
    layout: str = "list"
    team_id: str = ""

    def rows(self) -> FilterRows:
        """The rows that were sent, with what was pressed done to them."""
        columns = (self.place, self.field, self.comparison, self.value)
        sent = list(zip(*columns, strict=False))[:MOST_ROWS]
        rows = [
            FilterRow(name, comparison, value, _number(place))
            for place, name, comparison, value in sent
        ]
        joins = tuple(self.joins)
        verb, _, place = self.do.partition(":")
        number = _number(place)
        if verb == "add":
            rows = _added(rows, number)
        elif verb == "group":
            rows += [FilterRow("", "", "", len(joins))] * 2
            joins = (*joins, "or" if self.join == "and" else "and")
        elif verb == "remove" and number is not None:
            rows = [row for at, row in enumerate(rows) if at != number]
        return FilterRows(tuple(rows), self.join, joins)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and int(text) < MOST_ROWS
    return int(text) if is_number else None


def _added(rows: list[FilterRow], group: int | None) -> list[FilterRow]:
    """A further row at the end, or at the end of its group."""
    places = [at for at, row in enumerate(rows) if row.group == group]
    end = places[-1] + 1 if group is not None and places else len(rows)
    return [*rows[:end], FilterRow("", "", "", group), *rows[end:]]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what one chooses from in it; `number` is its place."""

    number: int
    row: FilterRow
    comparisons: list[tuple[str, str]]
    options: list[tuple[object, str]]
    known: list[str]
    has_value: bool


@routes.get("/filters/{entity}")
def show_builder(
    request: Request, entity: str, form: Annotated[BuilderForm, Query()]
) -> Response:
    """The builder, after one changed a row or the text."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        fields = fields_of(uow, entity)
        built, text, error = _build(uow, entity, form)
        at = error.position if isinstance(error, FilterError) else 0
        return page(
            request,
            uow,
            "list/builder.html",
            entity=entity,
            path=PATHS.get((entity, form.layout), "/"),
            form=form,
            built=built,
            rows=[_show(uow, entity, pair, say) for pair in enumerate(built.rows)],
            fields=[(name, say(field.label)) for name, field in fields.items()],
            text=text,
            error=error.text(say) if error else "",
            error_at=at,
            is_of_text=form.source == "text",
        )


def _build(
    uow: UnitOfWork, entity: str, form: BuilderForm
) -> tuple[FilterRows, str, CrmError | None]:
    """The rows, the text, and what is wrong with them."""
    if form.source == "text":
        try:
            built = rows_of(uow, entity, form.filter)
            criterion_of(uow, entity, form.filter, "")
        except CrmError as error:
            return FilterRows(()), form.filter, error
        return built, form.filter, None
    built = _with_first_comparisons(uow, entity, form.rows())
    try:
        text = text_of(uow, entity, built)
        criterion_of(uow, entity, text, "")
    except CrmError as error:
        return built, form.filter, error
    return built, text, None


def _with_first_comparisons(
    uow: UnitOfWork, entity: str, built: FilterRows
) -> FilterRows:
    """The rows, each with a comparison that its field has."""
    fields = fields_of(uow, entity)
    rows = []
    for row in built.rows:
        field = fields.get(row.field)
        known = dict(comparisons_of(field)) if field else {row.comparison: ""}
        if row.comparison in {*known, RAW}:
            rows.append(row)
        else:
            rows.append(replace(row, comparison=next(iter(known)), value=""))
    return replace(built, rows=tuple(rows))


def _show(
    uow: UnitOfWork,
    entity: str,
    numbered: tuple[int, FilterRow],
    say: Callable[[str], str],
) -> ShownRow:
    number, row = numbered
    field = fields_of(uow, entity).get(row.field)
    if field is None:
        return ShownRow(number, row, [], [], [], has_value=False)
    is_list = row.comparison in {"in", "not in"}
    chosen = _choices(uow, field, say)
    return ShownRow(
        number,
        row,
        [(name, say(label)) for name, label in comparisons_of(field)],
        [] if is_list else chosen,
        [str(value) for value, _ in chosen] if is_list else names_known(uow, field),
        has_value=row.comparison not in _VALUELESS,
    )


def _choices(
    uow: UnitOfWork, field: CatalogueField, say: Callable[[str], str]
) -> list[tuple[object, str]]:
    """What a value is chosen from, by the words that a filter calls it."""
    options = options_of(uow, field, say)
    if field.type is FieldType.USER:
        options = [("me", say(ME)), *((label, label) for _, label in options)]
    elif field.type is FieldType.TEAM:
        options = [
            ("my teams", say(MY_TEAMS)),
            *((label, label) for _, label in options),
        ]
    elif field.type is FieldType.STAGE:
        options = [(label, label) for _, label in options]
    return options
