"""Asking every route of the table of cases, about records that are made for it."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from crmkit.core import (
    Campaign,
    LostReason,
    Medium,
    MemberDraft,
    Named,
    NameDraft,
    Source,
    Tag,
    add_member,
    add_named,
    get_team,
)

from tests.web.cases import PAGES, SCRIPTS, Case, Needs
from tests.web.doors import HTMX, Door
from tests.web.foreign import MAKERS, spare_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx2 import Response

KINDS: dict[str, type[Named]] = {
    "lost-reasons": LostReason,
    "tags": Tag,
    "sources": Source,
    "mediums": Medium,
    "campaigns": Campaign,
}
_numbers = count()


def fill(door: Door, path: str, owner: str = "oli") -> str:
    """The path with the ids of records made for it."""
    for name, make in MAKERS.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", str(make(door, owner)))
    noun = path.split("/")[1]
    if "{record_id}" in path:
        with door.kit.work() as uow:
            draft = NameDraft(name=f"Spare {next(_numbers)}")
            record = add_named(uow, KINDS.get(noun, Tag), draft)
        path = path.replace("{record_id}", str(record.id))
    return path


def ask(door: Door, who: str, route: str, case: Case) -> Response:
    """The answer to the request of a case about records that are Oli's."""
    return prepare(door, who, route, case)()


def prepare(
    door: Door, who: str, route: str, case: Case, *, owner: str = "oli"
) -> Callable[[], Response]:
    """The request of a case, ready to be sent, about records that `owner` has."""
    method, path = route.split(" ")
    path = fill(door, path, owner)
    if route in SCRIPTS and case is SCRIPTS[route]:
        body = case.json
        if body and "name" in body:
            body = {**body, "name": f"Made {next(_numbers)}"}
        if "/members" in path and method == "POST":
            body = {"user_id": spare_user(door)}
        _join(door, path)
        path += case.query
        files = case.files or None
        return partial(door.script(who), method, path, json=body, files=files)
    form = dict(case.form)
    if path.startswith("/settings/") and "name" in form:
        form["name"] = f"Made {next(_numbers)}"
    _join(door, path.removeprefix("/settings"))
    if path.endswith("/members"):
        form["user_id"] = spare_user(door)
    sent = {"data": form, "files": case.files or None, "headers": HTMX}
    return partial(door.person(who), method, path + case.query, **sent)


def _join(door: Door, path: str) -> None:
    """Take the user that the path names into its team."""
    if path.startswith("/teams/") and "/members/" in path:
        team_id, user_id = path.split("/")[2:5:2]
        with door.kit.work() as uow:
            draft = MemberDraft(user_id=int(user_id))
            add_member(uow, get_team(uow, int(team_id)), draft)


def cases(*needs: Needs) -> list[tuple[str, Case]]:
    """Every route that needs one of these, with its case."""
    every = [*SCRIPTS.items(), *PAGES.items()]
    return [(route, case) for route, case in every if case.needs in needs]


def is_served(route: str, answer: Response) -> bool:
    """Whether the answer is that of a record which is there."""
    if route.endswith("/restore"):
        # Only leads that stand open can be "restored" without having been deleted.
        allowed = {200, 422} if "/leads/" in route else {404}
        return answer.status_code in allowed
    if route.endswith("/qualify") and route.startswith("POST"):
        # The record is an opportunity already.
        return answer.status_code in {409, 422}
    if route.startswith("POST /start/"):
        # Where there are leads, it is too late for first steps.
        return answer.status_code in {200, 409}
    if route.endswith("/duplicates"):
        # No plugin is there that looks for them, and the answer says so.
        return answer.status_code == 404 and "duplicates" in answer.json()["detail"]
    return answer.status_code < 400
