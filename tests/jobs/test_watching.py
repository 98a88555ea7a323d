"""What plugins wait for outside is watched by one worker, while it may be."""

import pytest

from crmkit.core import (
    end_pause,
    forget_worker,
    note_worker,
    start_pause,
    switch_plugin,
)
from crmkit.hooks import Watcher, register_watchers
from crmkit.jobs.watching import watched
from crmkit.testing import sample_plugin

from tests.jobs.workers import wait_until


class Gate:
    """Something outside: who watches it now, and how often it was begun."""

    def __init__(self):
        self.begun, self.watching, self.is_broken = 0, 0, False

    def watch(self, crm, stop):
        del crm
        self.begun += 1
        if self.is_broken:
            raise ValueError
        self.watching += 1
        stop.wait()
        self.watching -= 1


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def crm(make_kit, gate):
    """A CRM with a plugin that watches the gate, and the worker “old” that lives."""

    @register_watchers.impl
    def watchers(ctx):  # noqa: ARG001  (pluggy knows it by its name)
        return [Watcher("sample.watch_gate", gate.watch)]

    kit = make_kit(sample_plugin("sample", watchers))
    with kit.work() as uow:
        note_worker(uow, "old")
        note_worker(uow, "new")
    return kit


def test_the_oldest_worker_watches_and_the_next_one_when_it_ends(crm, gate):
    with watched(crm.crm, "new", 0.02):
        with watched(crm.crm, "old", 0.02):
            wait_until(lambda: gate.watching == 1)
        assert gate.watching == 0
        with crm.work() as uow:
            forget_worker(uow, "old")
        wait_until(lambda: gate.watching == 1)
    assert (gate.watching, gate.begun) == (0, 2)


def test_nobody_watches_for_a_plugin_that_is_off_or_while_a_pause_lasts(crm, gate):
    with watched(crm.crm, "old", 0.02):
        wait_until(lambda: gate.watching)
        with crm.work(crm.eve) as uow:
            switch_plugin(uow, "sample", is_enabled=False)
        wait_until(lambda: not gate.watching)
        with crm.work(crm.eve) as uow:
            switch_plugin(uow, "sample", is_enabled=True)
        wait_until(lambda: gate.watching)
        with crm.work(crm.eve) as uow:
            start_pause(uow, "A copy")
        wait_until(lambda: not gate.watching)
        with crm.work(crm.eve) as uow:
            end_pause(uow)
        wait_until(lambda: gate.watching)


@pytest.mark.databases("sqlite")
def test_one_that_fails_is_begun_anew(crm, gate):
    gate.is_broken = True
    with watched(crm.crm, "old", 0.02):
        wait_until(lambda: gate.begun > 2)
        gate.is_broken = False
        wait_until(lambda: gate.watching)
