"""Qualifying through the API and in the page's dialog."""

import pytest

from crmkit.core import get_lead

from tests.web.doors import HTMX


@pytest.fixture
def lead(door):
    named = {"contact_name": "Ada", "company_name": "Aqua"}
    return door.lead("Pump", kind="lead", **named)["id"]


def test_a_script_qualifies_a_lead(door, lead):
    script = door.script("eve")
    sent = {"contact": {"mode": "create"}, "owner_id": door.kit.bob}
    answer = script.post(f"/leads/{lead}/qualify", sent)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["kind"], body["owner_id"]) == ("opportunity", door.kit.bob)
    person = script.get(f"/contacts/{body['contact_id']}").json()
    assert person["name"] == "Ada"
    assert script.post(f"/leads/{lead}/qualify", {}).status_code == 409


def test_to_link_a_contact_takes_its_id(door, lead):
    sent = {"contact": {"mode": "link"}}
    answer = door.script("eve").post(f"/leads/{lead}/qualify", sent)
    assert answer.status_code == 422


def test_the_dialog_proposes_the_contact_that_the_lead_names(door, lead):
    person = door.person("eve")
    assert f"/leads/{lead}/qualify" in person.get(f"/leads/{lead}").text
    script = door.script("eve")
    script("PATCH", f"/leads/{lead}", json={"company_name": "Hydro"})
    dialog = person("GET", f"/leads/{lead}/qualify", headers=HTMX).text
    assert '<option value="create" selected>New: Ada, Hydro</option>' in dialog
    form = {"contact": "create", "owner_id": "", "team_id": door.kit.lyon}
    answer = person("POST", f"/leads/{lead}/qualify", data=form, headers=HTMX)
    assert "Pump is an opportunity now" in answer.text
    with door.kit.read() as uow:
        found = get_lead(uow, lead)
        assert (found.owner_id, found.team_id) == (None, door.kit.lyon)
    assert f"/leads/{lead}/qualify" not in person.get(f"/leads/{lead}").text


def test_the_dialog_keeps_what_was_chosen_and_says_what_is_wrong(door, lead):
    person = door.person("eve")
    form = {"contact": "999", "owner_id": door.kit.tom}
    answer = person("POST", f"/leads/{lead}/qualify", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="contact-error"' in answer.text
    assert f'<option value="{door.kit.tom}" selected>' in answer.text
