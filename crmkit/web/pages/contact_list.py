"""The list of contacts: filter, columns, order, groups and views as of leads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import mark
from crmkit.web.pages.listed import ListAsked, ListKind
from crmkit.web.pages.shown_list import show_records
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

CONTACTS = ListKind(
    "contact",
    "/contacts",
    ("name", "company", "email", "phone", "city"),
    "name",
    labels={"email": mark("E-mail")},
    conditions={"mine": "owner = me", "unassigned": "owner is empty"},
)


@routes.get("/contacts")
def show_list(request: Request, asked: Annotated[ListAsked, Query()]) -> Response:
    """The list, or its next rows, or those of one group."""
    with work(request) as uow:
        return show_records(request, uow, CONTACTS, asked)
