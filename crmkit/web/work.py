"""Opening a unit of work for a request, inside the route, in the route's thread."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from crmkit.app import Crm, NotSignedInError
from crmkit.core import Who
from crmkit.web.permissions import permission_of
from crmkit.web.scopes import SAFE, check_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from crmkit.core import UnitOfWork

COOKIE = "crmkit_sign_in"


def crm_of(request: Request) -> Crm:
    """The CRM that the application serves."""
    return cast("Crm", request.app.state.crm)


@contextmanager
def work(request: Request) -> Iterator[UnitOfWork]:
    """A unit of the request's user: to read for safe methods, to write for others.

    Raises NotSignedInError when its block is entered and nobody is known, ScopeError
    where the token that was shown does not reach as far, ForbiddenError where the
    route takes a permission that its user lacks. Inside of a unit that was
    opened around the route, it is that one.
    """
    outer: UnitOfWork | None = getattr(request.state, "unit", None)
    if outer is not None:
        yield outer
        return
    crm, who = crm_of(request), who_asks(request)
    opened = crm.read(who) if request.method in SAFE else crm.work(who)
    with opened as uow:
        # An error's sentence is made after the unit is gone, in the same language.
        request.state.locale = uow.actor.locale
        check_token(uow.actor, request.method, request.url.path)
        permission = permission_of(request.scope.get("endpoint"))
        if permission is not None:
            uow.require_permission(permission)
        yield uow


def who_asks(request: Request) -> Who:
    """How the request is signed: the API by a token, pages by the browser's key."""
    if request.url.path.startswith("/api/"):
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise NotSignedInError
        return Who(token=token.strip())
    key = request.cookies.get(COOKIE)
    if not key:
        raise NotSignedInError
    return Who(sign_in=key)
