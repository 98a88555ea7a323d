"""Stages, and what leads are marked with: reasons, tags, sources."""

import pytest
from pydantic import ValidationError

from crmkit.core import (
    ForbiddenError,
    Lead,
    LostReason,
    Medium,
    NameDraft,
    NotFoundError,
    Role,
    Source,
    StageDraft,
    Tag,
    add_named,
    add_stage,
    archive_named,
    archive_stage,
    delete_lead,
    edit_stage,
    emptying,
    events_of,
    find_named,
    get_lead,
    get_named,
    get_stage,
    heirs_of,
    list_named,
    list_stages,
    lose_lead,
    need_named,
    rename,
    replace_stage,
    tags_of,
    undo_change,
)
from crmkit.core.emptying import NoHeirError
from crmkit.core.named import NameTakenError
from crmkit.core.stages import StageInUseError

KINDS = [LostReason, Tag, Source, Medium]


def test_a_new_stage_is_the_last_one(kit):
    stage = kit.stage("After sales", rotting_days=5, guidance="Ring every week")
    with kit.read() as uow:
        assert list_stages(uow)[-1].id == stage.id
        assert get_stage(uow, stage.id).guidance == "Ring every week"


def test_a_won_stage_is_worth_a_hundred_percent(kit):
    assert kit.stage("Delivered", is_won=True, probability=30).probability == 100
    with kit.work() as uow:
        stage = get_stage(uow, kit.proposal)
        edit_stage(uow, stage, StageDraft(name="Sold", is_won=True, probability=50))
        assert stage.probability == 100


def test_an_edited_stage_keeps_its_leads_as_they_are(kit):
    lead = kit.lead()
    with kit.work(kit.max) as uow:
        stage = get_stage(uow, kit.new)
        edit_stage(uow, stage, StageDraft(name="Fresh", probability=25))
        event = events_of(uow, "stage", stage.id, before=None, limit=1)[0]
        assert event.values["name"] == ["New", "Fresh"]
        assert (stage.position, stage.version) == (10, 2)
    assert kit.fresh(lead).probability == 10
    assert kit.lead().probability == 25


def test_a_stage_goes_when_nothing_stands_in_it(kit):
    lead = kit.lead()
    with kit.work() as uow:
        with pytest.raises(StageInUseError, match="1 leads stand in New"):
            archive_stage(uow, get_stage(uow, lead.stage_id))
        archive_stage(uow, get_stage(uow, kit.proposal))
        assert [stage.name for stage in list_stages(uow)] == ["New", "Won"]
        with pytest.raises(NotFoundError):
            get_stage(uow, kit.proposal)


def test_a_team_sees_shared_stages_and_its_own(kit):
    kit.stage("Only Oslo", team_ids=(kit.oslo,))
    with kit.read() as uow:
        assert len(list_stages(uow)) == 4
        assert len(list_stages(uow, kit.lyon)) == 3
        assert list_stages(uow, kit.oslo)[-1].name == "Only Oslo"


@pytest.mark.parametrize(
    "values",
    [{"probability": 101}, {"rotting_days": 0}, {"position": -1}, {"colour": "red"}],
)
def test_a_stage_that_cannot_be_is_refused(values):
    with pytest.raises(ValidationError):
        StageDraft(name="New", **values)


@pytest.mark.parametrize("who", ["ann", "tom", "lea"])
def test_only_a_manager_shapes_the_pipeline(kit, who):
    with kit.work(kit.people[who]) as uow:
        stage = get_stage(uow, kit.new)
        for action in (
            lambda: add_stage(uow, StageDraft(name="Mine")),
            lambda: edit_stage(uow, stage, StageDraft(name="Mine")),
            lambda: archive_stage(uow, stage),
            lambda: add_named(uow, LostReason, NameDraft(name="Mine")),
        ):
            with pytest.raises(ForbiddenError, match="“manager”"):
                action()


@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_is_made_renamed_and_archived(kit, kind):
    with kit.work(kit.max) as uow:
        one = add_named(uow, kind, NameDraft(name="Énergie"))
        other = add_named(uow, kind, NameDraft(name="Water"))
        with pytest.raises(NameTakenError, match="one named “energie” already"):
            add_named(uow, kind, NameDraft(name="energie"))
        with pytest.raises(NameTakenError):
            rename(uow, other, NameDraft(name="ENERGIE"))
        rename(uow, one, NameDraft(name="ÉNERGIE"))
        assert [n.name for n in list_named(uow, kind)] == ["ÉNERGIE", "Water"]
        archive_named(uow, other)
        archive_named(uow, other)
        assert (other.version, len(list_named(uow, kind))) == (2, 1)
        assert get_named(uow, kind, other.id).name == "Water"
        with pytest.raises(NotFoundError):
            get_named(uow, kind, 4711)


def test_an_archived_tag_stays_on_its_leads(kit):
    lead = kit.lead(tags=("Water",))
    with kit.work() as uow:
        archive_named(uow, list_named(uow, Tag)[0])
        assert tags_of(uow, lead.id) == ["Water"]


def test_what_is_missing_is_added_once(kit):
    with kit.work(kit.ann) as uow:
        ids = need_named(uow, Tag, ["Water", "WATER", " ", "Key"], role=Role.OWN)
        assert sorted(ids) == ["key", "water"]
        assert need_named(uow, Tag, ["water"], role=Role.OWN) == {"water": ids["water"]}
        assert find_named(uow, Tag, ["nothing", "key"]) == {"key": ids["key"]}
        with pytest.raises(ForbiddenError):
            need_named(uow, LostReason, ["Price"], role=Role.MANAGER)


def stages_of(kit, *leads):
    with kit.read() as uow:
        return {uow.session.get_one(Lead, lead.id).stage_id for lead in leads}


def test_a_stage_goes_and_its_leads_go_to_another(kit, clock):
    lost, there, gone = kit.lead("Lost"), kit.lead("There"), kit.lead("Gone")
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lost.id), None)
        delete_lead(uow, get_lead(uow, gone.id))
    clock.advance(days=3)
    with kit.work(kit.max) as uow:
        stage, heir = get_stage(uow, kit.new), get_stage(uow, kit.proposal)
        assert [one.name for one in heirs_of(uow, stage)] == ["Proposal"]
        assert replace_stage(uow, stage, heir) is None
        change_id = uow.change_id
    assert stages_of(kit, lost, there, gone) == {kit.proposal}
    assert (kit.fresh(there).probability, kit.fresh(lost).probability) == (50, 0)
    with kit.work(kit.max) as uow:
        assert not undo_change(uow, change_id).kept
    assert kit.fresh(there).stage_entered_at == there.stage_entered_at
    with kit.read() as uow:
        assert get_stage(uow, kit.new).archived_at is None
    assert stages_of(kit, lost, there, gone) == {kit.new}
    assert kit.fresh(there).probability == 10


def test_won_leads_go_to_no_stage_that_would_open_them(kit):
    kit.lead(stage_id=kit.won)
    with kit.work(kit.max) as uow:
        won = get_stage(uow, kit.won)
        assert heirs_of(uow, won) == []
        with pytest.raises(NoHeirError, match="The leads of Won cannot go to New"):
            replace_stage(uow, won, get_stage(uow, kit.new))


def test_a_stage_of_many_leads_is_emptied_by_a_job(kit, monkeypatch):
    monkeypatch.setattr(emptying, "BATCH", 2)
    leads = [kit.lead(f"Lead {number}") for number in range(5)]
    with kit.work(kit.max) as uow:
        heir = get_stage(uow, kit.proposal)
        job_id = replace_stage(uow, get_stage(uow, kit.new), heir)
    assert [job.id for job in kit.run_jobs()] == [job_id]
    assert {kit.fresh(lead).stage_id for lead in leads} == {kit.proposal}
    with kit.read() as uow:
        assert [stage.name for stage in list_stages(uow)] == ["Proposal", "Won"]
