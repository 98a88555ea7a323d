"""Teams, their members, and users, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Member,
    MemberDraft,
    Team,
    TeamDraft,
    User,
    UserDraft,
    Whole,
    add_member,
    add_team,
    add_user,
    archive_team,
    disable_user,
    edit_member,
    edit_team,
    edit_user,
    enable_user,
    get_member,
    get_team,
    get_user,
    list_members,
    list_teams,
    list_users,
    remove_member,
    restore_team,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Archived
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["teams and users"])


Disabled = Annotated[bool, Query(description="Those kept out, instead.")]
_TEAM = ("id", "version", "name", "leader_id", "archived_at")
_USER = ("id", "version", "name", "email", "role", "locale", "disabled_at")


class CapacityBody(BaseModel):
    """How many leads a member takes in 30 days."""

    model_config = ConfigDict(extra="forbid")

    capacity: Whole = Field(ge=0, le=100_000)


def describe_team(team: Team) -> dict[str, Any]:
    """A team as scripts get it."""
    return {name: getattr(team, name) for name in _TEAM}


def describe_user(user: User) -> dict[str, Any]:
    """A user as scripts get him."""
    return {name: getattr(user, name) for name in _USER}


def describe_member(member: Member, user: User) -> dict[str, Any]:
    """A member of a team as scripts get him."""
    return {
        "user_id": user.id,
        "version": member.version,
        "name": user.name,
        "capacity": member.capacity,
    }


@routes.get("/teams", response_model=shapes.Items[shapes.Team])
def list_all_teams(request: Request, *, archived: Archived = False) -> Response:
    """Every team, by name."""
    with work(request) as uow:
        found = list_teams(uow, archived=archived)
        return json_answer({"items": [describe_team(team) for team in found]})


@routes.post("/teams", status_code=201, response_model=shapes.Team)
def create_team(request: Request, draft: TeamDraft) -> Response:
    """A new team."""
    with work(request) as uow:
        return record_answer(request, describe_team(add_team(uow, draft)), status=201)


@routes.get("/teams/{team_id}", response_model=shapes.Team)
def read_team(request: Request, team_id: int) -> Response:
    """One team."""
    with work(request) as uow:
        return record_answer(request, describe_team(get_team(uow, team_id)))


@routes.patch(
    "/teams/{team_id}",
    response_model=shapes.Team,
    openapi_extra=merge_patch(TeamDraft),
)
def change_team(
    request: Request, team_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        known = {"name": team.name, "leader_id": team.leader_id}
        draft = TeamDraft(**{**known, **changes})
        edit_team(uow, team, draft, version_of(request))
        return record_answer(request, describe_team(team))


@routes.delete("/teams/{team_id}", status_code=204)
def delete_team(request: Request, team_id: int) -> Response:
    """Take a team out of every choice; its leads stay."""
    with work(request) as uow:
        archive_team(uow, get_team(uow, team_id))
        return Response(status_code=204)


@routes.post("/teams/{team_id}/restore", response_model=shapes.Team)
def bring_team_back(request: Request, team_id: int) -> Response:
    """Put an archived team back into every choice."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        restore_team(uow, team)
        return record_answer(request, describe_team(team))


@routes.get("/teams/{team_id}/members", response_model=shapes.Items[shapes.Member])
def list_team(request: Request, team_id: int) -> Response:
    """The members of a team."""
    with work(request) as uow:
        found = list_members(uow, get_team(uow, team_id))
        return json_answer({"items": [describe_member(*pair) for pair in found]})


@routes.post("/teams/{team_id}/members", status_code=201, response_model=shapes.Member)
def join_team(request: Request, team_id: int, draft: MemberDraft) -> Response:
    """Take a user into a team."""
    with work(request) as uow:
        member = add_member(uow, get_team(uow, team_id), draft)
        user = get_user(uow, member.user_id)
        return record_answer(request, describe_member(member, user), status=201)


@routes.get("/teams/{team_id}/members/{user_id}", response_model=shapes.Member)
def read_member(request: Request, team_id: int, user_id: int) -> Response:
    """One member of a team."""
    with work(request) as uow:
        user = get_user(uow, user_id)
        member = get_member(uow, get_team(uow, team_id), user)
        return record_answer(request, describe_member(member, user))


@routes.patch("/teams/{team_id}/members/{user_id}", response_model=shapes.Member)
def change_member(
    request: Request, team_id: int, user_id: int, body: CapacityBody
) -> Response:
    """Change how many leads a member takes in 30 days."""
    with work(request) as uow:
        user = get_user(uow, user_id)
        member = get_member(uow, get_team(uow, team_id), user)
        draft = MemberDraft(user_id=user.id, capacity=body.capacity)
        edit_member(uow, member, draft, version_of(request))
        return record_answer(request, describe_member(member, user))


@routes.delete("/teams/{team_id}/members/{user_id}", status_code=204)
def leave_team(request: Request, team_id: int, user_id: int) -> Response:
    """Take a user out of a team."""
    with work(request) as uow:
        remove_member(uow, get_team(uow, team_id), get_user(uow, user_id))
        return Response(status_code=204)


@routes.get("/users", response_model=shapes.Items[shapes.User])
def list_all_users(request: Request, *, disabled: Disabled = False) -> Response:
    """Every user who may sign in, by name."""
    with work(request) as uow:
        found = list_users(uow, disabled=disabled)
        return json_answer({"items": [describe_user(user) for user in found]})


@routes.post("/users", status_code=201, response_model=shapes.User)
def create_user(request: Request, draft: UserDraft) -> Response:
    """A new user, who signs in once he has a password (`crmkit user add`)."""
    with work(request) as uow:
        return record_answer(request, describe_user(add_user(uow, draft)), status=201)


@routes.get("/users/{user_id}", response_model=shapes.User)
def read_user(request: Request, user_id: int) -> Response:
    """One user."""
    with work(request) as uow:
        return record_answer(request, describe_user(get_user(uow, user_id)))


@routes.patch(
    "/users/{user_id}",
    response_model=shapes.User,
    openapi_extra=merge_patch(UserDraft),
)
def change_user(
    request: Request, user_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names: name, mail address, role, language."""
    with work(request) as uow:
        user = get_user(uow, user_id)
        known = {name: getattr(user, name) for name in UserDraft.model_fields}
        draft = UserDraft(**{**known, **changes})
        edit_user(uow, user, draft, version_of(request))
        return record_answer(request, describe_user(user))


@routes.delete("/users/{user_id}", status_code=204)
def delete_user(request: Request, user_id: int) -> Response:
    """Keep a user out from now on; what he owns stays his."""
    with work(request) as uow:
        disable_user(uow, get_user(uow, user_id))
        return Response(status_code=204)


@routes.post("/users/{user_id}/restore", response_model=shapes.User)
def bring_user_back(request: Request, user_id: int) -> Response:
    """Let a user in again who was kept out."""
    with work(request) as uow:
        user = get_user(uow, user_id)
        enable_user(uow, user)
        return record_answer(request, describe_user(user))
