"""The pipeline as it was on a day, and what changed between two."""

import pytest

from crmkit.core import get_lead, get_stage, move_lead


@pytest.fixture
def then(own_door, clock):
    """A day on which a lead was new and another was not there yet."""
    kit = own_door.kit
    lead = kit.lead("Pump station", expected_revenue=1000)
    day = clock.now().date().isoformat()
    clock.advance(days=3)
    with kit.work() as uow:
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
    kit.lead("Harbour light", expected_revenue=500)
    return day


def test_the_board_of_a_day_shows_where_leads_stood(own_door, then):
    eve = own_door.person("eve")
    text = eve.get(f"/pipeline/past?as_of={then}").text
    assert "Pump station" in text
    assert "Harbour light" not in text
    assert "data-lead" not in text
    assert f"/pipeline/changes?from={then}" in text
    assert "/pipeline/past" in eve.get("/pipeline").text


def test_a_day_to_come_is_refused_beside_the_field(own_door):
    answer = own_door.person("eve").get("/pipeline/past?as_of=2099-01-01")
    assert (answer.status_code, "has not come yet" in answer.text) == (422, True)


def test_what_changed_adds_up_and_names_the_leads(own_door, then):
    eve = own_door.person("eve")
    text = eve.get(f"/pipeline/changes?from={then}").text
    assert "Pump station" in text
    assert "Harbour light" in text
    assert "€1,500" in text
    only = eve.get(f"/pipeline/changes?from={then}&kind=entered").text
    assert ("Harbour light" in only, "Pump station" in only) == (True, False)
    turned = eve.get(f"/pipeline/changes?from=2026-11-26&to={then}")
    assert (turned.status_code, "comes after" in turned.text) == (422, True)
