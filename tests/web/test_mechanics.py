"""One request is one unit: many at once answer, a failed commit keeps nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from crmkit.core import ListQuery, add_token, get_user, list_leads
from crmkit.testing import served
from crmkit.web import create_app

from tests.web.doors import open_door


def _ask(client, number):
    """Every fifth request writes, the others read."""
    if number % 5 == 0:
        body = {"name": f"Many {number}", "expected_revenue": number}
        return client.post("/api/v1/leads", json=body).status_code
    paths = ("/api/v1/leads", "/api/v1/pipeline", "/api/v1/events", "/healthz")
    return client.get(paths[number % 4]).status_code


def test_a_hundred_requests_at_once_on_a_pool_of_four_all_answer(make_kit):
    kit = make_kit(pool_size=4)
    for number in range(30):
        kit.lead(f"Old {number}")
    with kit.work() as uow:
        token = add_token(uow, get_user(uow, kit.eve), "test")
    headers = {"authorization": f"Bearer {token}"}
    with (
        served(create_app(kit.crm)) as address,
        httpx2.Client(
            base_url=address,
            headers=headers,
            timeout=60,
            limits=httpx2.Limits(max_connections=100),
        ) as client,
        ThreadPoolExecutor(100) as pool,
    ):
        answers = list(pool.map(lambda number: _ask(client, number), range(100)))
    assert sorted(set(answers)) == [200, 201]
    assert answers.count(201) == 20
    with kit.read() as uow:
        found = list_leads(uow, ListQuery(words="Many", limit=100)).rows
    assert len({lead.name for lead in found}) == 20


@contextmanager
def _commits_fail():
    """Commits of sessions that wrote something fail, as a full disk would have it."""

    def fail(session):
        if session.connection().info.pop("wrote", False):
            message = "the disk is full"
            raise OSError(message)

    def note(connection, _cursor, statement, *_more):
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            connection.info["wrote"] = True

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Session, "before_commit", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Session, "before_commit", fail)


@pytest.mark.parametrize("who", ["script", "person"])
def test_a_failed_commit_is_a_500_and_keeps_nothing(own_door, who):
    door = own_door
    caller = getattr(door, who)("eve")
    lead = door.lead("Steady")
    with _commits_fail():
        if who == "script":
            answers = [
                caller.post("/leads", {"name": "Lost in the commit"}),
                caller.patch(f"/leads/{lead['id']}", {"name": "Other"}),
            ]
        else:
            answers = [
                caller.send("/leads", name="Lost in the commit"),
                caller.send(f"/leads/{lead['id']}/win"),
            ]
    for answer in answers:
        assert answer.status_code == 500
        assert "disk" not in answer.text
        assert "nothing was changed" in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    script = door.script("eve")
    assert script.get("/leads?q=commit").json()["items"] == []
    assert script.get(f"/leads/{lead['id']}").json() == lead
    assert caller.get("/leads").status_code == 200


def test_many_failures_leave_the_pool_whole(make_kit):
    with open_door(make_kit(pool_size=2)) as door:
        script = door.script("eve")
        with _commits_fail():
            for _ in range(8):
                assert script.post("/leads", {"name": "X"}).status_code == 500
        for _ in range(8):
            script.get("/leads/999999")
        assert script.get("/leads").status_code == 200
