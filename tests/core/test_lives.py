"""Lives of leads at random: nothing is lost, sums are sums, all of it can go back."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from crmkit.core import (
    BoardQuery,
    CrmError,
    Event,
    Lead,
    MergeDraft,
    QualifyDraft,
    archive_lead,
    delete_lead,
    edit_lead,
    get_lead,
    get_merge,
    get_stage,
    lose_lead,
    merge_leads,
    move_lead,
    pipeline,
    qualify_lead,
    read_lead,
    restore_lead,
    timeline_of,
    undo_change,
    unmerge_leads,
    win_lead,
)
from crmkit.core.undo.changes import NothingToUndoError

MOMENTS = {"version", "updated_at", "stage_entered_at", "assigned_at"}
LEADS = 4
which = st.integers(0, LEADS - 1)


def everything(uow, ids):
    """What is read of leads that are there, and the words of their notes."""
    told = {}
    for number in ids:
        record = read_lead(uow, number)
        shown = {k: v for k, v in record.items() if k not in MOMENTS}
        moments = timeline_of(uow, uow.session.get_one(Lead, number))
        told[number] = (shown, sorted(m.text for m in moments if m.text))
    return told


class Lives(RuleBasedStateMachine):
    """Four leads are worked on; what cannot be done is refused and changes nothing."""

    def __init__(self, kit):
        super().__init__()
        self.kit = kit
        self.ids = [
            kit.lead(
                f"Lead {n}",
                kind="lead" if n % 2 else "opportunity",
                expected_revenue=100 * n,
                city="Pau" if n == 2 else None,
                tags=(f"Tag {n}",),
                owner_id=None,
            ).id
            for n in range(LEADS)
        ]
        self.changes = []
        self.events = 0
        with kit.read() as uow:
            self.before = everything(uow, self.ids)

    def act(self, number, action):
        """Do something to one lead, in a unit of Eve's."""
        try:
            with self.kit.work(self.kit.eve) as uow:
                action(uow, get_lead(uow, self.ids[number]))
                self.changes.append(uow.change_id)
        except CrmError:
            pass

    @rule(n=which, city=st.sampled_from(["Lyon", "Oslo", None]))
    def edit(self, n, city):
        self.act(n, lambda uow, lead: edit_lead(uow, lead, {"city": city}))

    @rule(n=which, percent=st.sampled_from([0, 33, None]))
    def guess(self, n, percent):
        self.act(n, lambda uow, lead: edit_lead(uow, lead, {"probability": percent}))

    @rule(n=which, place=st.integers(0, 2))
    def move(self, n, place):
        stage_id = (self.kit.new, self.kit.proposal, self.kit.won)[place]
        self.act(n, lambda uow, lead: move_lead(uow, lead, get_stage(uow, stage_id)))

    @rule(n=which)
    def win(self, n):
        self.act(n, win_lead)

    @rule(n=which)
    def lose(self, n):
        self.act(n, lambda uow, lead: lose_lead(uow, lead, None, f"Note {n}"))

    @rule(n=which)
    def restore(self, n):
        self.act(n, restore_lead)

    @rule(n=which)
    def archive(self, n):
        self.act(n, archive_lead)

    @rule(n=which)
    def delete(self, n):
        self.act(n, delete_lead)

    @rule(n=which)
    def qualify(self, n):
        choice = {"mode": "create"}
        draft = QualifyDraft(contact=choice, owner_id=self.kit.bob)
        self.act(n, lambda uow, lead: qualify_lead(uow, lead, draft))

    @rule(n=which, others=st.sets(which, min_size=1))
    def merge(self, n, others):
        ids = tuple({self.ids[one] for one in {n, *others}})
        if len(ids) > 1:
            draft = MergeDraft(ids=ids)
            self.act(n, lambda uow, _lead: merge_leads(uow, draft))

    @rule(n=which, others=st.sets(which, min_size=1))
    def merge_and_take_back(self, n, others):
        ids = tuple({self.ids[one] for one in {n, *others}})
        if len(ids) == 1:
            return
        try:
            with self.kit.work(self.kit.eve) as uow:
                before = everything(uow, ids)
                merged = merge_leads(uow, MergeDraft(ids=ids))
        except CrmError:
            return
        with self.kit.work(self.kit.eve) as uow:
            unmerge_leads(uow, get_merge(uow, merged.merge_id or 0))
            assert everything(uow, ids) == before

    @invariant()
    def no_event_is_lost(self):
        with self.kit.read() as uow:
            mine = Event.record_id.in_(self.ids) & (Event.entity == "lead")
            count = uow.session.scalar(select(func.count()).where(mine))
            versions = select(func.count(Event.version.distinct())).where(
                Event.entity == "lead", Event.record_id == Lead.id
            )
            wrong = select(Lead.id).where(
                Lead.id.in_(self.ids), versions.scalar_subquery() != Lead.version
            )
            assert uow.session.scalars(wrong).all() == []
        assert count >= self.events
        self.events = count

    @invariant()
    def columns_sum_up_to_their_leads(self):
        with self.kit.read() as uow:
            columns = pipeline(uow, BoardQuery(limit=5000)).columns
            for column in columns:
                worth = sum(card.expected_revenue for card in column.cards)
                assert (column.count, column.sum.base) == (len(column.cards), worth)

    def teardown(self):
        """Undo of everything gives everything back."""
        for change_id in reversed(self.changes):
            # What changed nothing has nothing to undo.
            with suppress(NothingToUndoError), self.kit.work(self.kit.eve) as uow:
                undo_change(uow, change_id)
        with self.kit.read() as uow:
            assert everything(uow, self.ids) == self.before


def _lives(kit):
    """The machine, with `kit` as its company."""

    class Here(Lives):
        def __init__(self):
            super().__init__(kit)

    return Here


def _steps(examples, steps):
    return settings(max_examples=examples, stateful_step_count=steps, deadline=None)


def test_lives_at_random_lose_nothing_and_go_back(kit):
    run_state_machine_as_test(_lives(kit), settings=_steps(4, 12))


@pytest.mark.soak
def test_many_long_lives_at_random_lose_nothing_and_go_back(kit):
    run_state_machine_as_test(_lives(kit), settings=_steps(150, 40))
