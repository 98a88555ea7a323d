from __future__ import annotations

from math import log

import pytest

from crmkit_scoring.measures import auc, log_loss, measure


def test_auc_counts_pairs_in_the_right_order_and_ties_as_half():
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert auc([0.5, 0.5], [True, False]) == 0.5
    assert auc([0.2, 0.3], [True, True]) == 0.5


def test_log_loss_is_the_mean_surprise():
    assert log_loss([0.5, 0.25], [True, False]) == pytest.approx(
        -(log(0.5) + log(0.75)) / 2
    )


def test_the_measures_of_a_set_worked_out_by_hand():
    found = measure([0.15, 0.15, 0.85, 0.85], [False, False, True, False])
    assert (found.count, found.base) == (4, 0.25)
    assert found.brier == pytest.approx((0.15**2 * 3 + 0.85**2) / 4)
    assert found.calibration_error == pytest.approx((2 * 0.15 + 2 * 0.35) / 4)
    assert found.lift == 4
    assert [(b.count, b.foretold, b.won) for b in found.bins] == [
        (2, 0.15, 0.0),
        (2, 0.85, 0.5),
    ]


def test_nothing_measured_is_nothing():
    found = measure([], [])
    assert (found.count, found.log_loss, found.bins) == (0, 0.0, ())
