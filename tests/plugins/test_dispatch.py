"""Each form of hook keeps its failure rule, on both databases."""

import logging
from decimal import Decimal

import pytest
from sqlalchemy import text

from crmkit.core import (
    Failed,
    FailedCheckError,
    LeadDraft,
    NoteDraft,
    Placed,
    RefusedByPluginError,
    Status,
    add_note,
    create_lead,
    create_leads,
    get_lead,
    get_stage,
    move_lead,
    switch_plugin,
    timeline_of,
    win_lead,
)
from crmkit.hooks import (
    LeadOwner,
    NavigationContext,
    NavigationItem,
    Refusal,
    check_lead_move,
    choose_owner,
    estimate_probability,
    lead_created,
    lead_won,
    place_navigation,
)
from crmkit.testing import sample_plugin


def fail_in_sql(ctx):
    """What kills a whole transaction of PostgreSQL outside a savepoint."""
    ctx.uow.session.execute(text("SELECT nothing FROM nowhere"))


def note(ctx, words):
    for lead in ctx.leads:
        add_note(ctx.uow, lead, NoteDraft(text=words))


def words_of(uow, lead):
    return [moment.text for moment in timeline_of(uow, lead, kind="lead.noted")]


@pytest.fixture
def failing_happened():
    @lead_created.impl
    def note_and_fail(ctx):
        note(ctx, "lost with its savepoint")
        fail_in_sql(ctx)

    return sample_plugin("bad", note_and_fail)


@pytest.fixture
def noting():
    """Two plugins, one before and one after `bad` in the order."""

    def make(plugin_id):
        @lead_created.impl
        def answer(ctx):
            note(ctx, plugin_id)

        return sample_plugin(plugin_id, answer)

    return [make("alpha"), make("omega")]


def test_what_happened_is_told_and_a_failure_stays_with_its_plugin(
    make_kit, failing_happened, noting
):
    kit = make_kit(failing_happened, *noting)
    lead = kit.lead()
    with kit.read() as uow:
        assert words_of(uow, lead) == ["omega", "alpha"]


def test_failures_are_counted_and_logged(make_kit, failing_happened, caplog):
    kit = make_kit(failing_happened)
    with caplog.at_level(logging.ERROR, "crmkit.hooks"):
        kit.lead()
    timing = kit.crm.timings.by_hook["bad", "lead_created"]
    assert (timing.calls, timing.failures) == (1, 1)
    assert timing.seconds > 0
    assert "bad failed in lead_created" in caplog.text


def test_a_check_refuses_with_its_own_sentence(make_kit):
    @check_lead_move.impl
    def refuse(ctx):
        return Refusal(f"Not to {ctx.stage.name} today.", field="stage_id")

    kit = make_kit(sample_plugin("strict", refuse))
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead.id)
        with pytest.raises(
            RefusedByPluginError, match=r"Not to Proposal today\."
        ) as caught:
            move_lead(uow, lead, get_stage(uow, kit.proposal))
    assert caught.value.field == "stage_id"
    assert kit.fresh(lead).stage_id == kit.new


def test_a_check_that_says_nothing_lets_it_happen(make_kit):
    @check_lead_move.impl
    def say_nothing(ctx):  # noqa: ARG001
        return None

    kit = make_kit(sample_plugin("mild", say_nothing))
    lead = kit.lead()
    with kit.work() as uow:
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
    assert kit.fresh(lead).stage_id == kit.proposal


def test_a_check_that_fails_refuses_too_and_names_its_plugin(make_kit):
    check = sample_plugin("broken_rule", check_lead_move.impl(fail_in_sql))
    kit = make_kit(check)
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        with pytest.raises(FailedCheckError, match="“broken_rule” could not check"):
            move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
        create_lead(uow, LeadDraft(name="The unit lives on"))
    assert kit.fresh(lead).stage_id == kit.new


def test_the_first_plugin_that_answers_decides(make_kit):
    def make(plugin_id, answer):
        return sample_plugin(plugin_id, estimate_probability.impl(answer))

    kit = make_kit(
        make("a_failing", fail_in_sql),
        make("b_silent", lambda ctx: None),  # noqa: ARG005
        make("c_first", lambda ctx: {lead.id: Decimal("33.3") for lead in ctx.leads}),
        make("d_second", lambda ctx: {lead.id: Decimal(99) for lead in ctx.leads}),
    )
    assert kit.lead().probability == Decimal("33.3")


def test_where_every_answer_fails_the_core_has_its_default(make_kit):
    kit = make_kit(sample_plugin("bad", estimate_probability.impl(fail_in_sql)))
    assert kit.lead().probability == 10


def test_leads_that_an_estimate_leaves_out_take_the_default(make_kit):
    @estimate_probability.impl
    def know_the_first(ctx):
        return {ctx.leads[0].id: Decimal(70)}

    kit = make_kit(sample_plugin("shy", know_the_first))
    with kit.work() as uow:
        leads = create_leads(uow, [LeadDraft(name="One"), LeadDraft(name="Two")])
    assert [kit.fresh(lead).probability for lead in leads] == [70, 10]


@pytest.mark.parametrize(
    ("answer", "shown"), [(Decimal(-5), 0), (Decimal("100.01"), 100)]
)
def test_an_estimate_is_kept_between_0_and_100(make_kit, answer, shown):
    @estimate_probability.impl
    def guess(ctx):
        return {lead.id: answer for lead in ctx.leads}

    assert make_kit(sample_plugin("wild", guess)).lead().probability == shown


@pytest.mark.parametrize("answer", [Decimal("NaN"), "many", None])
def test_an_estimate_that_is_no_percentage_is_like_none(make_kit, answer):
    @estimate_probability.impl
    def guess(ctx):
        return {lead.id: answer for lead in ctx.leads}

    assert make_kit(sample_plugin("wild", guess)).lead().probability == 10


def test_an_answer_that_holds_no_estimates_is_like_none(make_kit):
    @estimate_probability.impl
    def guess(ctx):
        return Decimal(len(ctx.leads))

    assert make_kit(sample_plugin("wild", guess)).lead().probability == 10


def test_an_estimate_is_weighed_as_it_is_stored_and_shown(make_kit):
    @estimate_probability.impl
    def guess(ctx):
        return {lead.id: Decimal("33.336") for lead in ctx.leads}

    lead = make_kit(sample_plugin("exact", guess)).lead(expected_revenue=100_000)
    assert (lead.probability, lead.weighted_revenue) == (Decimal("33.34"), 33_340)


@pytest.mark.parametrize("answer", ["Not today.", True])
def test_a_check_that_answers_no_refusal_counts_as_failed(make_kit, answer):
    @check_lead_move.impl
    def answer_wrongly(ctx):
        return answer if ctx.leads else None

    kit = make_kit(sample_plugin("untyped", answer_wrongly))
    lead = kit.lead()
    with kit.work() as uow, pytest.raises(FailedCheckError, match="“untyped”"):
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))


def test_a_slot_holds_what_plugins_put_there_and_who_failed(make_kit):
    @place_navigation.impl
    def offer(ctx):
        assert ctx.uow.actor.name == "Ann"
        return [NavigationItem("Quotes", "/p/quotes", "file")]

    kit = make_kit(
        sample_plugin("quotes", offer),
        sample_plugin("bad", place_navigation.impl(fail_in_sql)),
    )
    with kit.read(kit.ann) as uow:
        placed = uow.hooks.place(place_navigation, NavigationContext(uow))
        assert placed == [
            Failed("bad"),
            Placed("quotes", [NavigationItem("Quotes", "/p/quotes", "file")]),
        ]
        uow.session.execute(text("SELECT 1"))


def test_a_plugin_that_writes_while_reading_fails_alone(make_kit):
    @place_navigation.impl
    def write(ctx):
        create_lead(ctx.uow, LeadDraft(name="A page writes nothing"))

    kit = make_kit(sample_plugin("rude", write))
    with kit.read() as uow:
        placed = uow.hooks.place(place_navigation, NavigationContext(uow))
        assert placed == [Failed("rude")]
        uow.session.execute(text("SELECT 1"))


@pytest.mark.parametrize("many", [50, 500])
def test_a_hook_is_called_once_however_many_leads_there_are(make_kit, many):
    calls = []

    @lead_created.impl
    def count(ctx):
        calls.append(len(ctx.leads))

    @estimate_probability.impl
    def guess(ctx):
        calls.append(len(ctx.leads))

    kit = make_kit(sample_plugin("counting", count, guess))
    with kit.work() as uow:
        create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(many)])
    assert calls == [many, many]


def test_a_disabled_plugin_is_silent_from_the_next_unit_on(make_kit, noting):
    kit = make_kit(*noting)
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, "alpha", is_enabled=False)
    silent = kit.lead()
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, "alpha", is_enabled=True)
    loud = kit.lead()
    with kit.read() as uow:
        assert words_of(uow, silent) == ["omega"]
        assert words_of(uow, loud) == ["omega", "alpha"]


def test_a_won_lead_that_a_plugin_cannot_bear_is_won_all_the_same(make_kit):
    kit = make_kit(sample_plugin("bad", lead_won.impl(fail_in_sql)))
    lead = kit.lead()
    with kit.work() as uow:
        win_lead(uow, get_lead(uow, lead.id))
    assert kit.fresh(lead).status is Status.WON


def test_who_is_named_for_a_new_lead_owns_it_from_its_first_moment(make_kit):
    seen: list[str | int | None] = []

    @choose_owner.impl
    def name_tom(ctx):
        seen.extend(lead.name for lead in ctx.leads)
        return {lead.id: LeadOwner(lead.team_id, kit.tom) for lead in ctx.leads}

    @lead_created.impl
    def look(ctx):
        seen.extend(lead.owner_id for lead in ctx.leads)

    kit = make_kit(
        sample_plugin("a_silent", choose_owner.impl(lambda ctx: None)),  # noqa: ARG005
        sample_plugin("desk", name_tom, look),
    )
    lead = kit.lead("Nobody's", owner_id=None)
    kit.lead("Ann's")
    assert seen == ["Nobody's", kit.tom, kit.ann]
    assert kit.fresh(lead).assigned_at is not None
    with kit.read() as uow:
        created = timeline_of(uow, get_lead(uow, lead.id))[-1]
    assert (created.kind, lead.version) == ("lead.created", 1)


@pytest.mark.parametrize("answer", ["nobody", {1: "Tom"}, {0: LeadOwner(1, 1)}])
def test_an_answer_that_names_nobody_leaves_a_lead_nobodys(make_kit, answer):
    hook = choose_owner.impl(lambda ctx: answer if ctx.leads else None)
    lead = make_kit(sample_plugin("odd", hook)).lead(owner_id=None)
    assert lead.owner_id is None


def test_who_is_not_there_gets_no_lead_and_a_team_stays(make_kit):
    answers = iter([LeadOwner(1, 999), LeadOwner(2, 1)])

    @choose_owner.impl
    def name_wrongly(ctx):
        answer = next(answers)
        return {lead.id: answer for lead in ctx.leads}

    kit = make_kit(sample_plugin("wrong", name_wrongly))
    for _ in range(2):
        lead = kit.lead(owner_id=None)
        assert (lead.team_id, lead.owner_id) == (kit.lyon, None)
