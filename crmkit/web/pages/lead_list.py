"""The list of leads: columns, order and groups as one chooses, all in the address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import mark
from crmkit.web.pages.conditions import CONDITIONS
from crmkit.web.pages.listed import ListAsked, ListKind
from crmkit.web.pages.shown_list import show_records
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

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
    labels={
        "name": mark("Lead"),
        "expected_revenue": mark("Expected"),
        "expected_close": mark("Close"),
        "stage_entered_at": mark("In stage"),
    },
    conditions=CONDITIONS,
)


@routes.get("/leads")
def show_list(request: Request, asked: Annotated[ListAsked, Query()]) -> Response:
    """The list, or its next rows, or those of one group."""
    with work(request) as uow:
        return show_records(request, uow, LEADS, asked)
