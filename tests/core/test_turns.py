"""Writers of one process come one after the other, in the order they asked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from crmkit.core.turns import Turns


def test_the_turn_goes_to_whoever_waited_longest():
    turns, served = Turns(), []
    assert turns.take(1)

    def wait(number, started):
        started.set()
        assert turns.take(5)
        served.append(number)
        turns.give()

    with ThreadPoolExecutor(4) as pool:
        futures = []
        for number in range(4):
            started = Event()
            futures.append(pool.submit(wait, number, started))
            started.wait()
            while turns.waiting <= number:
                pass
        turns.give()
        for future in futures:
            future.result()
    assert served == [0, 1, 2, 3]


def test_who_waits_too_long_leaves_the_row():
    turns = Turns()
    assert turns.take(1)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0.01)


@pytest.mark.databases("sqlite")
def test_a_write_that_fails_gives_its_turn_on(kit):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), kit.work(kit.eve):
            _ = 1 / 0
    assert kit.lead().id
