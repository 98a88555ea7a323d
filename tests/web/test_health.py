"""Whether the process lives and can serve, as a load balancer asks."""

import pytest
from sqlalchemy import text

from crmkit.core import note_worker


def readiness_of(door):
    answer = door.stranger.get("/readyz")
    return answer.status_code, answer.json()["status"], answer.json()["checks"]


def test_without_a_worker_the_pages_are_served_and_it_is_told(own_door):
    checks = {"database": "ok", "migrations": "ok", "workers": "none"}
    assert readiness_of(own_door) == (200, "ok", checks)


def test_a_worker_that_fell_silent_is_told_with_503(own_door):
    with own_door.kit.work() as uow:
        note_worker(uow, "one")
    assert readiness_of(own_door)[2]["workers"] == "ok"
    own_door.kit.crm.clock.advance(minutes=2)
    checks = {"database": "ok", "migrations": "ok", "workers": "failed"}
    assert readiness_of(own_door) == (503, "failed", checks)
    assert own_door.stranger.get("/healthz").status_code == 200


@pytest.mark.databases("sqlite")
def test_pending_migrations_are_told_with_503(own_door):
    with own_door.kit.work() as uow:
        uow.session.execute(text("UPDATE ck_version__core SET version_num = 'old'"))
    checks = {"database": "ok", "migrations": "failed", "workers": "unknown"}
    assert readiness_of(own_door) == (503, "failed", checks)
