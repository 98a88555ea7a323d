"""The list of contacts: groups and changes of many, as of leads."""

import re

import pytest

from tests.web.doors import HTMX


@pytest.fixture(scope="module", autouse=True)
def contacts(door):
    """A company and its three people in two cities."""
    script = door.script("eve")
    firm = script.post("/contacts", {"name": "Hydro", "kind": "company"}).json()["id"]
    people = [
        script.post(
            "/contacts",
            {"name": f"Sam {n}", "company_id": firm, "city": "Lyon" if n else "Lille"},
        ).json()["id"]
        for n in range(3)
    ]
    return firm, people


def look(door, headers=(), **query):
    answer = door.person("eve").get("/contacts", params=query, headers=dict(headers))
    assert answer.status_code == 200, answer.text
    return answer.text


def test_contacts_are_grouped_by_any_field_and_counted(door):
    text = look(door, group="city", filter="name contains sam")
    labels = re.findall(r'data-fold="rows-\d+"[^>]*aria-label="(\w+)"', text)
    assert labels == ["Lille", "Lyon"]
    assert "3 contacts" in text.partition("<tfoot")[2]
    offered = text.partition('id="group-menu"')[2].partition("</div>")[0]
    for name in re.findall(r"group=([a-z_]+)", offered):
        assert "ck-grouprow" in look(door, group=name), name
    rows = look(door, HTMX, group="city", n=3, **{"in": "Lyon"})
    assert 'hx-target="#rows-3"' in rows
    assert re.findall(r"Select (Sam \d)", rows) == ["Sam 1", "Sam 2"]
    by_company = look(door, group="company")
    assert 'aria-label="Hydro"' in by_company


def test_many_contacts_are_changed_tried_first_and_taken_back(door, contacts):
    eve, (firm, people) = door.person("eve"), contacts
    ids = ",".join(map(str, people))
    text = look(door)
    assert re.findall('data-do="([a-z]+)"', text) == ["assign", "edit", "delete"]
    asked = {"entity": "contact", "do": "edit", "ids": ids, "field": "city"}
    dialog = eve.get("/leads/bulk", params=asked, headers=HTMX).text
    assert "3 contacts are chosen." in dialog
    assert 'name="entity" value="contact"' in dialog
    tried = eve.send("/leads/bulk", **asked, value="Lille")
    assert "2 would change, 1 are so already, 0 would be refused." in tried.text
    started = eve.send("/leads/bulk", **asked, value="Lille", step="do").text
    (job_id,) = re.findall(r'hx-get="/leads/bulk/(\d+)"', started)
    door.kit.run_jobs()
    told = eve.get(f"/leads/bulk/{job_id}", headers=HTMX).text
    assert "2 contacts changed" in told
    script = door.script("eve")
    cities = {
        script.get(f"/contacts/{one}").json()["address"]["city"] for one in people
    }
    assert cities == {"Lille"}
    (change_id,) = re.findall(r"/changes/([\w-]+)/undo", told)
    assert script.post(f"/changes/{change_id}/undo", {}).status_code == 200
    assert script.get(f"/contacts/{people[2]}").json()["address"]["city"] == "Lyon"
    assert script.get(f"/contacts/{firm}").json()["address"]["city"] is None


def test_all_that_a_filter_finds_goes_to_the_bin(door):
    script = door.script("eve")
    gone = script.post("/contacts", {"name": "Unwanted"}).json()["id"]
    form = {"entity": "contact", "do": "delete", "every": "on", "step": "do"}
    door.person("eve").send("/leads/bulk", **form, filter="name = Unwanted")
    door.kit.run_jobs()
    assert script.get(f"/contacts/{gone}").status_code == 404
    assert "Unwanted" not in look(door)


def test_what_contacts_have_not_is_not_done_to_them(door, contacts):
    refused = door.person("eve").send(
        "/leads/bulk", entity="contact", do="win", ids=str(contacts[0])
    )
    assert refused.status_code == 422
    assert "Contacts are edited, or put into the bin." in refused.text
    named = {"entity": "contact", "do": "edit", "field": "company"}
    wrong = door.person("eve").send(
        "/leads/bulk", **named, ids=str(contacts[1][0]), value="Nobody & Co"
    )
    assert wrong.status_code == 422
    assert "There is no contact" in wrong.text
