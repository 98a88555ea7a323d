"""Lives of leads at random: nothing is lost, sums are sums, all of it can go back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

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
    ActivityDraft,
    BoardQuery,
    CrmError,
    CustomFieldDraft,
    Event,
    FieldType,
    Lead,
    MergeDraft,
    NoteDraft,
    QualifyDraft,
    activities_of,
    add_field,
    add_note,
    archive_lead,
    delete_activity,
    delete_lead,
    edit_lead,
    finish_and_follow,
    get_lead,
    get_leads,
    get_merge,
    get_stage,
    lose_lead,
    merge_leads,
    move_lead,
    pipeline,
    plan_activity,
    put_off,
    qualify_lead,
    read_lead,
    restore_lead,
    timeline_of,
    undo_change,
    unmerge_leads,
    win_lead,
)
from crmkit.core.undo.changes import NothingToUndoError

PEOPLE = ("ann", "tom", "oli", "lea", "max", "eve")
SITE = "site"
MOMENTS = {"version", "updated_at", "stage_entered_at", "assigned_at"}
LEADS = 4
which = st.integers(0, LEADS - 1)
someone = st.sampled_from(PEOPLE)


def everything(uow, ids):
    """What is read of leads, the words of their timeline, and what is planned."""
    told = {}
    for number in ids:
        record = read_lead(uow, number)
        shown = {k: v for k, v in record.items() if k not in MOMENTS}
        lead = uow.session.get_one(Lead, number)
        texts = sorted(m.text for m in timeline_of(uow, lead) if m.text)
        planned = [
            (one.id, one.type, one.summary, one.due_on, one.owner_id, one.feedback)
            for one in activities_of(uow, lead)
        ]
        told[number] = (shown, texts, planned)
    return told


class Lives(RuleBasedStateMachine):
    """Six people of five roles work on four leads; a refusal changes nothing."""

    def __init__(self, kit):
        super().__init__()
        self.kit = kit
        owners = (kit.ann, kit.oli, None, kit.tom)
        teams = (kit.lyon, kit.oslo, kit.lyon, kit.lyon)
        self.ids = [
            kit.lead(
                f"Lead {n}",
                kind="lead" if n % 2 else "opportunity",
                expected_revenue=100 * n,
                city="Pau" if n == 2 else None,
                tags=(f"Tag {n}",),
                owner_id=owners[n],
                team_id=teams[n],
                custom={SITE: n} if n else {},
            ).id
            for n in range(LEADS)
        ]
        self.changes = []
        self.notes: dict[int, list[str]] = {number: [] for number in self.ids}
        self.events = 0
        with kit.read() as uow:
            self.before = everything(uow, self.ids)

    def act(self, who, number, action):
        """Do something to one lead, in a unit of somebody's; whether it was done."""
        try:
            with self.kit.work(self.kit.people[who]) as uow:
                action(uow, get_lead(uow, self.ids[number]))
                self.changes.append(uow.change_id)
        except CrmError:
            return False
        return True

    @rule(who=someone, n=which, city=st.sampled_from(["Lyon", "Oslo", None]))
    def edit(self, who, n, city):
        self.act(who, n, lambda uow, lead: edit_lead(uow, lead, {"city": city}))

    @rule(who=someone, n=which, tags=st.sets(st.sampled_from(["Hot", "Tag 1"])))
    def tag(self, who, n, tags):
        values = {"tags": sorted(tags), "custom": {SITE: len(tags) or None}}
        self.act(who, n, lambda uow, lead: edit_lead(uow, lead, values))

    @rule(who=someone, n=which, to=st.sampled_from([*PEOPLE, None]))
    def assign(self, who, n, to):
        owner_id = self.kit.people.get(to)
        self.act(who, n, lambda uow, lead: edit_lead(uow, lead, {"owner_id": owner_id}))

    @rule(who=someone, n=which, percent=st.sampled_from([0, 33, None]))
    def guess(self, who, n, percent):
        changes = {"probability": percent}
        self.act(who, n, lambda uow, lead: edit_lead(uow, lead, changes))

    @rule(who=someone, n=which, place=st.integers(0, 2))
    def move(self, who, n, place):
        stage_id = (self.kit.new, self.kit.proposal, self.kit.won)[place]
        self.act(
            who, n, lambda uow, lead: move_lead(uow, lead, get_stage(uow, stage_id))
        )

    @rule(who=someone, n=which)
    def win(self, who, n):
        self.act(who, n, win_lead)

    @rule(who=someone, n=which)
    def lose(self, who, n):
        self.act(who, n, lambda uow, lead: lose_lead(uow, lead, None, f"Note {n}"))

    @rule(who=someone, n=which)
    def restore(self, who, n):
        self.act(who, n, restore_lead)

    @rule(who=someone, n=which)
    def archive(self, who, n):
        self.act(who, n, archive_lead)

    @rule(who=someone, n=which)
    def delete(self, who, n):
        self.act(who, n, delete_lead)

    @rule(who=someone, n=which)
    def qualify(self, who, n):
        draft = QualifyDraft(contact={"mode": "create"}, owner_id=self.kit.bob)
        self.act(who, n, lambda uow, lead: qualify_lead(uow, lead, draft))

    @rule(who=someone, n=which, other=which)
    def qualify_into(self, who, n, other):
        draft = QualifyDraft(merge_into=self.ids[other])
        self.act(who, n, lambda uow, lead: qualify_lead(uow, lead, draft))

    @rule(who=someone, n=which)
    def note(self, who, n):
        """A note stays for ever, whatever is taken back."""
        text = f"Note by {who}, @Tom"
        draft = NoteDraft(text=text)
        if self.act(who, n, lambda uow, lead: add_note(uow, lead, draft)):
            self.changes.pop()
            self.notes[self.ids[n]].append(text)

    @rule(who=someone, n=which, days=st.integers(-2, 2))
    def plan(self, who, n, days):
        def plan_one(uow, lead):
            day = uow.today() + timedelta(days=days)
            draft = ActivityDraft(type="call", summary=f"By {who}", due_on=day)
            plan_activity(uow, lead, draft)

        self.act(who, n, plan_one)

    @rule(who=someone, n=which, what=st.sampled_from(["done", "next", "later", "bin"]))
    def go_on(self, who, n, what):
        def do_first(uow, lead):
            to_do = [one for one in activities_of(uow, lead) if one.done_at is None]
            if not to_do:
                return
            tomorrow = uow.today() + timedelta(days=1)
            following = ActivityDraft(type="task", due_on=tomorrow)
            if what == "later":
                put_off(uow, lead, to_do[0], tomorrow)
            elif what == "bin":
                delete_activity(uow, lead, to_do[0])
            else:
                then = following if what == "next" else None
                finish_and_follow(uow, lead, to_do[0], f"Said to {who}", then)

        self.act(who, n, do_first)

    @rule()
    def take_back(self):
        """What was done last is undone, by one who may undo everything."""
        if self.changes:
            self.undo(self.changes.pop())

    @rule(who=someone, n=which, others=st.sets(which, min_size=1))
    def merge(self, who, n, others):
        ids = tuple({self.ids[one] for one in {n, *others}})
        if len(ids) > 1:
            draft = MergeDraft(ids=ids)
            self.act(who, n, lambda uow, _lead: merge_leads(uow, draft))

    @rule(who=someone, n=which, others=st.sets(which, min_size=1))
    def merge_and_take_back(self, who, n, others):
        ids = tuple({self.ids[one] for one in {n, *others}})
        if len(ids) == 1:
            return
        user_id = self.kit.people[who]
        try:
            with self.kit.work(user_id) as uow:
                before = everything(uow, ids)
                merged = merge_leads(uow, MergeDraft(ids=ids))
        except CrmError:
            return
        with self.kit.work(user_id) as uow:
            unmerge_leads(uow, get_merge(uow, merged.merge_id or 0))
            assert everything(uow, ids) == before

    def undo(self, change_id):
        """Take a change back; what changed nothing has nothing to undo."""
        with suppress(NothingToUndoError), self.kit.work(self.kit.eve) as uow:
            undo_change(uow, change_id)

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

    @invariant()
    def everybody_sees_what_his_role_lets_him_see(self):
        with self.kit.read() as uow:
            query = select(Lead).where(Lead.id.in_(self.ids), Lead.deleted_at.is_(None))
            leads = uow.session.scalars(query).all()
        for name in ("ann", "tom", "oli"):
            with self.kit.read(self.kit.people[name]) as uow:
                mine = {lead.id for lead in get_leads(uow, self.ids)}
                expected = {
                    lead.id
                    for lead in leads
                    if lead.owner_id == uow.actor.id
                    or (
                        lead.team_id in uow.actor.team_ids
                        and (lead.owner_id is None or name == "tom")
                    )
                }
            assert mine == expected

    def teardown(self):
        """Undo of everything gives everything back; notes are where they were."""
        for change_id in reversed(self.changes):
            self.undo(change_id)
        expected = {
            number: (shown, sorted([*texts, *self.notes[number]]), planned)
            for number, (shown, texts, planned) in self.before.items()
        }
        with self.kit.read() as uow:
            assert everything(uow, self.ids) == expected


def _lives(kit):
    """The machine, with `kit` as its company."""
    with kit.work(kit.eve) as uow:
        add_field(uow, CustomFieldDraft(slug=SITE, label="Sites", type=FieldType.WHOLE))

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
