"""What changed between two moments explains how the totals follow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import (
    BoardQuery,
    CrmError,
    Difference,
    Flow,
    Lead,
    as_of,
    changes_between,
    delete_lead,
    edit_lead,
    get_stage,
    lose_lead,
    move_lead,
    restore_lead,
    win_lead,
)

from tests.core.test_past import STEPS, run

EVERY = tuple(Difference)


def change(kit, lead, act):
    with kit.work() as uow:
        act(uow, uow.session.get_one(Lead, lead.id))


def between(kit, start, **query):
    with kit.read(kit.eve) as uow:
        return changes_between(uow, start, uow.now(), BoardQuery(**query))


def flows(found):
    """The differences that there were, with count and sum."""
    return {
        each: (flow.count, flow.base)
        for each, flow in found.flows.items()
        if flow.count
    }


ACTS = {
    "won": (
        win_lead,
        {Difference.WON: (1, Decimal(100))},
    ),
    "lost": (
        lambda uow, lead: lose_lead(uow, lead, None),
        {Difference.LOST: (1, Decimal(100))},
    ),
    "deleted": (
        delete_lead,
        {Difference.LEFT: (1, Decimal(100))},
    ),
    "moved": (
        lambda uow, lead: move_lead(uow, lead, get_stage(uow, 2)),
        {Difference.MOVED: (1, Decimal(100))},
    ),
    "grown": (
        lambda uow, lead: edit_lead(uow, lead, {"expected_revenue": "130"}),
        {Difference.UP: (1, Decimal(30))},
    ),
    "shrunk": (
        lambda uow, lead: edit_lead(uow, lead, {"expected_revenue": "99.5"}),
        {Difference.DOWN: (1, Decimal("0.5"))},
    ),
    "renamed": (lambda uow, lead: edit_lead(uow, lead, {"name": "Other"}), {}),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_became_of_a_lead_is_told_with_its_amount(kit, clock, name):
    act, expected = ACTS[name]
    lead = kit.lead(expected_revenue="100")
    start = clock.now()
    clock.advance(days=1)
    change(kit, lead, act)
    found = between(kit, start)
    assert flows(found) == expected
    assert [(each.lead_id, each.differences) for each in found.leads] == [
        (lead.id, tuple(expected)) for _ in expected
    ]


def test_what_came_and_was_won_in_between_did_both(kit, clock):
    start = clock.now()
    clock.advance(days=1)
    lead = kit.lead(expected_revenue="100")
    change(kit, lead, win_lead)
    found = between(kit, start)
    assert flows(found) == {
        Difference.ENTERED: (1, Decimal(100)),
        Difference.WON: (1, Decimal(100)),
    }
    assert found.leads[0].stage_id_before is None


def test_a_lead_that_is_open_again_entered(kit, clock):
    lead = kit.lead(expected_revenue="100")
    change(kit, lead, lambda uow, it: lose_lead(uow, it, None))
    start = clock.now()
    clock.advance(days=1)
    change(kit, lead, restore_lead)
    assert flows(between(kit, start)) == {Difference.ENTERED: (1, Decimal(100))}


def test_for_a_team_a_lead_given_to_another_left(kit, clock):
    lead = kit.lead(expected_revenue="100", team_id=kit.lyon)
    start = clock.now()
    clock.advance(days=1)
    change(kit, lead, lambda uow, it: edit_lead(uow, it, {"team_id": kit.oslo}))
    amount = (1, Decimal(100))
    assert flows(between(kit, start, team_id=kit.lyon)) == {Difference.LEFT: amount}
    assert flows(between(kit, start, team_id=kit.oslo)) == {Difference.ENTERED: amount}
    assert not flows(between(kit, start))


def test_the_largest_come_first_and_one_difference_can_be_asked_for(kit, clock):
    start = clock.now()
    clock.advance(days=1)
    leads = [kit.lead(expected_revenue=amount) for amount in (5, 90, 40)]
    change(kit, leads[0], win_lead)
    with kit.read(kit.eve) as uow:
        query = BoardQuery(limit=2)
        found = changes_between(uow, start, uow.now(), query)
        assert [each.base_after for each in found.leads] == [90, 40]
        won = changes_between(uow, start, uow.now(), query, Difference.WON)
        assert [each.lead_id for each in won.leads] == [leads[0].id]
        assert won.flows[Difference.ENTERED].count == 3
        with pytest.raises(CrmError, match="comes after"):
            changes_between(uow, uow.now(), start, query)


def test_who_does_not_see_a_lead_is_not_told_what_became_of_it(kit, clock):
    start = clock.now()
    clock.advance(days=1)
    kit.lead(owner_id=kit.bob, expected_revenue="70")
    with kit.read(kit.ann) as uow:
        found = changes_between(uow, start, uow.now(), BoardQuery())
    assert (found.leads, found.open_after) == ((), Flow())
    assert not flows(found)


@given(steps=STEPS, at=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_the_differences_lead_from_one_total_to_the_other(kit, steps, at):
    begins = kit.crm.clock.now()
    moments = [begins, *sorted({moment for moment, _ in run(kit, steps)})]
    start, end = sorted(moments[min(each, len(moments) - 1)] for each in at)
    with kit.read(kit.eve) as uow:
        found = changes_between(uow, start, end, BoardQuery())
        boards = [as_of(uow, moment, BoardQuery(limit=0)) for moment in (start, end)]
    before, after = found.open_before, found.open_after
    assert [before.count, after.count] == [board.total.count for board in boards]
    assert [before.base, after.base] == [board.total.sum.base for board in boards]
    of = found.flows
    gone = (of[Difference.WON], of[Difference.LOST], of[Difference.LEFT])
    assert after.count == (
        before.count + of[Difference.ENTERED].count - sum(flow.count for flow in gone)
    )
    assert after.base == (
        before.base
        + of[Difference.ENTERED].base
        + of[Difference.UP].base
        - of[Difference.DOWN].base
        - sum(flow.base for flow in gone)
    )
