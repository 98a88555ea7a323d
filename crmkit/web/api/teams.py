"""Teams, their members, and users, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    MemberDraft,
    Team,
    TeamDraft,
    User,
    UserDraft,
    add_member,
    add_team,
    add_user,
    archive_team,
    disable_user,
    edit_team,
    edit_user,
    get_team,
    get_user,
    list_members,
    list_teams,
    list_users,
    remove_member,
)
from crmkit.web.answers import json_answer
from crmkit.web.work import work

routes = APIRouter(tags=["teams and users"])


def _team(team: Team) -> dict[str, Any]:
    return {
        "id": team.id,
        "version": team.version,
        "name": team.name,
        "leader_id": team.leader_id,
        "archived_at": team.archived_at,
    }


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "version": user.version,
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "disabled_at": user.disabled_at,
    }


@routes.get("/teams")
def list_all_teams(request: Request) -> Response:
    """Every team."""
    with work(request) as uow:
        return json_answer({"items": [_team(team) for team in list_teams(uow)]})


@routes.post("/teams", status_code=201)
def create_team(request: Request, draft: TeamDraft) -> Response:
    """A new team."""
    with work(request) as uow:
        return json_answer(_team(add_team(uow, draft)), status=201)


@routes.get("/teams/{team_id}")
def read_team(request: Request, team_id: int) -> Response:
    """One team."""
    with work(request) as uow:
        return json_answer(_team(get_team(uow, team_id)))


@routes.patch("/teams/{team_id}")
def change_team(
    request: Request, team_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        team = get_team(uow, team_id)
        known = {"name": team.name, "leader_id": team.leader_id}
        edit_team(uow, team, TeamDraft(**{**known, **changes}))
        return json_answer(_team(team))


@routes.delete("/teams/{team_id}", status_code=204)
def delete_team(request: Request, team_id: int) -> Response:
    """Take a team out of every choice; its leads stay."""
    with work(request) as uow:
        archive_team(uow, get_team(uow, team_id))
        return Response(status_code=204)


@routes.get("/teams/{team_id}/members")
def list_team(request: Request, team_id: int) -> Response:
    """The members of a team."""
    with work(request) as uow:
        members = [
            {"user_id": user.id, "name": user.name, "capacity": member.capacity}
            for member, user in list_members(uow, get_team(uow, team_id))
        ]
        return json_answer({"items": members})


@routes.post("/teams/{team_id}/members", status_code=201)
def join_team(request: Request, team_id: int, draft: MemberDraft) -> Response:
    """Take a user into a team."""
    with work(request) as uow:
        member = add_member(uow, get_team(uow, team_id), draft)
        answer = {"user_id": member.user_id, "capacity": member.capacity}
        return json_answer(answer, status=201)


@routes.delete("/teams/{team_id}/members/{user_id}", status_code=204)
def leave_team(request: Request, team_id: int, user_id: int) -> Response:
    """Take a user out of a team."""
    with work(request) as uow:
        remove_member(uow, get_team(uow, team_id), get_user(uow, user_id))
        return Response(status_code=204)


@routes.get("/users")
def list_all_users(request: Request) -> Response:
    """Every user who is not disabled."""
    with work(request) as uow:
        return json_answer({"items": [_user(user) for user in list_users(uow)]})


@routes.post("/users", status_code=201)
def create_user(request: Request, draft: UserDraft) -> Response:
    """A new user, who signs in once he has a password (`crmkit user add`)."""
    with work(request) as uow:
        return json_answer(_user(add_user(uow, draft)), status=201)


@routes.get("/users/{user_id}")
def read_user(request: Request, user_id: int) -> Response:
    """One user."""
    with work(request) as uow:
        return json_answer(_user(get_user(uow, user_id)))


@routes.patch("/users/{user_id}")
def change_user(
    request: Request, user_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names: name, mail address, role, language."""
    with work(request) as uow:
        user = get_user(uow, user_id)
        known = {name: getattr(user, name) for name in UserDraft.model_fields}
        edit_user(uow, user, UserDraft(**{**known, **changes}))
        return json_answer(_user(user))


@routes.delete("/users/{user_id}", status_code=204)
def delete_user(request: Request, user_id: int) -> Response:
    """Keep a user out from now on; what he owns stays his."""
    with work(request) as uow:
        disable_user(uow, get_user(uow, user_id))
        return Response(status_code=204)
