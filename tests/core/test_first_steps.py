"""The pipeline one begins with, and sample data that leaves again."""

from __future__ import annotations

import pytest

from crmkit.core import (
    CrmError,
    ListQuery,
    NoteDraft,
    add_note,
    add_sample,
    choose_pipeline,
    delete_lead,
    get_lead,
    get_stage,
    has_sample,
    list_contacts,
    list_pipeline_templates,
    list_stages,
    remove_sample,
    undo_change,
)


def _names(uow):
    return [stage.name for stage in list_stages(uow)]


@pytest.mark.parametrize("locale", ["en", "fr", "de"])
def test_each_template_ends_in_its_only_won_stage(locale):
    templates = list_pipeline_templates(locale)
    assert len({template.name for template in templates}) == len(templates) >= 4
    for template in templates:
        assert [s.is_won for s in template.stages][-2:] == [False, True]
        chances = [stage.probability for stage in template.stages]
        assert chances == sorted(set(chances))
        assert all(stage.guidance for stage in template.stages)


def test_a_chosen_pipeline_replaces_the_stages_and_undo_brings_them_back(kit):
    with kit.work(kit.max) as uow:
        before = _names(uow)
        chosen = choose_pipeline(uow, "projects", "fr")
        assert _names(uow) == [stage.name for stage in chosen]
        assert chosen[-1].is_won
        longer = uow.change_id
    with kit.work(kit.max) as uow:
        choose_pipeline(uow, "short", "en")
        assert _names(uow) == ["Asked", "Quoted", "Agreed", "Won"]
        shorter = uow.change_id
    for change_id in (shorter, longer):
        with kit.work(kit.max) as uow:
            assert undo_change(uow, change_id).kept == []
    with kit.read() as uow:
        assert _names(uow) == before


def test_no_pipeline_is_replaced_under_a_lead_but_the_bin_follows(kit):
    lead_id = kit.lead("Pump", stage_id=kit.won).id
    with kit.work(kit.max) as uow:
        with pytest.raises(CrmError, match="one by one"):
            choose_pipeline(uow, "short", "en")
        delete_lead(uow, get_lead(uow, lead_id))
        deleted = uow.change_id
    with kit.work(kit.max) as uow:
        choose_pipeline(uow, "tenders", "en")
    with kit.work(kit.max) as uow:
        undo_change(uow, deleted)
        assert get_stage(uow, get_lead(uow, lead_id).stage_id).name == "Awarded"


def test_sample_data_goes_as_it_came_but_for_what_people_changed(kit):
    with kit.work(kit.max) as uow:
        leads = add_sample(uow, "en")
        assert {lead.status.value for lead in leads} == {"open", "won", "lost"}
        ids = {lead.name: lead.id for lead in leads}
        with pytest.raises(CrmError, match="leads already"):
            add_sample(uow, "en")
    kept, firm = "First order", "Quayside Foods"
    with kit.work(kit.eve) as uow:
        add_note(uow, get_lead(uow, ids[kept]), NoteDraft(text="Rang them."))
    with kit.work(kit.max) as uow:
        removed = remove_sample(uow)
        assert set(removed.kept) == {kept, "Samir Deverell", firm}
        assert not has_sample(uow)
        assert {one.name for one in list_contacts(uow, ListQuery()).rows} == {
            "Samir Deverell",
            firm,
        }
        removal = uow.change_id
    with kit.work(kit.max) as uow:
        undo_change(uow, removal)
        assert has_sample(uow)
        assert get_lead(uow, ids["Renewal of the contract"]).status == "lost"
    with kit.work(kit.max) as uow:
        again = remove_sample(uow)
        assert (again.records, set(again.kept)) == (
            removed.records,
            set(removed.kept),
        )


def test_undoing_the_load_of_sample_data_removes_all_of_it(kit):
    with kit.work(kit.max) as uow:
        add_sample(uow, "fr")
        loaded = uow.change_id
    with kit.work(kit.max) as uow:
        assert undo_change(uow, loaded).records > 20
        assert not list_contacts(uow, ListQuery()).rows
        with pytest.raises(CrmError, match="no sample data"):
            remove_sample(uow)
