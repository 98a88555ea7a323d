"""What runs each night: what is over is forgotten, and SQLite is tuned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crmkit.core import (
    SignIn,
    TokenDraft,
    get_user,
    list_tokens,
    make_token,
    note_failure,
    sign_in,
)
from crmkit.core.signins import SignInFailure


def run(kit, name):
    with kit.work() as uow:
        uow.enqueue(name)
    (job,) = kit.run_jobs()
    assert job.state == "done", job.trace
    return job.result


def test_sign_ins_that_ended_and_old_failures_are_forgotten(kit, clock):
    with kit.work() as uow:
        sign_in(uow, kit.ann, "old")
        note_failure(uow, "ann@example.org")
    clock.advance(days=10)
    with kit.work() as uow:
        sign_in(uow, kit.bob, "new")
    clock.advance(days=5)
    assert run(kit, "forget_sign_ins") == {"removed": 2}
    with kit.read() as uow:
        assert list(uow.session.scalars(select(SignIn.user_id))) == [kit.bob]
        assert uow.session.scalar(select(func.count(SignInFailure.id))) == 0


def test_a_token_that_ended_is_forgotten_after_three_months(kit, clock):
    with kit.work(kit.eve) as uow:
        eve = get_user(uow, kit.eve)
        ends = uow.now() + timedelta(days=1)
        make_token(uow, eve, TokenDraft(name="short", expires_at=ends))
        make_token(uow, eve, TokenDraft(name="endless"))
    clock.advance(days=60)
    assert run(kit, "forget_tokens") == {"removed": 0}
    clock.advance(days=32)
    assert run(kit, "forget_tokens") == {"removed": 1}
    with kit.read(kit.eve) as uow:
        assert [t.name for t in list_tokens(uow, get_user(uow, kit.eve))] == ["endless"]


@pytest.mark.databases("sqlite")
def test_sqlite_learns_how_its_tables_are_filled(kit):
    for number in range(3):
        kit.lead(f"Lead {number}")
    run(kit, "tune_database")
    with kit.read() as uow:
        known = text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'lead'")
        assert uow.session.scalar(known)


def test_every_schedule_of_the_core_does_its_work(kit, clock):
    kit.run_schedules()
    clock.advance(days=1)
    ran = kit.run_schedules()
    assert {job.state for job in ran} == {"done"}
    assert {"forget_answers", "purge_bin", "tune_database"} <= {job.name for job in ran}
