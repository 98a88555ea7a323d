"""Workers are processes: they may be killed at any moment, and be many."""

import os
import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from crmkit.core import JobState, StageDraft, SystemClock, add_stage, get_job
from crmkit.core.jobs.claiming import untold

from tests.jobs.samples import names_of
from tests.jobs.workers import end, open_with_slow_jobs, wait_until, worker

KILLS = 30 if os.environ.get("CRMKIT_PROFILE") == "soak" else 2


@pytest.fixture
def crm(make_crm):
    """A CRM with slow jobs and a stage, in real time, on the test's database."""
    opened = open_with_slow_jobs(make_crm.url, SystemClock())
    with opened.work() as uow:
        add_stage(uow, StageDraft(name="New"))
    yield opened
    opened.close()


def enqueue(crm, prefix, count, rest):
    with crm.work() as uow:
        return uow.enqueue("sample.make_leads", prefix=prefix, count=count, rest=rest)


def job_of(crm, job_id):
    with crm.read() as uow:
        return get_job(uow, job_id)


def is_done(crm, *jobs):
    return all(job_of(crm, job_id).state is JobState.DONE for job_id in jobs)


def test_workers_killed_at_any_moment_lose_and_double_nothing(crm):
    moments = random.Random(7)  # noqa: S311  (not a secret)
    count = 10 * KILLS
    jobs = [enqueue(crm, prefix, count, 0.02) for prefix in ("a", "b")]
    for _ in range(KILLS):
        with worker(crm.settings.database_url) as process:
            before = sum(job_of(crm, job_id).done for job_id in jobs)
            wait_until(
                lambda: sum(job_of(crm, job_id).done for job_id in jobs) > before  # noqa: B023
            )
            time.sleep(moments.uniform(0, 0.2))
            process.kill()
    with worker(crm.settings.database_url), worker(crm.settings.database_url):
        wait_until(lambda: is_done(crm, *jobs))
    names = [f"{prefix} {number}" for prefix in ("a", "b") for number in range(count)]
    assert Counter(names_of(crm)) == Counter(names)


def test_a_worker_that_is_asked_to_end_gives_its_job_back(crm):
    job_id = enqueue(crm, "a", 500, 0.02)
    with worker(crm.settings.database_url) as process:
        wait_until(lambda: job_of(crm, job_id).done > 1)
        assert end(process) == 0
    job = job_of(crm, job_id)
    assert (job.state, job.worker) == (JobState.WAITING, None)
    assert len(names_of(crm)) == job.done


@pytest.mark.databases("postgresql")
def test_what_the_queue_forgot_is_told_to_it_again(crm):
    with crm.work() as uow:
        past = uow.now() - timedelta(minutes=1)
        job_id = uow.enqueue(
            "sample.make_leads", due_at=past, prefix="a", count=1, rest=0
        )
    with crm.work() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
        uow.session.execute(text("DELETE FROM procrastinate_jobs"))
    with worker(crm.settings.database_url):
        wait_until(lambda: is_done(crm, job_id))
    assert names_of(crm) == ["a 0"]


@pytest.mark.databases("postgresql")
def test_what_the_queue_knows_is_read_once_not_for_each_job(crm):
    with crm.work() as uow:
        job_id = uow.enqueue("sample.make_leads", prefix="a", count=1, rest=0)
        looked: list[str] = []

        def explain(_connection, cursor, said, values, *_):
            if "procrastinate_jobs" in said and "EXPLAIN" not in said:
                cursor.execute(f"EXPLAIN {said}", values)
                looked.extend(line for (line,) in cursor.fetchall())

        event.listen(crm.engine, "before_cursor_execute", explain)
        assert untold(uow, uow.now(), ["sample"]) == []
        uow.session.execute(text("DELETE FROM procrastinate_jobs"))
        assert untold(uow, uow.now(), ["sample"]) == [job_id]
        event.remove(crm.engine, "before_cursor_execute", explain)
    assert any("hashed SubPlan" in line for line in looked), looked


@pytest.mark.databases("postgresql")
def test_the_queue_knows_a_job_only_once_its_unit_is_committed(crm):
    def fail(uow):
        uow.enqueue("sample.make_leads")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), crm.work() as uow:
        fail(uow)
    with crm.read() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
