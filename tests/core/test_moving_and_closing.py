"""Moving, winning, losing, restoring, archiving and deleting leads."""

import pytest

from crmkit.core import (
    BoardQuery,
    LeadDraft,
    ListQuery,
    LostReason,
    LostReasonNeededError,
    MovedSinceError,
    NameDraft,
    NotFoundError,
    NotOpenError,
    StageDraft,
    Status,
    WrongStageError,
    add_named,
    add_stage,
    archive_lead,
    archive_stage,
    can_add_reason,
    create_lead,
    delete_lead,
    edit_lead,
    find_reason,
    get_deleted_lead,
    get_lead,
    get_stage,
    list_leads,
    lose_lead,
    move_lead,
    pipeline,
    restore_lead,
    undo_change,
    win_lead,
)
from crmkit.core.leads.errors import ArchivedStageError
from crmkit.core.lost_reasons import NewReasonError
from crmkit.core.stages import NoWonStageError


def move(kit, lead, stage_id, based_on=None):
    with kit.work() as uow:
        lead = get_lead(uow, lead.id)
        move_lead(uow, lead, get_stage(uow, stage_id), based_on)
        return lead


def act(kit, action, lead, *more):
    with kit.work() as uow:
        lead = get_lead(uow, lead.id)
        action(uow, lead, *more)
        return lead


def test_a_move_updates_the_probability_and_says_since_when(kit, clock):
    lead = kit.lead(expected_revenue=1000)
    clock.advance(days=1)
    lead = move(kit, lead, kit.proposal)
    assert (lead.stage_id, lead.probability, lead.weighted_revenue) == (
        kit.proposal,
        50,
        500,
    )
    assert lead.stage_entered_at == lead.updated_at == clock.now()
    assert lead.version == 2


def test_a_probability_set_by_hand_stays_through_a_move(kit):
    lead = move(kit, kit.lead(probability=70), kit.proposal)
    assert (lead.probability, lead.automatic_probability) == (70, 50)
    assert lead.probability_is_manual is True


def test_a_move_to_a_won_stage_closes_the_lead(kit):
    lead = move(kit, kit.lead(probability=70, expected_revenue=10), kit.won)
    assert (lead.status, lead.probability, lead.closed_at) == (
        Status.WON,
        100,
        kit.crm.clock.now(),
    )
    assert (lead.probability_is_manual, lead.weighted_revenue) == (False, 10)


def test_leaving_a_won_stage_opens_the_lead_again(kit):
    lead = move(kit, kit.lead(stage_id=kit.won), kit.proposal)
    assert (lead.status, lead.probability, lead.closed_at) == (Status.OPEN, 50, None)


def test_from_one_won_stage_to_another_the_closing_day_stays(kit, clock):
    second = kit.stage("Delivered", is_won=True)
    lead = kit.lead(stage_id=kit.won)
    clock.advance(days=3)
    moved = move(kit, lead, second.id)
    assert (moved.status, moved.closed_at) == (Status.WON, lead.closed_at)


def test_a_move_of_a_lead_that_was_moved_since_is_refused(kit):
    lead = kit.lead()
    move(kit, lead, kit.proposal)
    with pytest.raises(
        MovedSinceError, match=r"Somebody moved Pump station to Proposal in the mean"
    ):
        move(kit, lead, kit.won, based_on=1)
    assert kit.fresh(lead).stage_id == kit.proposal


def test_a_move_of_a_lead_that_was_edited_since_goes_through(kit):
    lead = kit.lead()
    act(kit, edit_lead, lead, {"priority": 2})
    assert move(kit, lead, kit.proposal, based_on=1).stage_id == kit.proposal


def test_a_lead_that_stands_there_already_is_not_moved(kit):
    assert move(kit, kit.lead(), kit.new, based_on=1).version == 1


def test_a_stage_of_another_team_takes_no_lead(kit):
    stage = kit.stage("Only Oslo", team_ids=(kit.oslo,))
    with pytest.raises(WrongStageError):
        move(kit, kit.lead(), stage.id)


def test_a_lost_lead_is_not_moved(kit):
    lead = act(kit, lose_lead, kit.lead(), None)
    with pytest.raises(NotOpenError):
        move(kit, lead, kit.proposal)


def test_a_won_lead_goes_to_the_next_won_stage(kit, clock):
    lead = kit.lead(probability=30, expected_revenue=200)
    clock.advance(days=2)
    lead = act(kit, win_lead, lead)
    assert (lead.stage_id, lead.status, lead.probability) == (kit.won, Status.WON, 100)
    assert (lead.closed_at, lead.stage_entered_at) == (clock.now(), clock.now())
    assert lead.weighted_revenue == 200
    assert act(kit, win_lead, lead).version == 2


def test_without_a_won_stage_nothing_can_be_won(make_crm):
    with make_crm().work() as uow:
        add_stage(uow, StageDraft(name="New"))
        lead = create_lead(uow, LeadDraft(name="Pump"))
        with pytest.raises(NoWonStageError, match="No stage of this pipeline means"):
            win_lead(uow, lead)


def test_a_lost_lead_keeps_its_stage_reason_and_note(kit):
    lead = kit.lead(probability=70, stage_id=kit.proposal, expected_revenue=100)
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Price"))
    lead = act(kit, lose_lead, lead, reason, " Twice our price ")
    assert (lead.status, lead.stage_id, lead.probability) == (
        Status.LOST,
        kit.proposal,
        0,
    )
    assert (lead.lost_reason_id, lead.lost_note) == (reason.id, "Twice our price")
    assert (lead.weighted_revenue, lead.closed_at) == (0, kit.crm.clock.now())


def test_a_stage_may_ask_for_a_lost_reason(kit):
    stage = kit.stage("Negotiation", requires_lost_reason=True)
    lead = kit.lead(stage_id=stage.id)
    with pytest.raises(
        LostReasonNeededError,
        match=r"A lead in Negotiation needs a reason to be lost\.",
    ):
        act(kit, lose_lead, lead, None, "Silence")
    assert kit.fresh(lead).status is Status.OPEN


@pytest.mark.parametrize("action", [win_lead, lambda u, lead: lose_lead(u, lead, None)])
def test_a_lost_lead_is_neither_won_nor_lost_again(kit, action):
    lead = act(kit, lose_lead, kit.lead(), None)
    with pytest.raises(NotOpenError):
        act(kit, action, lead)


def test_a_won_lead_is_not_lost_before_it_is_restored(kit):
    lead = act(kit, win_lead, kit.lead())
    with pytest.raises(NotOpenError):
        act(kit, lose_lead, lead, None)


def test_a_lost_lead_is_restored_where_it_stood(kit):
    lead = kit.lead(stage_id=kit.proposal, expected_revenue=100)
    act(kit, lose_lead, lead, None, "Silence")
    lead = act(kit, restore_lead, lead)
    assert (lead.status, lead.stage_id, lead.probability) == (
        Status.OPEN,
        kit.proposal,
        50,
    )
    assert (lead.closed_at, lead.lost_note, lead.weighted_revenue) == (None, None, 50)


def test_a_won_lead_is_restored_to_the_first_stage(kit):
    lead = act(kit, win_lead, kit.lead(stage_id=kit.proposal))
    lead = act(kit, restore_lead, lead)
    assert (lead.status, lead.stage_id, lead.probability) == (Status.OPEN, kit.new, 10)


def shown(kit, lead):
    """Whether the list and the board show the lead."""
    with kit.read() as uow:
        listed = {row.id for row in list_leads(uow, ListQuery()).rows}
        columns = pipeline(uow, BoardQuery()).columns
        cards = {card.id for column in columns for card in column.cards}
        return (lead.id in listed, lead.id in cards)


def test_an_archived_lead_is_hidden_and_found_when_asked_for(kit):
    lead = act(kit, archive_lead, kit.lead())
    assert shown(kit, lead) == (False, False)
    assert (lead.status, lead.archived_at) == (Status.OPEN, kit.crm.clock.now())
    with kit.read() as uow:
        query = ListQuery(archived=True)
        assert [row.id for row in list_leads(uow, query).rows] == [lead.id]
    lead = act(kit, restore_lead, lead)
    assert shown(kit, lead) == (True, True)


def test_a_lost_lead_is_listed_but_not_on_the_board(kit):
    assert shown(kit, act(kit, lose_lead, kit.lead(), None)) == (True, False)


def test_a_deleted_lead_is_in_the_bin_and_comes_back(kit):
    lead = act(kit, delete_lead, kit.lead())
    assert shown(kit, lead) == (False, False)
    with pytest.raises(NotFoundError):
        kit.fresh(lead)
    with kit.work() as uow:
        lead = get_deleted_lead(uow, lead.id)
        assert lead.deleted_at == kit.crm.clock.now()
        restore_lead(uow, lead)
    assert shown(kit, lead) == (True, True)
    with kit.read() as uow, pytest.raises(NotFoundError):
        get_deleted_lead(uow, lead.id)


def test_a_lead_that_is_won_is_an_opportunity_until_that_is_undone(kit):
    lead = kit.lead(kind="lead")
    with kit.work() as uow:
        won = get_lead(uow, lead.id)
        win_lead(uow, won)
        change_id = uow.change_id
        assert (won.kind, won.qualified_at) == ("opportunity", uow.now())
    with kit.work() as uow:
        undo_change(uow, change_id)
    fresh = kit.fresh(lead)
    assert (fresh.kind, fresh.qualified_at, fresh.status) == ("lead", None, "open")


def test_a_move_out_of_a_stage_that_is_gone_is_not_undone_and_says_so(kit):
    stage = kit.stage("Trial")
    lead = kit.lead(stage_id=stage.id)
    with kit.work() as uow:
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
        change_id = uow.change_id
    with kit.work() as uow:
        archive_stage(uow, get_stage(uow, stage.id))
    with (
        pytest.raises(ArchivedStageError, match="Trial is out of the pipeline by now"),
        kit.work() as uow,
    ):
        undo_change(uow, change_id)
    assert kit.fresh(lead).stage_id == kit.proposal


def test_only_managers_add_lost_reasons_where_the_settings_say_so(make_kit):
    kit = make_kit(free_lost_reasons=False)
    with kit.work(kit.max) as uow:
        assert can_add_reason(uow)
        find_reason(uow, None, "Price")
    with kit.work(kit.ann) as uow:
        assert not can_add_reason(uow)
        assert find_reason(uow, None, " price ") is not None
        with pytest.raises(NewReasonError, match="Only a manager adds “Delay”"):
            find_reason(uow, None, "Delay")
