"""Similar leads through the API and in the pages."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.plugins("duplicates")
HTMX = {"hx-request": "true", "hx-request-type": "partial"}


@pytest.fixture
def pair(crm_door):
    first = crm_door.lead("First", email="a@aqua.example")["id"]
    return first, crm_door.lead("Second", email="b@aqua.example")["id"]


def test_a_script_gets_similar_leads_with_the_reasons(crm_door, pair):
    script = crm_door.script("eve")
    answer = script.get(f"/leads/{pair[0]}/duplicates")
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert item["lead"]["id"] == pair[1]
    assert item["reasons"] == ["Same mail domain, aqua.example"]
    found = script.post("/leads/duplicates", {"email": "c@aqua.example"}).json()
    assert {one["lead"]["id"] for one in found["items"]} == set(pair)
    assert script.get(f"/leads/{pair[0]}/duplicates").json() == answer.json()


def test_a_lead_shows_similar_ones_and_leads_to_comparing_them(crm_door, pair):
    text = crm_door.person("eve").get(f"/leads/{pair[0]}").text
    assert "Similar leads" in text
    assert f"/leads/merge?ids={pair[0]},{pair[1]}" in text


def test_the_form_of_a_new_lead_says_what_is_here_already(crm_door, pair):
    person = crm_door.person("eve")
    assert 'hx-get="/leads/similar"' in person("GET", "/leads/new", headers=HTMX).text
    found = person("GET", "/leads/similar?email=z@aqua.example", headers=HTMX).text
    assert f'href="/leads/{pair[0]}"' in found
    assert "Same mail domain, aqua.example" in found
    nothing = person("GET", "/leads/similar?email=z@other.example", headers=HTMX).text
    assert nothing.strip() == ""


def test_who_qualifies_a_lead_is_offered_its_twins(crm_door, pair):
    script, eve = crm_door.script("eve"), crm_door.person("eve")
    body = {"name": "Third", "email": "c@aqua.example", "kind": "lead"}
    third = script.post("/leads", body).json()["id"]
    asked = eve("GET", f"/leads/{third}/qualify", headers=HTMX).text
    assert "Merge it into First" in asked
    assert "Same mail domain, aqua.example" in asked
    done = eve.send(f"/leads/{third}/qualify", contact="none", merge_into=pair[0])
    assert "Third went into First" in done.text
    assert script.get(f"/leads/{third}").status_code == 404
