"""Pauses: nothing is sent and no schedule runs while one lasts."""

import pytest

from crmkit.core import (
    ForbiddenError,
    NotPausedError,
    Pause,
    current_pause,
    end_pause,
    is_paused,
    start_pause,
)


def test_a_pause_lasts_until_an_admin_ends_it(kit, clock):
    with kit.work() as uow:
        assert not is_paused(uow)
        start_pause(uow, "Restored.")
    since = clock.now()
    clock.advance(hours=1)
    with kit.work(kit.eve) as uow:
        assert is_paused(uow)
        pause = current_pause(uow)
        assert pause is not None
        assert pause.since == since
        ended = end_pause(uow)
        assert (ended.ended_at, ended.ended_by_id) == (clock.now(), kit.eve)
        assert not is_paused(uow)


def test_a_second_pause_is_the_first(kit):
    with kit.work() as uow:
        first = start_pause(uow, "Restored.")
        assert start_pause(uow, "Again.").id == first.id
        end_pause(uow)
        assert uow.session.query(Pause).count() == 1
        with pytest.raises(NotPausedError):
            end_pause(uow)


def test_only_admins_begin_and_end_pauses(kit):
    with kit.work(kit.max) as uow:
        with pytest.raises(ForbiddenError):
            start_pause(uow, "Restored.")
        with pytest.raises(ForbiddenError):
            end_pause(uow)
