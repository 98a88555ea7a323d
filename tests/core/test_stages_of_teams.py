"""Stages that some teams share, and what that means for their leads."""

import pytest

from crmkit.core import (
    BoardQuery,
    StageDraft,
    archive_stage,
    as_of,
    edit_stage,
    get_lead,
    get_stage,
    heirs_of,
    list_stages,
    lose_lead,
    move_lead,
    pipeline,
    replace_stage,
    restore_lead,
    undo_change,
)
from crmkit.core.emptying import NoHeirError
from crmkit.core.leads.errors import WrongStageError
from crmkit.core.stages import NoTeamError, OtherTeamsError


@pytest.fixture
def rome(kit):
    return kit.team("Rome")


@pytest.fixture
def offer(kit):
    """A stage of Lyon and Oslo."""
    return kit.stage("Offer", team_ids=(kit.oslo, kit.lyon, kit.oslo))


def give_teams(kit, stage, *team_ids):
    with kit.work(kit.max) as uow:
        draft = StageDraft(name=stage.name, team_ids=team_ids)
        edit_stage(uow, get_stage(uow, stage.id), draft)
        return uow.change_id


def columns_of(kit, team_id):
    query = BoardQuery(team_id=team_id)
    with kit.read() as uow:
        now, then = pipeline(uow, query), as_of(uow, uow.now(), query)
        assert [c.name for c in now.columns] == [c.name for c in then.columns]
        return {column.name: column.count for column in now.columns}


def test_leads_of_each_of_its_teams_stand_in_a_stage_and_no_others(kit, rome, offer):
    assert offer.team_ids == (kit.lyon, kit.oslo)
    for team in (kit.lyon, kit.oslo):
        assert kit.lead(team_id=team, stage_id=offer.id).stage_id == offer.id
        assert columns_of(kit, team)["Offer"] == 1
    other = kit.lead(team_id=rome)
    with kit.work() as uow, pytest.raises(WrongStageError):
        move_lead(uow, get_lead(uow, other.id), get_stage(uow, offer.id))
    assert "Offer" not in columns_of(kit, rome)
    with kit.read() as uow:
        assert len(list_stages(uow, kit.lyon)) == 4
        assert len(list_stages(uow, rome)) == 3


def test_a_stage_is_of_teams_that_are_there(kit, offer):
    with pytest.raises(NoTeamError):
        give_teams(kit, offer, kit.oslo, 4711)
    for one, ids in ((kit.oslo, (kit.oslo,)), (None, ())):
        draft = StageDraft.model_validate({"name": "Offer", "team_id": one})
        assert draft.team_ids == ids


def test_a_stage_leaves_no_team_whose_leads_stand_in_it(kit, offer):
    lead = kit.lead(team_id=kit.lyon, stage_id=offer.id)
    with pytest.raises(OtherTeamsError, match="1 leads of other teams stand in Offer"):
        give_teams(kit, offer, kit.oslo)
    with kit.read() as uow:
        assert get_stage(uow, offer.id).version == 1
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lead.id), None)
    change_id = give_teams(kit, offer, kit.oslo)
    with kit.work() as uow:
        restore_lead(uow, get_lead(uow, lead.id))
    assert kit.fresh(lead).stage_id == kit.new
    with kit.work(kit.max) as uow:
        assert not undo_change(uow, change_id).kept
        assert get_stage(uow, offer.id).team_ids == (kit.lyon, kit.oslo)


def test_the_leads_of_a_stage_go_where_all_its_teams_may_go(kit, rome, offer):
    lead = kit.lead(team_id=kit.lyon, stage_id=offer.id)
    wider = kit.stage("Wider", team_ids=(kit.lyon, kit.oslo, rome))
    narrow = kit.stage("Lyon only", team_ids=(kit.lyon,))
    with kit.work(kit.max) as uow:
        stage = get_stage(uow, offer.id)
        names = [heir.name for heir in heirs_of(uow, stage)]
        assert names == ["New", "Proposal", "Wider"]
        shared = [heir.name for heir in heirs_of(uow, get_stage(uow, kit.new))]
        assert shared == ["Proposal"]
        with pytest.raises(NoHeirError, match="cannot go to Lyon only"):
            replace_stage(uow, stage, get_stage(uow, narrow.id))
        replace_stage(uow, stage, get_stage(uow, wider.id))
        archive_stage(uow, get_stage(uow, narrow.id))
    assert columns_of(kit, kit.lyon)["Wider"] == 1
    assert kit.fresh(lead).stage_id == wider.id
