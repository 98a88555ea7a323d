from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit_assignment.planning import (
    Candidate,
    Double,
    Pool,
    Taker,
    Why,
    day_share,
    jain,
    plan,
)


def lead(number: int, **values) -> Candidate:
    given = {"version": 1, "team_id": None, "value": 0.0, "probability": 50.0}
    return Candidate(id=number, priority=number % 3, **{**given, **values})


def taker(user_id: int, capacity: int = 30, team_id: int = 1, **values) -> Taker:
    today = values.pop("today", day_share(capacity))
    return Taker(team_id, user_id, f"User {user_id}", capacity, today=today, **values)


def owners(lines) -> Counter[int | None]:
    return Counter(line.owner_id for line in lines)


@pytest.mark.parametrize(
    ("capacity", "share"), [(45, 2), (15, 1), (30, 1), (60, 2), (5, 1), (0, 0)]
)
def test_a_day_is_a_thirtieth_half_up(capacity, share):
    assert day_share(capacity) == share


def test_who_prefers_gets_those_first_then_all_are_even():
    """Eleven leads, eight of a preferred kind, three members of five a day."""
    leads = [lead(number) for number in range(1, 12)]
    preferred = frozenset(range(4, 12))
    pool = Pool(1, [taker(1, 150, prefers=preferred), taker(2, 150), taker(3, 150)])
    lines = plan(leads, [pool])
    assert owners(lines) == {1: 5, 2: 3, 3: 3}
    assert {line.lead_id for line in lines if line.owner_id == 1} <= preferred


def test_leads_of_most_value_go_first():
    leads = [lead(1, value=10.0), lead(2, value=500.0)]
    lines = plan(leads, [Pool(1, [taker(1, 1)])])
    assert [(line.lead_id, line.owner_id) for line in lines] == [(2, 1), (1, None)]


def test_who_is_full_is_named():
    lines = plan([lead(1)], [Pool(1, [taker(7, 30, got=30)])])
    assert (lines[0].why, lines[0].detail) == (Why.FULL, "User 7 30/30")


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (taker(1, 30, today=0), Why.DAY_FULL),
        (taker(1, accepts=frozenset()), Why.NO_RULE),
    ],
)
def test_a_lead_that_nobody_takes_has_a_reason(member, why):
    assert plan([lead(1)], [Pool(1, [member])])[0].why is why


def test_nobody_gets_anything_while_away():
    lines = plan([lead(1, team_id=1)], [Pool(1, [taker(1, is_away=True)])])
    assert lines[0].why is Why.AWAY


def test_a_lead_that_no_team_accepts_stays():
    assert plan([lead(1)], [Pool(1, [taker(1)], frozenset())])[0].why is Why.NO_TEAM


def test_who_has_the_company_gets_its_next_lead_while_he_has_room():
    pool = Pool(1, [taker(1, 60), taker(2, 60)])
    lines = plan([lead(n, twin=1) for n in (1, 2, 3)], [pool])
    assert [line.why for line in lines] == [Why.TWIN, Why.TWIN, Why.FAIR]
    assert owners(lines) == {1: 2, 2: 1}


def test_leads_of_one_person_go_to_one_member():
    pool = Pool(1, [taker(1, 60, today=3), taker(2, 60, today=3)])
    leads = [lead(n, group=1 if n in {1, 4, 5} else None) for n in range(1, 7)]
    lines = {line.lead_id: line for line in plan(leads, [pool])}
    assert len({lines[n].owner_id for n in (1, 4, 5)}) == 1
    assert [lines[n].why for n in (4, 5)].count(Why.TWIN) == 2 - (
        lines[1].why is Why.TWIN
    )
    assert owners(lines.values()) == {1: 3, 2: 3}


def test_a_team_that_merges_has_one_lead_for_an_address():
    pool = Pool(1, [taker(1, 60), taker(2, 60)], merges=True)
    leads = [lead(n, value=9.0 - n, address="a", name=f"L{n}") for n in (1, 2)]
    leads.append(lead(3, address="a", team_id=2))
    leads.append(lead(4, address="b", double=Double(99, 1, "Old")))
    lines = {one.lead_id: one for one in plan(leads, [pool, Pool(2, [taker(5, 60)])])}
    assert lines[1].owner_id
    assert [lines[n].into_id for n in (1, 2, 3, 4)] == [None, 1, None, 99]
    assert (lines[2].why, lines[2].detail) == (Why.MERGED, "L1")
    # Nobody has room: it is one lead all the same, and says why it stays.
    full = Pool(1, [taker(1, 0)], merges=True)
    lines = {one.lead_id: one for one in plan(leads[:2], [full])}
    assert (lines[1].why, lines[2].into_id) == (Why.NO_TEAM, None)
    leads = [lead(n, address="a", team_id=1) for n in (1, 2)]
    lines = {one.lead_id: one for one in plan(leads, [full])}
    first, second = sorted(lines.values(), key=lambda one: one.into_id or 0)
    assert (first.why, second.into_id) == (Why.FULL, first.lead_id)


def test_teams_share_by_capacity():
    one = Pool(1, [taker(1, 3000, 1)])
    two = Pool(2, [taker(2, 1000, 2)])
    assert owners(plan([lead(n) for n in range(100)], [one, two])) == {1: 75, 2: 25}


@st.composite
def worlds(draw):
    pools = []
    numbers = st.frozensets(st.integers(0, 39))
    for team_id in range(1, draw(st.integers(2, 4))):
        members = [
            Taker(
                team_id,
                10 * team_id + at,
                f"U{at}",
                draw(st.integers(0, 12)),
                got=draw(st.integers(0, 4)),
                today=draw(st.integers(0, 6)),
                is_away=draw(st.booleans()),
                accepts=draw(st.none() | numbers),
                prefers=draw(st.none() | numbers),
            )
            for at in range(draw(st.integers(0, 4)))
        ]
        accepts, merges = draw(st.none() | numbers), draw(st.booleans())
        pools.append(Pool(team_id, members, accepts, merges=merges))
    leads = [
        lead(
            number,
            team_id=draw(st.none() | st.integers(1, 3)),
            value=draw(st.integers(0, 5)) / 1,
            twin=draw(st.none() | st.integers(10, 13)),
            group=(group := draw(st.none() | st.integers(0, 5))),
            address=draw(st.sampled_from([None, f"{group}a", f"{group}b"])),
            double=draw(st.sampled_from([None, None, None, Double(99, 1, "Old")])),
        )
        for number in range(draw(st.integers(0, 40)))
    ]
    return leads, pools


def copied(pools):
    return [
        Pool(
            pool.id,
            [
                Taker(**{name: getattr(t, name) for name in Taker.__slots__})
                for t in pool.takers
            ],
            pool.accepts,
            merges=pool.merges,
        )
        for pool in pools
    ]


@given(worlds(), st.integers(0, 99), st.randoms())
def test_a_plan_keeps_its_promises(world, seed, random):
    leads, pools = world
    lines = plan(leads, copied(pools), seed)
    # A line for each lead, once, and a reason for each that stays.
    assert sorted(line.lead_id for line in lines) == sorted(one.id for one in leads)
    assert all(line.why for line in lines)
    # Nobody gets more than his capacity, more than a day's share, or while away.
    given_to = Counter((line.team_id, line.owner_id) for line in lines)
    for pool in pools:
        for one in pool.takers:
            count = given_to[pool.id, one.user_id]
            assert count <= one.room
            assert not (count and one.is_away)
    # What is merged goes into a lead of the same team that is not merged itself.
    merged = {line.lead_id: line for line in lines if line.into_id is not None}
    team_of = {line.lead_id: line.team_id for line in lines} | {99: 1}
    for number, line in merged.items():
        assert line.owner_id is None
        assert line.into_id not in {None, number, *merged}
        assert team_of[line.into_id or 0] == line.team_id
    # The order of what comes in is no matter.
    mixed, turned = list(leads), copied(pools)[::-1]
    random.shuffle(mixed)
    assert plan(mixed, turned, seed) == lines


@given(
    st.lists(st.integers(20, 90), min_size=2, max_size=12),
    st.integers(100, 300),
    st.integers(0, 9),
)
def test_loads_are_fair_where_rules_allow(capacities, count, seed):
    members = [taker(n, c, today=c) for n, c in enumerate(capacities)]
    lines = plan([lead(n) for n in range(count)], [Pool(1, members)], seed)
    got = owners(lines)
    loads = [got[n] / capacity for n, capacity in enumerate(capacities)]
    assert jain(loads) >= 0.95


def test_jains_index_is_one_for_even_loads_and_a_share_for_one_alone():
    assert jain([0.5, 0.5]) == 1
    assert jain([1, 0, 0, 0]) == 0.25
    assert jain([0, 0]) == 1
