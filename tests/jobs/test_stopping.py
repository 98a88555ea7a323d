"""Jobs that stop before their end, wait for their plugin, and who sees them."""

from threading import Event

import pytest

from crmkit.core import (
    JobState,
    LeadDraft,
    NotFoundError,
    cancel_job,
    create_lead,
    disable_user,
    get_job,
    get_user,
    list_jobs,
    switch_plugin,
)
from crmkit.core.jobs.changes import NotCancellableError
from crmkit.jobs.errors import CancelledError
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


def test_jobs_of_a_plugin_wait_while_it_is_off(make_kit):
    kit = make_kit(sampled(make_leads))
    enqueue(kit, names=NAMES)
    with kit.work() as uow:
        switch_plugin(uow, "sample", is_enabled=False)
    assert kit.run_jobs() == []
    with kit.work() as uow:
        switch_plugin(uow, "sample", is_enabled=True)
    assert [job.state for job in kit.run_jobs()] == [JobState.DONE]


def test_jobs_of_a_plugin_that_is_not_there_wait_for_it(kit, make_kit):
    job_id = enqueue(kit, names=NAMES)
    assert kit.run_jobs() == []
    assert job_of(kit, job_id).state is JobState.WAITING
    assert [job.state for job in make_kit(sampled(make_leads)).run_jobs()] == ["done"]


def test_a_plugin_switched_off_in_between_gets_its_job_back_later(make_kit):
    def switched_off(job):
        with job.work() as uow:
            create_lead(uow, LeadDraft(name=NAMES[0]))
            job.save(uow, {"next": 1})
        with job.crm.work() as uow:
            switch_plugin(uow, "sample", is_enabled=False)
        make_leads(job)

    kit = make_kit(sampled(switched_off))
    job_id = enqueue(kit, names=NAMES)
    kit.run_jobs()
    assert job_of(kit, job_id).state is JobState.WAITING
    assert names_of(kit) == NAMES[:1]


def test_a_job_of_somebody_who_was_disabled_fails_with_a_sentence(make_kit):
    kit = make_kit(sampled(make_leads))
    enqueue(kit, kit.ann, names=NAMES)
    with kit.work() as uow:
        disable_user(uow, get_user(uow, kit.ann))
    [job] = kit.run_jobs()
    assert job.state is JobState.FAILED
    assert "cannot sign in any more" in job.error["sentence"]


def test_a_waiting_job_is_cancelled_at_once(make_kit):
    kit = make_kit(sampled(make_leads))
    job_id = enqueue(kit, kit.ann, names=NAMES)
    with kit.work(kit.ann) as uow:
        cancel_job(uow, get_job(uow, job_id))
    assert job_of(kit, job_id).state is JobState.CANCELLED
    assert kit.run_jobs() == []
    with pytest.raises(NotCancellableError), kit.work(kit.ann) as uow:
        cancel_job(uow, get_job(uow, job_id))


def test_a_running_job_is_cancelled_at_its_next_step(make_kit):
    def cancelled_after_two(job):
        make_leads_of(job, NAMES[:2])
        with job.crm.work() as uow:
            cancel_job(uow, get_job(uow, job.id))
        with pytest.raises(CancelledError):
            make_leads_of(job, NAMES[2:])
        make_leads_of(job, NAMES[2:])

    def make_leads_of(job, names):
        for name in names:
            with job.work() as uow:
                create_lead(uow, LeadDraft(name=name))

    kit = make_kit(sampled(cancelled_after_two))
    enqueue(kit)
    [job] = kit.run_jobs()
    assert job.state is JobState.CANCELLED
    assert names_of(kit) == NAMES[:2]


def test_a_worker_that_shall_end_gives_its_job_back(make_kit):
    stop = Event()

    def stopped_after_one(job):
        names = job.arguments["names"]
        with job.work() as uow:
            create_lead(uow, LeadDraft(name=names[0]))
            job.save(uow, {"next": 1})
        stop.set()
        make_leads(job)

    kit = make_kit(sampled(stopped_after_one))
    job_id = enqueue(kit, names=NAMES)
    run_claimed(kit.crm, claimed(kit), stop=stop)
    job = job_of(kit, job_id)
    assert (job.state, job.attempts, job.worker) == (JobState.WAITING, 0, None)
    assert names_of(kit) == NAMES[:1]


def test_people_see_their_own_jobs_and_admins_all(make_kit):
    kit = make_kit(sampled(make_leads))
    mine, theirs = enqueue(kit, kit.ann), enqueue(kit, kit.bob)
    with kit.read(kit.ann) as uow:
        assert [job.id for job in list_jobs(uow)] == [mine]
        with pytest.raises(NotFoundError):
            get_job(uow, theirs)
    with kit.read(kit.max) as uow:
        assert list_jobs(uow) == []
    with kit.read(kit.eve) as uow:
        assert [job.id for job in list_jobs(uow)] == [theirs, mine]
        assert [job.id for job in list_jobs(uow, before=theirs)] == [mine]
        assert list_jobs(uow, state=JobState.DONE) == []


def test_old_jobs_are_forgotten(make_kit, clock):
    kit = make_kit(sampled(make_leads))
    for names in ([], NAMES):
        enqueue(kit, names=names)
    with kit.work() as uow:
        failed = uow.enqueue("count_stars")
    kit.run_jobs()
    clock.advance(days=31)
    with kit.work() as uow:
        uow.enqueue("purge_jobs")
    [job] = kit.run_jobs()
    assert job.result == {"removed": 2}
    with kit.read() as uow:
        assert [job.id for job in list_jobs(uow)] == [job.id, failed]
