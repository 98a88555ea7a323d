"""A switch thrown in one process is obeyed in all, on every surface, under load."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from importlib import invalidate_caches
from threading import Event, Thread
from typing import TYPE_CHECKING

import httpx2
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from crmkit.cli import main
from crmkit.core import JobState, add_token, get_job, get_user, sign_in
from crmkit.core.jobs.schedules import Schedule
from crmkit.testing.kit import Kit, meet
from crmkit.web.work import COOKIE

from tests.plugins.everywhere.plugin import JOB, SCHEDULE
from tests.plugins.processes import company_of_processes, open_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 2.0
PATIENCE = 20
REST = 1.3  # a worker looks once a second
TURNS = 20 if os.environ.get("CRMKIT_PROFILE") == "soak" else 1
CORE = ("/api/v1/pipeline", "/leads")
OWN = ("/p/everywhere/home", "/api/v1/p/everywhere/things")
_POINTS = """\
[crmkit.plugins]
everywhere = tests.plugins.everywhere.plugin
[crmkit.commands]
everywhere = tests.plugins.everywhere.commands:command
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Requests by people who know nothing of a switch: path and status of each."""

    clients: list[httpx2.Client]
    answered: list[tuple[str, int]] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While the block runs, one thread for each process asks."""
        threads = [Thread(target=self._ask, args=(one,)) for one in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, client: httpx2.Client) -> None:
        while not self.stop.is_set():
            for path in (*CORE, *OWN):
                self.answered.append((path, client.get(path).status_code))


@pytest.fixture
def everywhere(make_kit, tmp_path, monkeypatch):
    """The company in real time, with the plugin installed beside its command."""
    info = tmp_path / "crmkit_everywhere-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: crmkit-everywhere\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CRMKIT_DATABASE_URL", make_kit.make_crm.url)
    monkeypatch.setenv("CRMKIT_PLUGINS", '["everywhere"]')
    invalidate_caches()
    crm = open_there(make_kit.make_crm.url)
    yield meet(crm)
    crm.close()


@pytest.mark.databases("postgresql")
def test_a_switch_is_obeyed_everywhere_within_two_seconds(everywhere, make_kit):
    lead = everywhere.lead()
    with company_of_processes(make_kit.make_crm.url, 2) as addresses:
        callers = [caller(everywhere, address) for address in addresses * 2]
        clients, load = callers[:2], Load(callers[2:])
        surfaces = surfaces_of(clients, lead.id)
        wait_until(surfaces, is_on=True)
        with load.running():
            turns = [
                turn_over(everywhere, clients[n % 2], clients[(n + 1) % 2], surfaces)
                for n in range(TURNS)
            ]
        for one in callers:
            one.close()
    told = f"{len(load.answered)} requests, obeyed in {max(turns):.2f} s"
    print(told)  # noqa: T201  (`pytest -s` shows it)
    assert max(turns) < LIMIT
    assert {status for path, status in load.answered if path in CORE} == {200}
    assert {status for path, status in load.answered if path in OWN} == {200, 404}
    assert len(load.answered) > 20 * TURNS


def turn_over(
    kit: Kit,
    one: httpx2.Client,
    two: httpx2.Client,
    surfaces: dict[str, Callable[[], bool]],
) -> float:
    """Seconds until the last surface obeys, switched off by one, on by the other."""
    throw(one, is_on=False)
    waiting = ask_for_work(kit)
    off = wait_until(surfaces, is_on=False)
    time.sleep(REST)  # for a worker that would not have heard
    assert not is_worked(kit, waiting)
    throw(two, is_on=True)
    new = ask_for_work(kit)
    on = wait_until(surfaces, is_on=True)
    wait_until({"job": lambda: is_worked(kit, new)}, is_on=True)
    return max(off, on)


def caller(kit: Kit, address: str) -> httpx2.Client:
    """An admin in a browser and in a script at once."""
    with kit.work() as uow:
        token = add_token(uow, get_user(uow, kit.eve), "test")
        secret = sign_in(uow, kit.eve, "test")
    headers = {"authorization": f"Bearer {token}", "cookie": f"{COOKIE}={secret}"}
    return httpx2.Client(base_url=address, headers=headers, timeout=30)


def surfaces_of(
    clients: list[httpx2.Client], lead_id: int
) -> dict[str, Callable[[], bool]]:
    """By name, whether the plugin is there on a surface; of each process."""
    found: dict[str, Callable[[], bool]] = {"command": is_command_there}
    for number, client in enumerate(clients):
        page = f"/leads/{lead_id}"
        words = {
            "page": ("/p/everywhere/home", "Eve"),
            "api": ("/api/v1/p/everywhere/things", "Eve"),
            "document": ("/api/v1/openapi.json", "/p/everywhere/things"),
            "navigation": ("/leads", "/p/everywhere/home"),
            "slot": (page, "Everywhere beside"),
            "hook": (f"/api/v1{page}", '"everywhere"'),
        }
        for name, (path, word) in words.items():
            found[f"{name} {number}"] = partial(_shows, client, path, word)
    return found


def _shows(client: httpx2.Client, path: str, word: str) -> bool:
    return word in client.get(path).text


def is_command_there() -> bool:
    return CliRunner().invoke(main, ["everywhere"]).output == "Here.\n"


def wait_until(surfaces: dict[str, Callable[[], bool]], *, is_on: bool) -> float:
    """Seconds after which nobody who asks is shown what was before the switch."""
    began = time.monotonic()
    obeyed, left = 0.0, dict(surfaces)
    while left:
        for name, look in list(left.items()):
            asked = time.monotonic() - began
            if look() == is_on:
                del left[name]
            else:
                obeyed = asked
        assert obeyed < PATIENCE, sorted(left)
    return obeyed


def throw(client: httpx2.Client, *, is_on: bool) -> None:
    """Throw the switch through one process."""
    answer = client.patch("/api/v1/plugins/everywhere", json={"enabled": is_on})
    assert answer.status_code == 200, answer.text


def ask_for_work(kit: Kit) -> int:
    """The id of a new job; the schedule of the plugin is due now, too."""
    with kit.work() as uow:
        past = uow.now() - timedelta(minutes=1)
        row = update(Schedule).where(Schedule.name == SCHEDULE)
        uow.session.execute(row.values(next_due_at=past))
        return uow.enqueue(JOB)


def is_worked(kit: Kit, job_id: int) -> bool:
    """Whether the job was done, and the schedule made the one that was due."""
    with kit.read() as uow:
        row = uow.session.query(Schedule).filter_by(name=SCHEDULE).one()
        is_done = get_job(uow, job_id).state is JobState.DONE
        return is_done and row.next_due_at > uow.now()
