"""The list of leads: columns, order and groups as one chooses, all in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Amount,
    CrmError,
    Group,
    Lead,
    ListQuery,
    Page,
    Total,
    UnitOfWork,
    criterion_of_group,
    group_leads,
    list_leads,
    mark,
    sum_leads,
)
from crmkit.web.addresses import list_conditions
from crmkit.web.answers import is_part, page, sentence, templates_of
from crmkit.web.lines import actions_of
from crmkit.web.pages.conditions import CONDITIONS
from crmkit.web.pages.filter_rows import label_of
from crmkit.web.pages.group_names import name_group
from crmkit.web.pages.listed import (
    ListAsked,
    ListKind,
    ListState,
    ListViews,
    columns_of,
    offered_columns,
    offered_groups,
    views_context,
)
from crmkit.web.pages.texts import texts_of_cards
from crmkit.web.pages.values import Writer
from crmkit.web.slots import columns_of as columns_placed
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

ROWS = 80
ROWS_OF_GROUP = 20
OPEN_GROUPS = 8
LEADS = ListKind(
    "lead",
    "/leads",
    (
        "name",
        "expected_revenue",
        "probability",
        "weighted_revenue",
        "expected_close",
        "next_activity_at",
        "stage_entered_at",
        "stage",
        "owner",
    ),
    "-created_at",
)
_SHORT_LABELS = {
    "name": mark("Lead"),
    "expected_revenue": mark("Expected"),
    "expected_close": mark("Close"),
    "stage_entered_at": mark("In stage"),
}
# What a card has anyway, and the list draws by name.
_ON_CARD = frozenset(
    (
        "name company_name contact_name expected_revenue weighted_revenue currency "
        "expected_close probability priority tags owner stage status next_activity_at "
        "stage_entered_at is_rotting"
    ).split()
)


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows of the list, what else than a card has they show, and what follows."""

    rows: tuple[Any, ...]
    more: dict[int, dict[str, str]]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of leads with its sums; `value` is its key in the address."""

    n: int
    value: str
    label: str
    total: Total
    shown: ShownRows | None


@routes.get("/leads")
def show_list(request: Request, asked: Annotated[ListAsked, Query()]) -> Response:
    """The list, or its next rows, or those of one group."""
    with work(request) as uow:
        views = ListViews.of(request, uow, LEADS, asked)
        shown = ShownList(request, uow, views.state)
        if is_part(request) and (asked.cursor or asked.group_value is not None):
            return _more(shown, asked)
        return _whole(shown, views)


class ShownList:
    """The list as it is shown to the actor."""

    def __init__(self, request: Request, uow: UnitOfWork, state: ListState) -> None:
        self.request = request
        self.uow = uow
        self.state = state
        self.columns = columns_of(request, uow, state, _SHORT_LABELS)
        formats = templates_of(request).formats(uow.actor.locale)
        self.writer = Writer(formats, self.say)

    def say(self, text: str) -> str:
        """`text` in the actor's language."""
        return sentence(self.request, self.uow, text)

    def rows(
        self, cursor: str = "", group_value: str | None = None, limit: int = ROWS
    ) -> ShownRows:
        """A page of rows, of one group where its value is given."""
        state, narrowed = self.state, None
        if group_value is not None:
            narrowed = criterion_of_group(self.uow, state.group, group_value)
        query = ListQuery(
            state.filter, state.q, state.order, cursor or None, limit, narrowed=narrowed
        )
        return self._with_columns(list_leads(self.uow, query))

    def row(self, lead_id: int) -> ShownRows:
        """The row of one lead, whether the filter still finds it or not."""
        query = ListQuery(limit=1, archived=True, narrowed=Lead.id == lead_id)
        return self._with_columns(list_leads(self.uow, query))

    def sums(self) -> Total:
        """Count and sums of all that the filter finds."""
        return sum_leads(self.uow, ListQuery(self.state.filter, self.state.q))

    def _with_columns(self, found: Page) -> ShownRows:
        beside = [column for column in self.columns if column.name not in _ON_CARD]
        more = texts_of_cards(self.uow, self.writer, beside, found.rows)
        return ShownRows(found.rows, more, found.next_cursor or "")

    def groups(self) -> list[ShownGroup]:
        """The groups with their sums, the first ones with their first rows."""
        state = self.state
        query = ListQuery(state.filter, state.q)
        found = group_leads(self.uow, query, [state.group])
        return [self._group(n, group) for n, group in enumerate(found)]

    def _group(self, n: int, group: Group) -> ShownGroup:
        value = group.keys[0].text
        shown = None
        if n < OPEN_GROUPS:
            shown = self.rows(group_value=value, limit=ROWS_OF_GROUP)
        label = name_group(self.uow, group.keys[0], self.writer)
        return ShownGroup(n, value, label, group.total, shown)


def _more(shown: ShownList, asked: ListAsked) -> Response:
    limit = ROWS if asked.group_value is None else ROWS_OF_GROUP
    rows = shown.rows(asked.cursor, asked.group_value, limit)
    is_group = asked.group_value is not None
    return page(
        shown.request,
        shown.uow,
        "leads/_more.html",
        shown=rows,
        columns=shown.columns,
        placed=columns_placed(shown.request, shown.uow, rows.rows),
        query=shown.state.query,
        rows_id=f"rows-{asked.n}" if is_group else "rows",
        group=ShownGroup(asked.n, asked.group_value or "", "", _NONE, rows)
        if is_group
        else None,
        is_first=not asked.cursor,
    )


def _rows_in(rows: ShownRows, groups: list[ShownGroup]) -> list[Any]:
    """All rows that the page shows: plugins are asked once for them."""
    parts = [rows, *(group.shown for group in groups if group.shown)]
    return [card for part in parts for card in part.rows]


_NONE = Total(0, Amount(), Amount())
_EMPTY = ShownRows((), {}, "")


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
        "leads/list.html",
        here="leads",
        state=state,
        query=state.query,
        columns=shown.columns,
        offered=offered_columns(request, uow, state),
        **views_context(uow, views),
        actions=actions_of(request, uow, state, shown.columns),
        placed=columns_placed(request, uow, _rows_in(rows, groups)),
        group_choices=offered_groups(request, uow, state),
        shown=rows,
        groups=groups,
        count=sums.count,
        sums=sums,
        filter=state.filter,
        q=state.q,
        conditions=CONDITIONS,
        labels={
            part: label_of(uow, "lead", part, shown.say)
            for part in list_conditions(state.filter)
        },
        is_blank=not (state.filter or state.q or sums.count or error),
        filter_error=error,
    )
