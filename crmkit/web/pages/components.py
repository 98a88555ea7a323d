"""The page of components: everything that pages are drawn with, in every state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import ActivityState, Amount, Hit, HitKind, NextActivity, mark
from crmkit.web.answers import page, sentence
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

_NAMES = ("Camille Roux", "Mia Sandford", "Hugo Lamberty", "Grace Hollindale")
_CALL = mark("Call")
_COLUMNS = (
    ("name", mark("Title"), "text"),
    ("expected_revenue", mark("Expected revenue"), "money"),
    ("weighted_revenue", mark("Weighted revenue"), "money"),
    ("probability", mark("Probability"), "percent"),
    ("stage", mark("Stage"), "reference"),
    ("expected_close", mark("Expected close"), "day"),
    ("next_activity_at", mark("Next step"), "moment"),
    ("stage_entered_at", mark("In its stage since"), "moment"),
    ("owner", mark("Owner"), "reference"),
    ("status", mark("Status"), "choice"),
    ("priority", mark("Priority"), "whole"),
    ("tags", mark("Tags"), "tags"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the example list."""

    name: str
    label: str
    type: str


@dataclass(frozen=True, slots=True)
class Row:
    """A lead of the example list, as cards and rows show one."""

    name: str
    next_activity: NextActivity
    expected_close: date
    id: int = 0
    company_name: str = "Hydrolis"
    contact_name: str = _NAMES[1]
    expected_revenue: Decimal = Decimal(48_500)
    weighted_revenue: Decimal = Decimal(24_250)
    currency: str = "EUR"
    probability: Decimal = Decimal(50)
    stage_probability: Decimal = Decimal(50)
    stage_name: str = ""
    status: str = "open"
    is_overdue: bool = False
    is_rotting: bool = False
    days_in_stage: int = 4
    owner_name: str = _NAMES[0]
    priority: int = 2
    tags: tuple[str, ...] = ("Lyon",)


@dataclass(frozen=True, slots=True)
class Examples:
    """What the components show on their page."""

    activities: tuple[NextActivity, ...]
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    hits: tuple[Hit, ...]
    amount: Amount
    names: tuple[str, ...] = field(default=_NAMES)


def make_examples(request: Request, uow: UnitOfWork) -> Examples:
    """One of each kind and state, in the actor's language."""
    today, call = uow.today(), sentence(request, uow, _CALL)
    first = NextActivity(1, "call", "", today, None, ActivityState.TODAY, 0, call)
    late, later = timedelta(days=3), timedelta(days=2)
    activities = (
        replace(first, state=ActivityState.LATE, days=3, due_on=today - late),
        first,
        replace(first, state=ActivityState.PLANNED, days=2, due_on=today + later),
        NextActivity(None, "", "", None, None, ActivityState.NONE, 0),
    )
    row = Row("Kiln monitoring", activities[1], today + timedelta(days=30))
    rows = (
        row,
        replace(row, is_overdue=True, expected_close=today - late, is_rotting=True),
        replace(row, status="won", stage_probability=Decimal(100)),
        replace(row, status="lost", priority=0, tags=()),
    )
    hit = Hit(HitKind.LEAD, 1, "Kiln monitoring", "", {"title": ((0, 4),)}, "won", None)
    hits = (
        hit,
        replace(hit, state="lost"),
        replace(hit, kind=HitKind.CONTACT, title="Kilnworks", state="company"),
        replace(hit, kind=HitKind.ACTIVITY, state="late", lead_id=1),
    )
    return Examples(
        activities=activities,
        rows=rows,
        columns=tuple(
            Column(name, sentence(request, uow, label), kind)
            for name, label, kind in _COLUMNS
        ),
        hits=hits,
        amount=Amount(
            Decimal(219_200), {}, ("SEK",), unconverted={"SEK": Decimal(1200)}
        ),
    )


@routes.get("/ui")
def show_components(request: Request) -> Response:
    """Every component."""
    with work(request) as uow:
        shown = make_examples(request, uow)
        return page(request, uow, "components/page.html", here="ui", shown=shown)


@routes.get("/ui/dialog")
def show_dialog(request: Request) -> Response:
    """A dialog to look at."""
    with work(request) as uow:
        return page(request, uow, "components/dialog.html")
