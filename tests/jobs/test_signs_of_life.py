"""What can be seen of a worker and of a job from outside."""

import logging

from crmkit.core import (
    LeadDraft,
    Trace,
    create_lead,
    note_worker,
    tracing,
    workers_seen,
)
from crmkit.core.logs import present_trace
from crmkit.jobs.heartbeat import announced

from tests.jobs.samples import enqueue, sampled


def seen(kit):
    with kit.read() as uow:
        return workers_seen(uow)


def test_a_worker_is_seen_while_it_lives_and_leaves_nothing_when_it_ends(kit):
    assert (seen(kit).alive, seen(kit).are_silent) == (0, False)
    with announced(kit.crm, "one"), announced(kit.crm, "two"):
        assert seen(kit).alive == 2
    assert (seen(kit).alive, seen(kit).are_silent) == (0, False)


def test_a_worker_that_died_is_missed_after_a_minute_and_forgotten_after_a_day(
    kit, clock
):
    with kit.work() as uow:
        note_worker(uow, "one")
    clock.advance(minutes=0.98)
    assert seen(kit).alive == 1
    clock.advance(minutes=0.04)
    assert seen(kit).are_silent
    with kit.work() as uow:
        note_worker(uow, "two")
    assert not seen(kit).are_silent
    clock.advance(days=2)
    with announced(kit.crm, "three"):
        pass
    assert not seen(kit).are_silent


def test_a_job_is_logged_under_the_id_of_the_request_that_asked_for_it(
    make_kit, caplog
):
    found = []

    def look(job):
        trace = present_trace()
        assert trace is not None
        found.append((trace.id, trace.job_id))
        with job.work() as uow:
            create_lead(uow, LeadDraft(name="Ferry"))
            if job.arguments.get("again"):
                uow.enqueue("sample.make_leads")

    kit = make_kit(sampled(look))
    with tracing(Trace("request-7")):
        job_id = enqueue(kit, again=True)
    with caplog.at_level(logging.INFO, "crmkit.jobs"):
        _, second = kit.run_jobs()
    assert found == [("request-7", job_id), ("request-7", second.id)]
    assert [record.job for record in caplog.records] == ["sample.make_leads"] * 2
