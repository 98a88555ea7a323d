"""A list as it is shown: its rows, groups and sums, of leads or of contacts."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crmkit.core import (
    NO_AMOUNT,
    CrmError,
    ListQuery,
    Total,
    count_contacts,
    criterion_of_group,
    find_field,
    group_contacts,
    group_leads,
    list_contacts,
    list_leads,
    sum_leads,
)
from crmkit.web.addresses import list_conditions
from crmkit.web.answers import is_part, page, sentence, templates_of
from crmkit.web.lines import actions_of
from crmkit.web.pages.filter_rows import label_of
from crmkit.web.pages.group_names import name_group
from crmkit.web.pages.listed import (
    ListViews,
    columns_of,
    offered_columns,
    offered_groups,
    views_context,
)
from crmkit.web.pages.texts import texts_of, texts_of_cards
from crmkit.web.pages.values import Writer
from crmkit.web.slots import columns_of as columns_placed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from crmkit.core import Group, Page, UnitOfWork
    from crmkit.web.pages.listed import ListAsked, ListKind, ListState

ROWS = 80
ROWS_OF_GROUP = 20
OPEN_GROUPS = 8
# What a card has anyway, and the list draws by name.
_ON_CARD = frozenset(
    (
        "name company_name contact_name expected_revenue weighted_revenue currency "
        "expected_close probability priority tags owner stage status next_activity_at "
        "stage_entered_at is_rotting"
    ).split()
)
_NOTHING_PLACED = SimpleNamespace(columns=(), failed=())
_NONE = Total(0, NO_AMOUNT, NO_AMOUNT)


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows of the list, what else than a card has they show, and what follows."""

    rows: tuple[Any, ...]
    more: dict[int, dict[str, str]]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of records with its sums; `value` is its key in the address."""

    n: int
    value: str
    label: str
    total: Total
    shown: ShownRows | None


_EMPTY = ShownRows((), {}, "")


class ShownList:
    """The list as it is shown to the actor."""

    def __init__(self, request: Request, uow: UnitOfWork, state: ListState) -> None:
        self.request = request
        self.uow = uow
        self.state = state
        self.entity = state.kind.entity
        self.columns = columns_of(request, uow, state)
        formats = templates_of(request).formats(uow.actor.locale)
        self.writer = Writer(formats, self.say)

    def say(self, text: str) -> str:
        """`text` in the actor's language."""
        return sentence(self.request, self.uow, text)

    @property
    def query(self) -> ListQuery:
        """The question for the core."""
        return ListQuery(self.state.filter, self.state.q, self.state.order)

    def rows(
        self, cursor: str = "", group_value: str | None = None, limit: int = ROWS
    ) -> ShownRows:
        """A page of rows, of one group where its value is given."""
        state, narrowed = self.state, None
        if group_value is not None:
            narrowed = criterion_of_group(
                self.uow, state.group, group_value, self.entity
            )
        query = ListQuery(
            state.filter, state.q, state.order, cursor or None, limit, narrowed=narrowed
        )
        return self._with_columns(self._list(query))

    def row(self, record_id: int) -> ShownRows:
        """The row of one record, whether the filter still finds it or not."""
        number = find_field(self.uow, self.entity, "id").column
        sort = self.state.kind.sort
        narrowed = number == record_id
        query = ListQuery(sort=sort, limit=1, archived=True, narrowed=narrowed)
        return self._with_columns(self._list(query))

    def _list(self, query: ListQuery) -> Page:
        if self.entity == "contact":
            return list_contacts(self.uow, query)
        return list_leads(self.uow, query)

    def _with_columns(self, found: Page) -> ShownRows:
        if self.entity == "contact":
            base = self.uow.settings.base_currency
            named = dict.fromkeys((one.id for one in found.rows), base)
            more = texts_of(self.uow, "contact", self.writer, self.columns, named)
        else:
            beside = [one for one in self.columns if one.name not in _ON_CARD]
            more = texts_of_cards(self.uow, self.writer, beside, found.rows)
        return ShownRows(found.rows, more, found.next_cursor or "")

    def placed(self, rows: tuple[Any, ...]) -> Any:
        """The columns of plugins for these rows: leads have some."""
        if self.entity == "contact":
            return _NOTHING_PLACED
        return columns_placed(self.request, self.uow, rows)

    def sums(self) -> Total:
        """Count and sums of all that the filter finds."""
        if self.entity == "contact":
            return Total(count_contacts(self.uow, self.query), NO_AMOUNT, NO_AMOUNT)
        return sum_leads(self.uow, self.query)

    def groups(self) -> list[ShownGroup]:
        """The groups with their sums, the first ones with their first rows."""
        by = self.state.group
        if self.entity == "contact":
            found = group_contacts(self.uow, self.query, by)
        else:
            found = group_leads(self.uow, self.query, [by])
        return [self._group(n, group) for n, group in enumerate(found)]

    def _group(self, n: int, group: Group) -> ShownGroup:
        value = group.keys[0].text
        shown = None
        if n < OPEN_GROUPS:
            shown = self.rows(group_value=value, limit=ROWS_OF_GROUP)
        label = name_group(self.uow, group.keys[0], self.writer, self.entity)
        return ShownGroup(n, value, label, group.total, shown)


def show_records(
    request: Request, uow: UnitOfWork, kind: ListKind, asked: ListAsked
) -> Response:
    """The page of a list, or its next rows, or those of one group."""
    views = ListViews.of(request, uow, kind, asked)
    shown = ShownList(request, uow, views.state)
    if is_part(request) and (asked.cursor or asked.group_value is not None):
        return _more(shown, asked)
    return _whole(shown, views)


def _more(shown: ShownList, asked: ListAsked) -> Response:
    limit = ROWS if asked.group_value is None else ROWS_OF_GROUP
    rows = shown.rows(asked.cursor, asked.group_value, limit)
    is_group = asked.group_value is not None
    return page(
        shown.request,
        shown.uow,
        "list/_more.html",
        state=shown.state,
        shown=rows,
        columns=shown.columns,
        placed=shown.placed(rows.rows),
        query=shown.state.query,
        rows_id=f"rows-{asked.n}" if is_group else "rows",
        group=ShownGroup(asked.n, asked.group_value or "", "", _NONE, rows)
        if is_group
        else None,
        is_first=not asked.cursor,
    )


def _rows_in(rows: ShownRows, groups: list[ShownGroup]) -> tuple[Any, ...]:
    """All rows that the page shows: plugins are asked once for them."""
    parts = [rows, *(group.shown for group in groups if group.shown)]
    return tuple(row for part in parts for row in part.rows)


def _whole(shown: ShownList, views: ListViews) -> Response:
    request, uow, state = shown.request, shown.uow, shown.state
    rows, groups, sums, error = _EMPTY, list[ShownGroup](), _NONE, ""
    try:
        sums = shown.sums()
        if state.group:
            groups = shown.groups()
        else:
            rows = shown.rows()
    except CrmError as problem:
        error = problem.text(shown.say)
    return page(
        request,
        uow,
        f"{state.kind.path.removeprefix('/')}/list.html",
        here=state.kind.path.removeprefix("/"),
        state=state,
        query=state.query,
        columns=shown.columns,
        offered=offered_columns(request, uow, state),
        **views_context(uow, views),
        actions=actions_of(request, uow, state, shown.columns),
        placed=shown.placed(_rows_in(rows, groups)),
        group_choices=offered_groups(request, uow, state),
        shown=rows,
        groups=groups,
        count=sums.count,
        sums=sums,
        filter=state.filter,
        q=state.q,
        conditions=state.kind.conditions,
        labels={
            part: label_of(uow, shown.entity, part, shown.say)
            for part in list_conditions(state.filter)
        },
        is_blank=not (state.filter or state.q or sums.count or error),
        filter_error=error,
    )
