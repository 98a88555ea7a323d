"""The settings of teams and of who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    MemberDraft,
    Role,
    Team,
    TeamDraft,
    add_member,
    add_team,
    archive_team,
    edit_member,
    edit_team,
    get_member,
    get_team,
    get_user,
    list_members,
    list_teams,
    list_users,
    member_counts,
    remove_member,
    restore_team,
)
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors
from crmkit.web.pages.typed import read_whole
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

HERE = "/settings/teams"
Typed = Annotated[str, Form()]


class TeamForm(BaseModel):
    """A team as it was typed."""

    name: str = ""
    leader_id: Blank = None


class MemberForm(BaseModel):
    """Who is to be taken in, and how many leads he takes in 30 days."""

    user_id: Blank = None
    capacity: str = "30"


def _list(
    request: Request, uow: UnitOfWork, errors: dict[str, str] | None = None
) -> Response:
    uow.require(Role.MANAGER)
    people = list_users(uow)
    return settings_page(
        request,
        uow,
        "settings/teams.html",
        422 if errors else 200,
        list_at=HERE,
        teams=list_teams(uow),
        archived=list_teams(uow, archived=True),
        counts=member_counts(uow),
        names={user.id: user.name for user in people},
        errors=errors or {},
    )


def _one(
    request: Request,
    uow: UnitOfWork,
    team: Team,
    errors: dict[str, str] | None = None,
) -> Response:
    uow.require(Role.MANAGER)
    people, members = list_users(uow), list_members(uow, team)
    inside = {user.id for _, user in members}
    return settings_page(
        request,
        uow,
        "settings/team.html",
        422 if errors else 200,
        list_at=f"{HERE}/{team.id}",
        team=team,
        members=members,
        people=[(user.id, user.name) for user in people],
        others=[(user.id, user.name) for user in people if user.id not in inside],
        errors=errors or {},
    )


@routes.get(HERE)
def show_teams(request: Request) -> Response:
    """Every team, by name."""
    with work(request) as uow:
        return _list(request, uow)


@routes.post(HERE)
def add(request: Request, name: Typed = "") -> Response:
    """A new team, and its page."""
    with work(request) as uow:
        try:
            team = add_team(uow, TeamDraft(name=name))
        except (CrmError, ValidationError) as error:
            return _list(request, uow, say_errors(request, uow, error))
        return go_to(f"{HERE}/{team.id}")


@routes.get(HERE + "/{team_id}")
def show_team(request: Request, team_id: int) -> Response:
    """A team, and who is in it."""
    with work(request) as uow:
        return _one(request, uow, get_team(uow, team_id))


@routes.post(HERE + "/{team_id}")
def save(request: Request, team_id: int, form: Annotated[TeamForm, Form()]) -> Response:
    """Keep what was typed, or show what is wrong."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        try:
            edit_team(uow, team, TeamDraft(name=form.name, leader_id=form.leader_id))
        except (CrmError, ValidationError) as error:
            return _one(request, uow, team, say_errors(request, uow, error))
        return go_to(HERE)


@routes.post(HERE + "/{team_id}/archive")
def archive(request: Request, team_id: int) -> Response:
    """Offer a team no longer; its leads and members stay."""
    with work(request) as uow:
        archive_team(uow, get_team(uow, team_id))
        return go_to(HERE)


@routes.post(HERE + "/{team_id}/restore")
def restore(request: Request, team_id: int) -> Response:
    """Offer a team again."""
    with work(request) as uow:
        restore_team(uow, get_team(uow, team_id))
        return go_to(HERE)


@routes.post(HERE + "/{team_id}/members")
def take_in(
    request: Request, team_id: int, form: Annotated[MemberForm, Form()]
) -> Response:
    """Take a user into a team."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        try:
            capacity = read_whole(form.capacity)
            add_member(uow, team, MemberDraft(user_id=form.user_id, capacity=capacity))
        except (CrmError, ValidationError) as error:
            return _one(request, uow, team, say_errors(request, uow, error))
        return go_to(f"{HERE}/{team_id}")


@routes.post(HERE + "/{team_id}/members/{user_id}")
def rate(
    request: Request, team_id: int, user_id: int, capacity: Typed = ""
) -> Response:
    """How many leads a member takes in 30 days."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        member = get_member(uow, team, get_user(uow, user_id))
        try:
            number = read_whole(capacity)
            edit_member(uow, member, MemberDraft(user_id=user_id, capacity=number))
        except (CrmError, ValidationError) as error:
            errors = say_errors(request, uow, error)
            said = {f"capacity-{user_id}": text for text in errors.values()}
            return _one(request, uow, team, said)
        return go_to(f"{HERE}/{team_id}")


@routes.post(HERE + "/{team_id}/members/{user_id}/remove")
def remove(request: Request, team_id: int, user_id: int) -> Response:
    """Take a user out of a team; his leads stay where they are."""
    with work(request) as uow:
        remove_member(uow, get_team(uow, team_id), get_user(uow, user_id))
        return go_to(f"{HERE}/{team_id}")
