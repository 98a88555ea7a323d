"""A job is done once its unit is committed, from where the last run stopped."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from crmkit.core import (
    CrmError,
    JobState,
    LeadDraft,
    create_lead,
    get_job,
    retry_job,
)
from crmkit.core import (
    Event as Fact,
)
from crmkit.core.jobs.changes import NotFailedError
from crmkit.jobs import run_due, run_here
from crmkit.jobs.run import lease_of
from crmkit.jobs.runner import run_claimed

from tests.jobs.samples import (
    NAMES,
    claimed,
    enqueue,
    job_of,
    make_leads,
    names_of,
    sampled,
)


class FullError(CrmError):
    def __init__(self, most):
        super().__init__("There is no room for more than {most}.", most=most)


def test_a_job_is_done(make_kit):
    kit = make_kit(sampled(make_leads))
    job_id = enqueue(kit, kit.ann, names=NAMES)
    [job] = kit.run_jobs()
    assert (job.id, job.state, job.done, job.total) == (job_id, JobState.DONE, 4, 4)
    assert job.finished_at == kit.crm.clock.now()
    assert names_of(kit) == NAMES
    assert kit.run_jobs() == []


def test_a_job_whose_unit_failed_was_never_there(make_kit):
    kit = make_kit(sampled(make_leads))

    def fail(uow):
        uow.enqueue("sample.make_leads", names=NAMES)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kit.work() as uow:
        fail(uow)
    assert kit.run_jobs() == []


def test_what_a_job_does_is_one_change_of_whoever_asked(make_kit):
    kit = make_kit(sampled(make_leads))
    job = job_of(kit, enqueue(kit, kit.ann, names=NAMES))
    kit.run_jobs()
    with kit.read() as uow:
        facts = list(uow.session.scalars(select(Fact)))
    made = [fact for fact in facts if fact.kind == "lead.created"]
    assert {(fact.actor_id, fact.change_id) for fact in made} == {
        (kit.ann, job.change_id)
    }


def test_arguments_are_json(kit):
    with pytest.raises(TypeError, match="not JSON"), kit.work() as uow:
        uow.enqueue("purge_jobs", since=uow.now())


def test_a_job_waits_until_it_is_due(make_kit, clock):
    kit = make_kit(sampled(make_leads))
    with kit.work() as uow:
        due_at = uow.now() + timedelta(hours=1)
        uow.enqueue("sample.make_leads", due_at=due_at, names=NAMES)
    assert kit.run_jobs() == []
    clock.advance(hours=1)
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]


def test_while_a_job_with_a_key_waits_there_is_no_second_one(make_kit):
    kit = make_kit(sampled(make_leads))
    first = enqueue(kit, key="lead 1", names=NAMES)
    assert enqueue(kit, key="lead 1", names=[]) == first
    assert enqueue(kit, key="lead 2", names=[]) != first
    kit.run_jobs()
    assert enqueue(kit, key="lead 1", names=[]) > first


def test_a_job_left_behind_goes_on_from_its_checkpoint_when_its_time_is_over(
    make_kit, clock
):
    died: list[int] = []

    def dies_once(job):
        if not died:
            died.append(job.id)
            with job.work() as uow:
                create_lead(uow, LeadDraft(name=NAMES[0]))
                job.save(uow, {"next": 1}, done=1, total=4)
            raise SystemExit
        make_leads(job)

    kit = make_kit(sampled(dies_once))
    enqueue(kit, names=NAMES)
    with pytest.raises(SystemExit):
        kit.run_jobs()
    assert kit.run_jobs() == []
    clock.advance(minutes=lease_of(kit.crm).total_seconds() / 60)
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]
    assert names_of(kit) == NAMES


def test_a_worker_that_lost_its_job_writes_nothing_more(make_kit, clock):
    kit = make_kit(sampled(make_leads))
    enqueue(kit, names=NAMES)
    slow = claimed(kit)
    clock.advance(minutes=2)
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]
    run_claimed(kit.crm, slow)
    assert names_of(kit) == NAMES


def test_a_job_that_ends_every_worker_fails_with_a_sentence(make_kit, clock):
    def dies(_job):
        raise SystemExit

    kit = make_kit(sampled(dies, max_attempts=2))
    job_id = enqueue(kit)
    for _ in range(2):
        with pytest.raises(SystemExit):
            kit.run_jobs()
        clock.advance(minutes=2)
    kit.run_jobs()
    job = job_of(kit, job_id)
    assert job.state is JobState.FAILED
    assert job.error["parts"] == {"times": "2"}


def test_a_mistake_is_tried_again_later_each_time_and_then_failed(make_kit, clock):
    kit = make_kit(sampled(lambda job: 1 / job.arguments["by"], max_attempts=4))
    began = clock.now()
    job_id = enqueue(kit, by=0)
    waits = []
    for _ in range(3):
        [job] = kit.run_jobs()
        waits.append((job.due_at - clock.now()).total_seconds())
        assert (job.state, job.attempts) == (JobState.WAITING, len(waits))
        assert kit.run_jobs() == []
        clock.moment = job.due_at
    assert waits == [15, 60, 240]
    [job] = kit.run_jobs()
    assert job.id == job_id
    assert job.state is JobState.FAILED
    assert "ZeroDivisionError" in job.error["parts"]["text"]
    assert "job.arguments" in job.trace
    assert clock.now() - began == timedelta(seconds=315)


def test_a_job_that_got_on_counts_its_attempts_anew(make_kit, clock):
    def fails_after_each(job):
        number = job.checkpoint.get("next", 0)
        if number < len(NAMES):
            with job.work() as uow:
                create_lead(uow, LeadDraft(name=NAMES[number]))
                job.save(uow, {"next": number + 1})
            raise ZeroDivisionError

    kit = make_kit(sampled(fails_after_each, max_attempts=2))
    enqueue(kit)
    for _ in NAMES:
        [job] = kit.run_jobs()
        assert job.state is JobState.WAITING
        clock.moment = job.due_at
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]
    assert names_of(kit) == NAMES


def refuse(_job):
    raise FullError(3)


@pytest.mark.parametrize(
    ("values", "state"),
    [({}, JobState.FAILED), ({"retries_refusals": True}, JobState.WAITING)],
)
def test_a_refusal_is_tried_again_only_if_its_kind_says_so(make_kit, values, state):
    kit = make_kit(sampled(refuse, **values))
    enqueue(kit)
    [job] = kit.run_jobs()
    assert job.state is state
    assert job.error == {
        "sentence": "There is no room for more than {most}.",
        "parts": {"most": "3"},
    }


def test_an_unknown_job_fails_with_a_sentence(kit):
    with kit.work() as uow:
        uow.enqueue("count_stars")
    [job] = kit.run_jobs()
    assert job.state is JobState.FAILED
    assert job.error["sentence"] == "There is no job called “{name}”."


def test_a_failed_job_is_tried_again_from_where_it_was(make_kit):
    is_full = [True]

    def full_after_two(job):
        if is_full:
            make_two(job)
            is_full.clear()
            raise FullError(2)
        make_leads(job)

    def make_two(job):
        for number in range(2):
            with job.work() as uow:
                create_lead(uow, LeadDraft(name=NAMES[number]))
                job.save(uow, {"next": number + 1})

    kit = make_kit(sampled(full_after_two))
    job_id = enqueue(kit, kit.ann, names=NAMES)
    assert [job.state for job in kit.run_jobs()] == [JobState.FAILED]
    with kit.work(kit.ann) as uow:
        retry_job(uow, get_job(uow, job_id))
    with pytest.raises(NotFailedError), kit.work(kit.ann) as uow:
        retry_job(uow, get_job(uow, job_id))
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]
    assert names_of(kit) == NAMES


def test_a_command_watches_its_job_to_the_end(make_kit):
    kit = make_kit(sampled(make_leads))
    seen = []
    run_here(
        kit.crm,
        enqueue(kit, names=NAMES),
        lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_workers_that_come_at_once_run_each_job_once(make_kit):
    runs: list[int] = []
    kit = make_kit(sampled(lambda job: runs.append(job.id)))
    jobs = [enqueue(kit) for _ in range(30)]
    all_run = Barrier(4)

    def work():
        all_run.wait()
        run_due(kit.crm)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(runs) == jobs
    assert kit.run_jobs() == []
