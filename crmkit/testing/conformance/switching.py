"""Switched off means silent, on every surface."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from click.testing import CliRunner
from importlib_metadata import entry_points

from crmkit.cli import main
from crmkit.core import JobState, get_job, switch_plugin
from crmkit.testing.conformance.subject import live_through, on_sqlite, own_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from crmkit.testing.clock import FrozenClock
    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door
    from crmkit.testing.kit import Kit

PAGES = ("/pipeline", "/leads", "/leads/1", "/settings", "/contacts", "/jobs")
_PARAMETER = re.compile(r"\{[^}]*\}")


@on_sqlite
class SwitchingChecks:
    """A plugin that an admin switched off does nothing, until he switches it on."""

    def test_switched_off_it_has_no_routes(
        self, company: Door, subject: Subject
    ) -> None:
        """404, before anything tells what a route would have wanted."""
        with _off(company.kit, subject):
            for method, path in own_routes(company, subject.id):
                filled = _PARAMETER.sub("x", path)
                is_api = path.startswith("/api/")
                call = company.script("eve") if is_api else company.person("eve")
                answer = call(method, filled.removeprefix("/api/v1" if is_api else ""))
                assert answer.status_code == 404, (method, path)

    def test_switched_off_no_page_shows_it(
        self, company: Door, subject: Subject
    ) -> None:
        """No place of the core's pages leads to it."""
        with _off(company.kit, subject):
            for path in PAGES:
                page = company.person("eve").get(path)
                assert page.status_code == 200
                assert f"/p/{subject.id}/" not in page.text, path

    def test_switched_off_the_api_does_not_name_it(
        self, company: Door, subject: Subject
    ) -> None:
        """The document is without its operations."""
        with _off(company.kit, subject):
            paths = company.stranger.get("/api/v1/openapi.json").json()["paths"]
        assert [path for path in paths if f"/p/{subject.id}/" in path] == []

    def test_switched_off_it_is_not_asked(
        self, company: Door, subject: Subject
    ) -> None:
        """None of its hooks is called, whatever happens to leads."""
        with _off(company.kit, subject):
            before = _calls(company, subject)
            live_through(company.kit)
            company.person("eve").get("/pipeline")
            company.script("eve").get("/leads?ext=" + subject.id)
            assert _calls(company, subject) == before

    def test_switched_off_its_jobs_wait(self, kit: Kit, subject: Subject) -> None:
        """What was to be done is done when it is back."""
        for job in kit.crm.plugins.entries[subject.id].jobs:
            with kit.work() as uow:
                job_id = uow.enqueue(job.name)
            with _off(kit, subject):
                assert kit.run_jobs() == []
            with kit.read() as uow:
                assert get_job(uow, job_id).state is JobState.WAITING, job.name

    def test_switched_off_its_schedules_rest(
        self, kit: Kit, clock: FrozenClock, subject: Subject
    ) -> None:
        """Nothing of it becomes due."""
        with _off(kit, subject):
            clock.advance(days=40)
            ran = [job.name for job in kit.run_schedules()]
        assert [name for name in ran if name.startswith(f"{subject.id}.")] == []

    def test_switched_off_its_commands_say_so(
        self, kit: Kit, subject: Subject, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One sentence, and exit code 1."""
        url = kit.crm.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("CRMKIT_DATABASE_URL", url)
        (own,) = entry_points(group="crmkit.plugins", name=subject.id)
        commands = [
            point.name
            for point in entry_points(group="crmkit.commands")
            if point.dist and own.dist and point.dist.name == own.dist.name
        ]
        with _off(kit, subject):
            for name in commands:
                answer = CliRunner().invoke(main, [name])
                assert answer.exit_code == 1, name
                assert "is disabled" in answer.output

    def test_switched_on_again_it_is_as_it_was(
        self, company: Door, subject: Subject
    ) -> None:
        """Nothing but the switch was changed."""

        def shown() -> list[bool]:
            pages = (company.person("eve").get(path).text for path in PAGES)
            return [f"/p/{subject.id}/" in text for text in pages]

        before = shown()
        with _off(company.kit, subject):
            pass
        assert shown() == before


@contextmanager
def _off(kit: Kit, subject: Subject) -> Iterator[None]:
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, subject.id, is_enabled=False)
    try:
        yield
    finally:
        with kit.work(kit.eve) as uow:
            switch_plugin(uow, subject.id, is_enabled=True)


def _calls(company: Door, subject: Subject) -> int:
    timings = company.kit.crm.timings.by_hook
    return sum(one.calls for (name, _), one in timings.items() if name == subject.id)
