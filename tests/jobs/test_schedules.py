"""A schedule makes its job once for each due time, whoever comes first."""

from datetime import UTC, datetime
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest

from crmkit.core import (
    JobState,
    end_pause,
    list_jobs,
    start_pause,
    switch_plugin,
)
from crmkit.core.jobs.schedules import next_after
from crmkit.hooks import (
    DailyAt,
    Every,
    JobKind,
    JobSchedule,
    register_jobs,
    register_schedules,
)
from crmkit.jobs.schedules import fire_due
from crmkit.testing import sample_plugin

PARIS = ZoneInfo("Europe/Paris")


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-24T10:00+01:00", "2026-11-25T02:30+01:00"),
        ("2026-11-24T02:29+01:00", "2026-11-24T02:30+01:00"),
        ("2026-11-24T02:30+01:00", "2026-11-25T02:30+01:00"),
        # The clocks skip 2:30 in spring, and show it twice in autumn.
        ("2026-03-28T12:00+01:00", "2026-03-29T03:30+02:00"),
        ("2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"),
        ("2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
    ],
)
def test_a_time_of_the_day_comes_once_each_day(now, due):
    assert next_after(DailyAt(2, 30), at(now), at(now), PARIS) == at(due)


def test_what_was_missed_is_made_up_once_and_the_rhythm_stays():
    last, now = at("2026-11-24T10:00Z"), at("2026-11-24T10:34:59Z")
    assert next_after(Every(600), last, now, PARIS) == at("2026-11-24T10:40Z")
    assert next_after(Every(600), last, last, PARIS) == at("2026-11-24T10:10Z")


@register_jobs.impl
def kinds(ctx):  # noqa: ARG001  (pluggy knows it by its name)
    return [JobKind("sample.count_leads", lambda _job: None)]


@register_schedules.impl
def schedules(ctx):  # noqa: ARG001
    return [JobSchedule("sample.often", "sample.count_leads", Every(600), {"to": 9})]


SAMPLE = sample_plugin("sample", kinds, schedules)


def often(jobs):
    return [job for job in jobs if job.name == "sample.count_leads"]


def test_a_schedule_makes_its_job_when_it_is_due(make_kit, clock):
    kit = make_kit(SAMPLE)
    assert kit.run_schedules() == []
    clock.advance(minutes=9)
    assert kit.run_schedules() == []
    clock.advance(minutes=1)
    [job] = kit.run_schedules()
    assert (job.state, job.arguments) == (JobState.DONE, {"to": 9})
    assert job.key == "sample.often 2026-11-24T09:10:00+00:00"
    assert kit.run_schedules() == []


def test_times_that_were_missed_are_made_up_once(make_kit, clock):
    kit = make_kit(SAMPLE)
    kit.run_schedules()
    clock.advance(minutes=65)
    assert len(often(kit.run_schedules())) == 1
    clock.advance(minutes=5)
    assert len(often(kit.run_schedules())) == 1


def test_a_schedule_of_a_plugin_that_is_off_is_silent(make_kit, clock):
    kit = make_kit(SAMPLE)
    kit.run_schedules()
    with kit.work() as uow:
        switch_plugin(uow, "sample", is_enabled=False)
    clock.advance(minutes=10)
    assert kit.run_schedules() == []


def test_no_schedule_is_due_while_a_restored_copy_waits(make_kit, clock):
    kit = make_kit(SAMPLE)
    kit.run_schedules()
    with kit.work() as uow:
        start_pause(uow, "Restored.")
    clock.advance(minutes=30)
    assert kit.run_schedules() == []
    with kit.work(kit.eve) as uow:
        end_pause(uow)
    assert len(often(kit.run_schedules())) == 1


def test_workers_that_come_at_once_make_one_job(make_kit, clock):
    kit = make_kit(SAMPLE)
    kit.run_schedules()
    clock.advance(minutes=10)
    both_run = Barrier(3)
    fired = []

    def fire():
        both_run.wait()
        fired.extend(fire_due(kit.crm))

    threads = [Thread(target=fire) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with kit.read() as uow:
        assert [job.id for job in list_jobs(uow)] == fired
    assert len(fired) == 1


def test_a_job_that_is_not_named_after_its_plugin_fails_the_plugin(make_kit):
    @register_jobs.impl
    def misnamed(ctx):  # noqa: ARG001
        return [JobKind("count_leads", lambda _job: None)]

    kit = make_kit(sample_plugin("sample", misnamed))
    entry = kit.crm.plugins.entries["sample"]
    assert entry.state == "failed"
    assert entry.error == "Its job “count_leads” is not named sample.verb_noun."
