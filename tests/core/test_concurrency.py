"""Many write and read at once: no error, no lost update, and no reader waits."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest

from crmkit.core import (
    BoardQuery,
    Lead,
    edit_lead,
    events_of,
    get_lead,
    pipeline,
)

WRITERS, READERS, LEADS = 4, 8, 6
SECONDS = 60 if os.environ.get("CRMKIT_PROFILE") == "soak" else 1.5
HELD = 0.8


def write(kit, ids, until):
    """Raise the amounts of leads by one, each in its own unit; tell how often."""
    done, took = 0, []
    while monotonic() < until:
        began = monotonic()
        with kit.work(kit.eve) as uow:
            lead = get_lead(uow, ids[done % len(ids)])
            edit_lead(uow, lead, {"expected_revenue": lead.expected_revenue + 1})
        took.append(monotonic() - began)
        done += 1
    return done, took


def read(kit, until):
    """Read the board; tell what each took, and the sums that were seen."""
    took, seen = [], []
    while monotonic() < until:
        began = monotonic()
        with kit.read(kit.eve) as uow:
            board = pipeline(uow, BoardQuery())
        took.append(monotonic() - began)
        shown = sum(c.expected_revenue for col in board.columns for c in col.cards)
        assert shown == board.total.sum.base
        seen.append(shown)
    return took, seen


def test_four_write_and_eight_read_and_no_update_is_lost(make_kit):
    kit = make_kit(pool_size=WRITERS + READERS)
    ids = [kit.lead(expected_revenue="0").id for _ in range(LEADS)]
    until = monotonic() + SECONDS
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing = [pool.submit(write, kit, ids, until) for _ in range(WRITERS)]
        reading = [pool.submit(read, kit, until) for _ in range(READERS)]
        written = [future.result() for future in writing]
        seen = [future.result()[1] for future in reading]
    done = sum(count for count, _ in written)
    assert all(count for count, _ in written)
    for sums in seen:
        assert sums == sorted(sums)
    with kit.read() as uow:
        leads = [uow.session.get_one(Lead, lead_id) for lead_id in ids]
        assert sum(lead.expected_revenue for lead in leads) == done
        assert sum(lead.version - 1 for lead in leads) == done
        newest = [
            events_of(uow, "lead", lead.id, before=None, limit=1)[0] for lead in leads
        ]
        assert [event.version for event in newest] == [lead.version for lead in leads]


@pytest.mark.databases("sqlite")
def test_readers_do_not_wait_for_a_long_write(make_kit):
    kit = make_kit(pool_size=WRITERS + READERS)
    lead = kit.lead(expected_revenue="0")
    is_written, is_read = Event(), Event()

    def hold():
        with kit.work(kit.eve) as uow:
            found = get_lead(uow, lead.id)
            edit_lead(uow, found, {"expected_revenue": "7"})
            is_written.set()
            # It ends when the readers are done, or they waited for it and are late.
            return is_read.wait(20)

    with ThreadPoolExecutor(READERS + 1) as pool:
        holding = pool.submit(hold)
        assert is_written.wait(20)
        until = monotonic() + HELD
        reading = [pool.submit(read, kit, until) for _ in range(READERS)]
        seen = [amount for future in reading for amount in future.result()[1]]
        is_read.set()
        assert holding.result()
    assert seen
    assert set(seen) == {0}
