"""The settings of stages and of named lists, for managers."""

import re

import pytest

from crmkit.core import LostReason, list_named, list_stages


@pytest.fixture
def max_(door):
    return door.person("max")


def stages(door):
    with door.kit.read() as uow:
        return {stage.name: stage for stage in list_stages(uow)}


def reasons(door):
    with door.kit.read() as uow:
        return {one.name: one.id for one in list_named(uow, LostReason)}


def test_a_manager_finds_his_pages_and_no_others(max_):
    text = max_.get("/settings/stages").text
    assert "/settings/lists/lost-reasons" in text
    assert "/settings/currencies" not in text


def test_a_stage_is_added_moved_and_edited(door, max_):
    made = max_.send("/settings/stages", name="Trial")
    assert made.status_code == 303, made.text
    trial = stages(door)["Trial"]
    max_.send(f"/settings/stages/{trial.id}/step", by=-1)
    names = list(stages(door))
    assert names.index("Trial") == len(names) - 2
    typed = {"name": "Trial run", "probability": "62.5", "rotting_days": "9"}
    more = {"guidance": "Ask who decides.", "requires_lost_reason": "on"}
    saved = max_.send(f"/settings/stages/{trial.id}", **typed, **more)
    assert saved.status_code == 303, saved.text
    fresh = stages(door)["Trial run"]
    assert (str(fresh.probability), fresh.rotting_days) == ("62.5", 9)
    assert (fresh.requires_lost_reason, fresh.is_won) == (True, False)
    max_.send(f"/settings/stages/{trial.id}/archive")
    assert "Trial run" not in stages(door)
    max_.send(f"/settings/stages/{trial.id}/restore")
    assert "Trial run" in stages(door)


def test_a_stage_that_cannot_be_is_shown_with_what_is_wrong(door, max_):
    new = door.kit.new
    typed = {"name": "New", "probability": "200", "rotting_days": "soon"}
    refused = max_.send(f"/settings/stages/{new}", **typed)
    assert refused.status_code == 422
    assert "probability-error" in refused.text
    assert "rotting_days-error" in refused.text
    assert 'value="200"' in refused.text
    assert 'value="soon"' in refused.text
    assert max_.send("/settings/stages", name=" ").status_code == 422


def test_a_stage_is_given_to_teams_where_none_of_its_leads_is_left_out(door, max_):
    kit = door.kit
    here = f"/settings/stages/{kit.new}"
    typed = {"name": "New", "probability": "10"}
    max_.send(here, **typed, team_ids=[kit.lyon, kit.oslo])
    assert stages(door)["New"].team_ids == (kit.lyon, kit.oslo)
    assert "Lyon, Oslo" in max_.get("/settings/stages").text
    kit.lead(team_id=kit.lyon, stage_id=kit.new)
    refused = max_.send(here, **typed, team_ids=[kit.oslo])
    assert refused.status_code == 422
    assert "1 leads of other teams stand in New. Move them first." in refused.text
    script = door.script("max")
    answer = script.patch(f"/stages/{kit.new}", json={"team_ids": [kit.oslo]})
    assert (answer.status_code, "Move them first" in answer.text) == (409, True)
    answer = script.patch(f"/stages/{kit.new}", json={"team_ids": []})
    assert answer.json()["team_ids"] == []
    assert script.get("/stages").json()["items"][0]["team_ids"] == []


def test_a_reason_is_added_renamed_archived_and_brought_back(door, max_):
    here = "/settings/lists/lost-reasons"
    max_.send(here, name="Too dear")
    number = reasons(door)["Too dear"]
    again = max_.send(here, name="too DEAR")
    assert (again.status_code, "already" in again.text) == (422, True)
    max_.send(f"{here}/{number}", name="Too expensive")
    assert reasons(door)["Too expensive"] == number
    max_.send(f"{here}/{number}/archive")
    assert "Too expensive" not in reasons(door)
    assert "Bring back Too expensive" in max_.get(here).text
    max_.send(f"{here}/{number}/restore")
    assert "Too expensive" in reasons(door)
    assert max_.get("/settings/lists/colours").status_code == 404


def test_a_stage_in_use_asks_where_its_leads_go_and_undo_brings_both_back(door, max_):
    trial = door.kit.stage("Pilot")
    lead = door.kit.lead(stage_id=trial.id)
    here = f"/settings/stages/{trial.id}"
    assert "1 lead stands here" in max_.get(here).text
    assert max_.send(f"{here}/archive").status_code == 409
    asked = {"leads_to": door.kit.new}
    answer = max_.send(f"{here}/archive", **asked)
    assert "Pilot is out of the pipeline" in answer.text
    assert door.kit.fresh(lead).stage_id == door.kit.new
    assert "Bring back" in max_.get(here).text
    undo = re.search(r"/changes/[^/]+/undo", answer.text)
    assert undo
    max_.send(undo[0])
    assert door.kit.fresh(lead).stage_id == trial.id
    wrong = door.script("max").delete(f"/stages/{trial.id}?leads_to={door.kit.won}")
    assert (wrong.status_code, "cannot go" in wrong.text) == (409, True)
    done = door.script("max").delete(f"/stages/{trial.id}?leads_to={door.kit.new}")
    assert (done.status_code, door.kit.fresh(lead).stage_id) == (204, door.kit.new)


def test_stages_are_put_into_the_order_in_which_they_were_dropped(door, max_):
    ids = [stage.id for stage in stages(door).values()]
    turned = ",".join(str(one) for one in (ids[1], ids[0], *ids[2:]))
    assert max_.send("/settings/stages/order", ids=turned).status_code == 200
    assert [stage.id for stage in stages(door).values()][:2] == [ids[1], ids[0]]
    max_.send("/settings/stages/order", ids=",".join(map(str, ids)))
    assert max_.send("/settings/stages/order", ids="x").status_code == 422
