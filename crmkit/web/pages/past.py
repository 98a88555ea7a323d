"""The pipeline as it was on a day, and what changed between two."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    BoardQuery,
    CrmError,
    Difference,
    Stage,
    UnitOfWork,
    as_of,
    changes_between,
    criterion_of,
    get_team,
    list_archived_stages,
    list_stages,
    list_users,
    read_moment,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.conditions import keep
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable

routes = APIRouter(include_in_schema=False)

MONTH = timedelta(days=30)
CARDS = 30
LEADS = 100


class Narrowed(BaseModel):
    """Which leads: of a team, narrowed by a filter and words."""

    team_id: Blank = None
    filter: str = ""
    q: str = ""

    def query(self, uow: UnitOfWork) -> BoardQuery:
        """The question for the core."""
        if self.team_id is not None:
            get_team(uow, self.team_id)
        criterion = criterion_of(uow, "lead", self.filter, self.q)
        return BoardQuery(team_id=self.team_id, criterion=criterion)

    def kept(self) -> dict[str, str]:
        """What links of the page keep."""
        return keep(team_id=self.team_id, filter=self.filter, q=self.q)


class PastPlace(Narrowed):
    """A board of a day; without one that of a month ago."""

    as_of: str = ""


class ChangesPlace(Narrowed):
    """From which day to which, and leads of which kind alone."""

    model_config = ConfigDict(populate_by_name=True)

    start: str = Field(default="", alias="from")
    end: str = Field(default="", alias="to")
    kind: Difference | None = None


def _month_ago(uow: UnitOfWork) -> str:
    return (uow.today() - MONTH).isoformat()


def _read(
    request: Request,
    uow: UnitOfWork,
    typed: dict[str, str],
    fallback: Callable[[], str],
) -> tuple[dict[str, datetime], dict[str, str]]:
    """The moments of what was typed, by field, and what is wrong with it."""
    moments, errors = {}, {}
    for field, text in typed.items():
        try:
            moments[field] = read_moment(uow, text, field)
        except CrmError as error:
            errors[field] = error.text(lambda said: sentence(request, uow, said))
            moments[field] = read_moment(uow, fallback(), field)
    return moments, errors


@routes.get("/pipeline/past")
def show_past(request: Request, place: Annotated[PastPlace, Query()]) -> Response:
    """The board as it was at the end of a day."""
    with work(request) as uow:
        day = place.as_of or _month_ago(uow)
        moments, errors = _read(request, uow, {"as_of": day}, lambda: _month_ago(uow))
        query = replace(place.query(uow), limit=CARDS)
        return page(
            request,
            uow,
            "pipeline/past.html",
            422 if errors else 200,
            here="pipeline",
            day=day,
            moment=moments["as_of"],
            pipeline=as_of(uow, moments["as_of"], query),
            query=place.kept(),
            filter=place.filter,
            q=place.q,
            errors=errors,
        )


@routes.get("/pipeline/changes")
def show_changes(request: Request, place: Annotated[ChangesPlace, Query()]) -> Response:
    """What entered, left, was won and lost between two days, and the largest leads."""
    with work(request) as uow:
        today = uow.today().isoformat()
        typed = {"from": place.start or _month_ago(uow), "to": place.end or today}
        moments, errors = _read(request, uow, typed, lambda: today)
        start, end = moments["from"], moments["to"]
        query = replace(place.query(uow), limit=LEADS)
        try:
            found = changes_between(uow, start, end, query, place.kind)
        except CrmError as error:
            errors["from"] = error.text(lambda said: sentence(request, uow, said))
            found = changes_between(uow, end, end, query, place.kind)
        stages: list[Stage] = [*list_stages(uow), *list_archived_stages(uow)]
        return page(
            request,
            uow,
            "pipeline/changes.html",
            422 if errors else 200,
            here="pipeline",
            typed=typed,
            found=found,
            kind=place.kind,
            stages={stage.id: stage for stage in stages},
            people={user.id: user.name for user in list_users(uow)},
            query=place.kept(),
            errors=errors,
        )
