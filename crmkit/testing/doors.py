"""Knocking at the web door as one of the kit's people."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from crmkit.core import add_token, get_user, sign_in
from crmkit.testing.fixtures import borrow_kit
from crmkit.web import create_app
from crmkit.web.work import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from fastapi import FastAPI
    from httpx2 import Response

    from crmkit.testing.fixtures import Templates
    from crmkit.testing.kit import Kit

HTMX = {"hx-request": "true", "hx-request-type": "partial"}
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends requests with the headers of one person; redirects are not followed."""

    client: TestClient
    headers: dict[str, str]
    base: str = ""

    def __call__(self, method: str, path: str, **options: Any) -> Response:
        """The answer to a request; cookies that it sets are not kept."""
        headers = {**self.headers, **options.pop("headers", {})}
        answer = self.client.request(
            method,
            self.base + path,
            headers=headers,
            follow_redirects=False,
            **options,
        )
        self.client.cookies.clear()
        return answer

    def get(self, path: str, **options: Any) -> Response:
        """The answer to a GET."""
        return self("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Response:
        """The answer to a POST."""
        return self("POST", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Response:
        """The answer to a PATCH."""
        return self("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """The answer to a DELETE."""
        return self("DELETE", path, **options)

    def send(self, path: str, **fields: object) -> Response:
        """The answer to a form that a page's script sends."""
        typed = {
            name: [str(one) for one in value] if isinstance(value, list) else str(value)
            for name, value in fields.items()
        }
        return self("POST", path, data=typed, headers=HTMX)


@dataclass(slots=True)
class Door:
    """The web application of a kit, and callers by first name in small letters."""

    kit: Kit
    app: FastAPI
    client: TestClient
    _known: dict[tuple[str, str], Caller] = field(default_factory=dict)

    @property
    def stranger(self) -> Caller:
        """Somebody who shows nothing."""
        return Caller(self.client, {})

    def script(self, name: str) -> Caller:
        """A script of that person, with a bearer token, below /api/v1."""
        key = ("script", name)
        if key not in self._known:
            with self.kit.work() as uow:
                token = add_token(uow, get_user(uow, self.kit.people[name]), "test")
            headers = {"authorization": f"Bearer {token}"}
            self._known[key] = Caller(self.client, headers, API)
        return self._known[key]

    def person(self, name: str) -> Caller:
        """That person in a browser, signed in."""
        key = ("person", name)
        if key not in self._known:
            with self.kit.work() as uow:
                secret = sign_in(uow, self.kit.people[name], "test")
            headers = {"cookie": f"{COOKIE}={secret}"}
            self._known[key] = Caller(self.client, headers)
        return self._known[key]

    def lead(self, name: str = "Pump station", **fields: Any) -> dict[str, Any]:
        """A new lead as scripts get it; Ann's, unless `fields` say more."""
        lead = self.kit.lead(name, **fields)
        found: dict[str, Any] = self.script("eve").get(f"/leads/{lead.id}").json()
        return found


@contextmanager
def open_door(kit: Kit) -> Iterator[Door]:
    """The door of `kit`, which answers 500 where a server would."""
    app = create_app(kit.crm)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Door(kit, app, client)


@contextmanager
def borrow_door(
    database: str, templates: Templates, *samples: ModuleType, **settings: Any
) -> Iterator[Door]:
    """A door on a new copy of the kit's database, taken away afterwards."""
    with (
        borrow_kit(database, templates, *samples, **settings) as kit,
        open_door(kit) as door,
    ):
        yield door


def routes_of(app: FastAPI) -> set[str]:
    """Method and path of every route but static files, as `GET /leads/{lead_id}`."""
    return {
        f"{method} {path}"
        for path, methods in _walk(app.routes)
        for method in methods - {"HEAD", "OPTIONS"}
    }


def _walk(routes: Iterable[Any]) -> Iterator[tuple[str, set[str]]]:
    for route in routes:
        if hasattr(route, "effective_candidates"):  # a router that was included
            yield from _walk(route.effective_candidates())
        elif getattr(route, "methods", None):
            yield route.path, set(route.methods)
