"""The settings of users: who may sign in, and how much each sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    Role,
    User,
    UserDraft,
    add_user,
    disable_user,
    edit_user,
    enable_user,
    get_user,
    list_users,
    mark,
    set_password,
    teams_of,
)
from crmkit.web.answers import sentence
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

HERE = "/settings/users"
ROLES: dict[str, str] = {
    Role.OWN: mark("Own: what he owns, and what nobody owns in his teams"),
    Role.TEAM: mark("Team: all of his teams"),
    Role.ALL: mark("All: every record"),
    Role.MANAGER: mark("Manager: every record, stages, teams, lists"),
    Role.ADMIN: mark("Admin: everything"),
}


class UserForm(BaseModel):
    """A user as he was typed; without a password the one that is stays."""

    name: str = ""
    email: str = ""
    role: str = Role.OWN
    password: str = ""

    def draft(self, locale: str | None) -> UserDraft:
        """What the core takes."""
        return UserDraft(
            name=self.name,
            email=self.email.strip() or None,
            role=Role(self.role) if self.role in ROLES else Role.OWN,
            locale=locale,
        )


def _show(
    request: Request,
    uow: UnitOfWork,
    form: UserForm,
    user: User | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    uow.require(Role.ADMIN)
    return settings_page(
        request,
        uow,
        "settings/users.html" if user is None else "settings/user.html",
        422 if errors else 200,
        user=user,
        form=form,
        users=list_users(uow) if user is None else (),
        disabled=list_users(uow, disabled=True) if user is None else (),
        teams=[] if user is None else teams_of(uow, user),
        roles=[(role, sentence(request, uow, text)) for role, text in ROLES.items()],
        errors=errors or {},
    )


@routes.get(HERE)
def show_users(request: Request) -> Response:
    """Every user, and the form of a new one."""
    with work(request) as uow:
        return _show(request, uow, UserForm())


@routes.post(HERE)
def add(request: Request, form: Annotated[UserForm, Form()]) -> Response:
    """A new user, or what is wrong with what was typed."""
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                user = add_user(uow, form.draft(None))
                if form.password:
                    set_password(uow, user, form.password)
        except (CrmError, ValidationError) as error:
            uow.require(Role.ADMIN)
            return _show(request, uow, form, None, say_errors(request, uow, error))
        return go_to(HERE)


@routes.get(HERE + "/{user_id}")
def show_user(request: Request, user_id: int) -> Response:
    """The form of a user."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        user = get_user(uow, user_id)
        typed = UserForm(name=user.name, email=user.email or "", role=user.role)
        return _show(request, uow, typed, user)


@routes.post(HERE + "/{user_id}")
def save(request: Request, user_id: int, form: Annotated[UserForm, Form()]) -> Response:
    """Keep what was typed, or show what is wrong."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        user = get_user(uow, user_id)
        try:
            with uow.session.begin_nested():
                edit_user(uow, user, form.draft(user.locale))
                if form.password:
                    set_password(uow, user, form.password)
        except (CrmError, ValidationError) as error:
            uow.session.refresh(user)
            return _show(request, uow, form, user, say_errors(request, uow, error))
        return go_to(HERE)


@routes.post(HERE + "/{user_id}/disable")
def disable(request: Request, user_id: int) -> Response:
    """Keep a user out from now on."""
    with work(request) as uow:
        disable_user(uow, get_user(uow, user_id))
        return go_to(HERE)


@routes.post(HERE + "/{user_id}/enable")
def enable(request: Request, user_id: int) -> Response:
    """Let a user in again."""
    with work(request) as uow:
        enable_user(uow, get_user(uow, user_id))
        return go_to(HERE)
