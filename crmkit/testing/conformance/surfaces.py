"""The pages and the API of a plugin, and what it puts into those of the core."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, ClassVar

import pytest
from typing_extensions import override

from crmkit.core import Role, set_permission, set_profile
from crmkit.testing.conformance.browsing import own_pages
from crmkit.testing.conformance.subject import live_through, on_sqlite, own_routes

if TYPE_CHECKING:
    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door
    from crmkit.testing.recorder import HookRecorder

CORE_PAGES = ("/pipeline", "/leads", "/leads/1", "/contacts", "/settings", "/jobs")
NONSENSE = ("0", "999999", "x", "99999999999999999999", "%00", "'")
FAILURE = "could not fill this place"
_PARAMETER = re.compile(r"\{[^}]*\}")


@on_sqlite
class SurfaceChecks:
    """It asks who comes, answers sensibly, and keeps to the policy of pages."""

    open_paths: ClassVar[tuple[str, ...]]

    def test_it_starts(self, company: Door, subject: Subject) -> None:
        """With other plugins before and behind it, it is active."""
        states = {
            name: one.state for name, one in company.kit.crm.plugins.entries.items()
        }
        assert set(states.values()) == {"active"}, states
        assert subject.id in states

    def test_a_lead_lives_its_life_with_it(
        self, company: Door, subject: Subject
    ) -> None:
        """From creation to deletion none of its answers fails."""
        live_through(company.kit)
        assert _failures(company, subject) == []

    def test_its_neighbours_hear_the_same(
        self, company: Door, neighbours: list[HookRecorder]
    ) -> None:
        """Plugins before and behind it are told the same, each thing once."""
        for one in neighbours:
            one.calls.clear()
        live_through(company.kit)
        first, last = neighbours
        assert first.names == last.names == ["lead_created", "lead_created", "lead_won"]

    @pytest.mark.parametrize("who", ["ann", "max", "eve"])
    @pytest.mark.parametrize("path", CORE_PAGES)
    def test_the_pages_of_the_core_show_it_well(
        self, company: Door, subject: Subject, who: str, path: str
    ) -> None:
        """Everybody's pages come, and none of its places fails."""
        page = company.person(who).get(path)
        allowed = {403} if path == "/settings" and who != "eve" else {200}
        assert page.status_code in allowed
        assert FAILURE not in page.text
        assert _policy_breaches(page.text) == []
        assert _failures(company, subject) == []

    def test_strangers_are_sent_away(self, company: Door, subject: Subject) -> None:
        """Every route but those of `open_paths` wants somebody who is signed in."""
        for method, path in own_routes(company, subject.id):
            if path.startswith(self.open_paths or ("\0",)):
                continue
            answer = company.stranger(method, _PARAMETER.sub("1", path))
            is_refused = 400 <= answer.status_code < 500
            asks = answer.headers.get("location", "").startswith("/sign-in")
            assert is_refused or asks, (method, path, answer.status_code)

    def test_permissions_are_asked_for(self, company: Door, subject: Subject) -> None:
        """Kept for admins, a permission shuts its routes for everybody else."""
        names = [f"{subject.id}.{one.name}" for one in subject.manifest.permissions]
        routes = own_routes(company, subject.id)
        before = {route: _status(company, *route) for route in routes}
        for name in names:
            _keep_for(company, name, Role.ADMIN)
        shut = [route for route in routes if _status(company, *route) == 403]
        lowest = {one.name: one.lowest_role for one in subject.manifest.permissions}
        for name in names:
            _keep_for(company, name, Role(lowest[name.partition(".")[2]]))
        assert not names or shut, "No route asks for a permission of the manifest."
        assert {route: _status(company, *route) for route in routes} == before

    def test_pages_come_in_every_language(
        self, company: Door, subject: Subject
    ) -> None:
        """Each page without a record answers in English and French, by the policy."""
        for path in own_pages(company, subject.id):
            for locale in ("fr", "en"):
                with company.kit.work(company.kit.eve) as uow:
                    set_profile(uow, locale=locale)
                page = company.person("eve").get(path)
                assert page.status_code < 500, page.text
                if page.status_code == 200 and "html" in page.headers["content-type"]:
                    assert f'<html lang="{locale}"' in page.text
                    assert _policy_breaches(page.text) == []

    def test_nonsense_is_refused_with_a_sentence(
        self, company: Door, subject: Subject
    ) -> None:
        """No address and no empty request is a fault of the server."""
        for method, path in own_routes(company, subject.id):
            for word in NONSENSE if "{" in path else ("",):
                filled = _PARAMETER.sub(word, path)
                is_api = path.startswith("/api/")
                call = company.script("eve") if is_api else company.person("eve")
                answer = call(method, filled.removeprefix("/api/v1" if is_api else ""))
                assert answer.status_code < 500, (method, filled, answer.text)

    def test_its_api_is_described(self, company: Door, subject: Subject) -> None:
        """Each operation has a summary, and a name of its own in the whole document."""
        paths = company.stranger.get("/api/v1/openapi.json").json()["paths"]
        named = [
            (operation["operationId"], path, bool(operation.get("summary")))
            for path, operations in paths.items()
            for operation in operations.values()
            if isinstance(operation, dict)
        ]
        ids = [name for name, _, _ in named]
        own = [one for one in named if f"/p/{subject.id}/" in one[1]]
        assert len(set(ids)) == len(ids)
        assert [one for one in own if not one[2]] == []


def _status(company: Door, method: str, path: str) -> int:
    is_api = path.startswith("/api/")
    call = company.script("max") if is_api else company.person("max")
    filled = _PARAMETER.sub("999999", path.removeprefix("/api/v1" if is_api else ""))
    return call(method, filled).status_code


def _keep_for(company: Door, name: str, role: Role) -> None:
    known = company.kit.crm.plugins.permissions
    with company.kit.work(company.kit.eve) as uow:
        set_permission(uow, known, name, role)


def _failures(company: Door, subject: Subject) -> list[str]:
    timings = company.kit.crm.timings.by_hook
    return [
        hook
        for (plugin_id, hook), timing in timings.items()
        if plugin_id == subject.id and timing.failures
    ]


class _Policy(HTMLParser):
    """Notes what a browser would refuse under the policy of the pages."""

    def __init__(self) -> None:
        super().__init__()
        self.breaches: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.breaches.append(f"<{tag}> without a file")
        for name in given:
            if name == "style" or name.startswith("on"):
                self.breaches.append(f"{name} of <{tag}>")
        for name in ("src", "href"):
            if (given.get(name) or "").lower().startswith(("http:", "javascript:")):
                self.breaches.append(f"{name} of <{tag}>")


def _policy_breaches(html: str) -> list[str]:
    parser = _Policy()
    parser.feed(html)
    return parser.breaches
