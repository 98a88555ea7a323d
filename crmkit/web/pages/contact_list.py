"""The list of contacts: filter, columns, order and views as in the list of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    ListQuery,
    Page,
    UnitOfWork,
    list_contacts,
    mark,
)
from crmkit.web.addresses import list_conditions
from crmkit.web.answers import is_part, page, sentence, templates_of
from crmkit.web.lines import actions_of
from crmkit.web.pages.filter_rows import label_of
from crmkit.web.pages.listed import (
    ListAsked,
    ListKind,
    ListState,
    ListViews,
    columns_of,
    offered_columns,
    views_context,
)
from crmkit.web.pages.texts import texts_of
from crmkit.web.pages.values import Writer
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable

routes = APIRouter(include_in_schema=False)

ROWS = 80
CONTACTS = ListKind(
    "contact", "/contacts", ("name", "company", "email", "phone", "city"), "name"
)
_CONDITIONS = {"mine": "owner = me", "unassigned": "owner is empty"}
_SHORT_LABELS = {"email": mark("E-mail")}


@routes.get("/contacts")
def show_list(request: Request, asked: Annotated[ListAsked, Query()]) -> Response:
    """The list, or its next rows."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        views = ListViews.of(request, uow, CONTACTS, asked)
        state = views.state
        columns = columns_of(request, uow, state, _SHORT_LABELS)
        found, error = _find(uow, state, asked.cursor, say)
        writer = Writer(templates_of(request).formats(uow.actor.locale), say)
        ids, base = [one.id for one in found.rows], uow.settings.base_currency
        is_more = is_part(request) and bool(asked.cursor)
        return page(
            request,
            uow,
            "contacts/_more.html" if is_more else "contacts/list.html",
            here="contacts",
            state=state,
            query=state.query,
            columns=columns,
            contacts=found.rows,
            texts=texts_of(uow, "contact", writer, columns, dict.fromkeys(ids, base)),
            next_cursor=found.next_cursor or "",
            filter=state.filter,
            q=state.q,
            conditions=_CONDITIONS,
            labels={
                part: label_of(uow, "contact", part, say)
                for part in list_conditions(state.filter)
            },
            filter_error=error,
            offered=offered_columns(request, uow, state),
            **views_context(uow, views),
            actions=actions_of(request, uow, state, columns),
        )


def _find(
    uow: UnitOfWork, state: ListState, cursor: str, say: Callable[[str], str]
) -> tuple[Page, str]:
    """A page of contacts; or none, and what is wrong with the question."""
    query = ListQuery(state.filter, state.q, state.order, cursor or None, ROWS)
    try:
        return list_contacts(uow, query), ""
    except CrmError as error:
        if cursor:
            raise
        return Page((), None, state.order), error.text(say)
