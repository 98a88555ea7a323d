from __future__ import annotations

from math import log

import pytest

from crmkit_scoring.frequency import (
    Counts,
    Scope,
    add_deltas,
    find_scope,
    hand_over,
    step,
)
from crmkit_scoring.reasons import Reason, is_absurd, share_out

A, B = ("stage", "1"), ("stage", "2")


def test_a_new_row_begins_with_a_tenth_on_both_sides():
    assert step(None, 1, 0) == (11, 1)
    assert step((11, 1), 0, 1) == (11, 11)


def test_a_row_never_falls_to_nothing():
    assert step((11, 1), -1, -1) == (1, 1)


def test_steps_that_take_each_other_back_leave_no_row():
    counts: dict[int, Counts] = {}
    add_deltas(counts, [(1, "tags", "a", 1, 0), (1, "tags", "a", -1, 0)])
    assert counts == {1: {}}


def test_the_rows_of_a_team_that_is_gone_are_added_in_whole_leads():
    rest = {
        A: (200, 100),
        B: (1, 1),
        ("stage", "3"): (100, 0),
        ("country", "1"): (100, 1),
    }
    gone = {
        A: (200, 100),
        ("country", "1"): (1, 100),
        ("country", "2"): (1, 0),
        ("country", "3"): (300, 300),
    }
    hand_over(rest, gone)
    assert rest == {
        A: (400, 200),
        B: (1, 1),
        ("stage", "3"): (100, 0),
        ("country", "1"): (100, 100),
        ("country", "3"): (300, 300),
    }


def test_a_tag_of_fewer_than_fifty_leads_says_nothing():
    rows = {A: (601, 401), ("tags", "a"): (481, 1), ("tags", "b"): (1, 501)}
    scope = Scope(dict(rows), "1")
    plain = scope.estimate([A])
    assert scope.estimate([A, ("tags", "a")]) == plain
    told = scope.estimate([A, ("tags", "b")])
    # One row alone is its own total: both sides are 1.
    assert told is not None
    assert plain is not None
    assert told.percent == plain.percent == 59.98


@pytest.mark.parametrize(
    ("row", "percent"), [((100_001, 1), 99.99), ((1, 100_001), 0.01)]
)
def test_nothing_is_quite_certain(row, percent):
    rows = {A: (100_011, 100_011), ("country", "x"): row, ("country", "y"): row[::-1]}
    told = Scope(rows, "1").estimate([A, ("country", "x")])
    assert told is not None
    assert told.percent == percent


def test_without_a_row_of_the_first_shared_stage_there_is_no_answer():
    assert Scope({B: (11, 11)}, "1").estimate([B]) is None


def test_a_team_without_rows_is_judged_by_all():
    counts = {1: {A: (11, 21)}, 2: {A: (31, 1)}}
    assert find_scope(counts, 3, frozenset(), "1").whole == (42, 22)
    assert find_scope(counts, 1, frozenset(), "1").whole == (11, 21)
    assert find_scope(counts, 0, frozenset(), "1").whole == (42, 22)


def test_reasons_add_up_to_the_probability():
    rows = {
        A: (301, 701),
        B: (301, 201),
        ("source", "1"): (101, 11),
        ("source", "2"): (201, 691),
    }
    told = Scope(rows, "1").estimate([B, ("source", "2")])
    assert told is not None
    reasons = share_out(told.base, told.percent, told.parts)
    by_variable = {reason.variable: reason.points for reason in reasons}
    assert by_variable["stage"] > 0 > by_variable["source"]
    assert round(told.base + sum(by_variable.values()), 2) == told.percent


def test_reasons_that_take_each_other_back_still_have_points():
    parts = [("a", "1", log(2)), ("b", "1", -log(2))]
    reasons = share_out(50, 50, parts)
    assert [reason.points for reason in reasons] == [17.33, -17.33]


def test_a_bad_number_never_speaks_for_a_lead():
    assert is_absurd(Reason("phone_quality", "incorrect", 3))
    assert is_absurd(Reason("email_quality", "correct", -3))
    assert not is_absurd(Reason("email_quality", "unset", -3))
    assert not is_absurd(Reason("source", "7", -3))
