"""Editing a lead in a cell of the list."""

import re

import pytest

from tests.web.doors import HTMX

IN_LIST = {"in_list": "on", "columns": "name,priority,weighted_revenue,stage"}


@pytest.fixture(scope="module")
def lead(door):
    """A lead that nobody else edits."""
    return door.lead("In its cell", expected_revenue=500, priority=1)


def edit(door, lead_id, name, **values):
    path = f"/leads/{lead_id}/fields/{name}"
    return door.person("eve")("POST", path, data=IN_LIST | values, headers=HTMX)


def test_the_form_of_a_cell_stands_in_it_and_keeps_the_list(door, lead):
    path = f"/leads/{lead['id']}/fields/priority"
    asked = IN_LIST | {"filter": "priority = 1", "sort": "-name"}
    form = door.person("eve").get(path, params=asked, headers=HTMX).text
    place = f"[data-row=&#39;{lead['id']}&#39;] &gt; [data-cell=&#39;priority&#39;]"
    assert f'hx-target="{place}"' in form
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    version = kept.pop("version")
    assert kept == asked
    assert int(version) == lead["version"]


def test_a_saved_cell_answers_its_row_and_the_sums_of_the_filter(door, lead):
    answer = edit(
        door, lead["id"], "priority", value="3", filter='name = "In its cell"'
    )
    assert answer.status_code == 200
    row = answer.text.partition("<tr data-row")[2].partition("</tr>")[0]
    assert re.findall('data-cell="([a-z_]+)"', row) == ["name", "priority", "stage"]
    assert "#leads > tfoot" in answer.text
    assert "1 lead" in answer.text.partition("<tfoot")[2]
    assert "Priority saved" in answer.text
    assert "data-undo" in answer.text
    assert "lead-head" not in answer.text


def test_a_lead_stays_in_its_row_though_the_filter_lets_go_of_it(door, lead):
    answer = edit(door, lead["id"], "priority", value="2", filter="priority = 0")
    assert f'<tr data-row="{lead["id"]}"' in answer.text
    assert "data-stale" not in answer.text
    grouped = edit(door, lead["id"], "priority", value="0", group="priority")
    assert "data-stale" in grouped.text


def test_the_stage_of_a_cell_moves_the_lead(door, lead):
    kit = door.kit
    answer = edit(door, lead["id"], "stage", value=str(kit.proposal))
    assert "Stage saved" in answer.text
    assert door.script("eve").get(f"/leads/{lead['id']}").json()["stage_id"] == (
        kit.proposal
    )
    for wrong in ("", "much", "999999"):
        refused = edit(door, lead["id"], "stage", value=wrong)
        assert refused.status_code == 422, wrong
        assert 'role="alert"' in refused.text


def test_a_refused_value_stays_in_its_cell_and_a_conflict_shows_both(door, lead):
    refused = edit(door, lead["id"], "name", value="", version="1")
    assert refused.status_code == 422
    assert "data-cell=&#39;name" in refused.text
    script = door.script("eve")
    version = script.get(f"/leads/{lead['id']}").json()["version"]
    script.patch(f"/leads/{lead['id']}", json={"name": "Theirs"})
    answer = edit(door, lead["id"], "name", value="Mine", version=str(version))
    assert answer.status_code == 409
    assert {"Mine", "Theirs"} <= set(re.findall(r"\w+", answer.text))
    assert 'name="in_list" value="on"' in answer.text
