"""The bin: what was deleted is shown, brought back, and by admins let go for good."""

import re

import pytest

from crmkit.core import HitKind, list_deleted
from crmkit.testing import statements

from tests.web.doors import HTMX, fields_of_problem

PATHS = {"lead": "leads", "contact": "contacts", "activity": "activities"}


@pytest.fixture
def deleted(own_door):
    """A lead and a contact of Ann's and an activity of a lead, all deleted by Tom."""
    kit, tom = own_door.kit, own_door.script("tom")
    lead = own_door.lead("Gone", owner_id=kit.ann, team_id=kit.lyon, company_name="A")
    other = own_door.lead("Here", owner_id=kit.tom, team_id=kit.lyon)
    contact = tom.post("/contacts", {"name": "Ada"}).json()["id"]
    asked = {"type": "call", "summary": "Ring", "due_on": "2026-12-01"}
    activity = tom.post(f"/leads/{other['id']}/activities", asked).json()["id"]
    own_door.script("eve").delete(f"/leads/{lead['id']}")
    tom.delete(f"/contacts/{contact}")
    tom.delete(f"/activities/{activity}")
    return {"lead": lead["id"], "contact": contact, "activity": activity}


def names(text):
    return re.findall(r'<span class="ck-name">([^<]+)', text)


def test_what_was_deleted_is_shown_with_who_and_until_when(own_door, deleted):
    (record,) = own_door.script("ann").get("/bin").json()["items"]
    assert record == {
        "kind": "lead",
        "id": deleted["lead"],
        "name": "Gone",
        "line": "A",
        "deleted_at": record["deleted_at"],
        "deleted_by": "Eve",
        "kept_until": "2027-02-22",
    }
    for kind, name in (("contact", "Ada"), ("activity", "Ring")):
        (record,) = own_door.script("tom").get(f"/bin?kind={kind}").json()["items"]
        assert (record["name"], record["deleted_by"]) == (name, "Tom")
        page = own_door.person("tom").get(f"/bin?kind={kind}").text
        assert names(page) == [name]
        assert "Delete for good" not in page
    assert own_door.script("oli").get("/bin").json()["items"] == []


@pytest.mark.parametrize("kind", list(HitKind))
def test_records_are_brought_back_together_and_others_stay(own_door, deleted, kind):
    tom = own_door.script("tom")
    body = {"kind": kind.value, "ids": [deleted[kind.value], 999]}
    answer = tom.post("/bin/restore", body).json()
    assert answer["restored"] == 1
    assert [one["id"] for one in answer["refused"]] == [999]
    assert tom.get(f"/bin?kind={kind.value}").json()["items"] == []
    path = {"lead": "leads", "contact": "contacts", "activity": "activities"}[
        kind.value
    ]
    assert tom.get(f"/{path}/{deleted[kind.value]}").status_code == 200


def test_the_page_brings_back_and_offers_the_way_back_of_that(own_door, deleted):
    ann = own_door.person("ann")
    done = ann.send("/bin/restore", kind="lead", ids=deleted["lead"])
    assert "1 restored" in done.text
    (undo,) = re.findall(r'hx-post="(/changes/\w+/undo)"', done.text)
    assert names(ann.get("/bin").text) == []
    assert ann.send(undo).status_code == 200
    assert names(ann.get("/bin").text) == ["Gone"]
    refused = ann.send("/bin/restore", kind="contact", ids=99).text
    assert "0 restored" in refused


def test_only_admins_let_go_for_good_and_are_asked_first(own_door, deleted):
    sent = {"kind": "lead", "ids": deleted["lead"]}
    assert own_door.person("max").send("/bin/purge", **sent).status_code == 403
    eve = own_door.person("eve")
    assert "Delete for good" in eve.get("/bin").text
    asked = eve.send("/bin/purge", **sent)
    assert "nobody brings them back" in asked.text
    assert names(eve.get("/bin").text) == ["Gone"]
    assert "1 gone for good" in eve.send("/bin/purge", **sent, is_sure="on").text
    assert names(eve.get("/bin").text) == []
    assert "Nothing here" in eve.get("/bin").text


def test_scripts_let_go_what_is_in_the_bin_and_nothing_else(own_door, deleted):
    eve = own_door.script("eve")
    there = own_door.lead("There")["id"]
    body = {"kind": "lead", "ids": [deleted["lead"], there]}
    assert eve.post("/bin/purge", body).json() == {
        "purged": [deleted["lead"]],
        "kept": [],
    }
    assert eve.get(f"/leads/{there}").status_code == 200
    wrong = eve.post("/bin/purge", {"kind": "activity", "ids": [1]})
    assert "kind" in fields_of_problem(wrong)


def test_a_long_bin_is_read_in_pages_of_two_statements(own_door):
    script = own_door.script("eve")
    ids = [own_door.lead(f"Gone {n}")["id"] for n in range(5)]
    for number in ids:
        script.delete(f"/leads/{number}")
    seen, cursor = list[int](), ""
    while not seen or cursor:
        page = script.get(f"/bin?limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"] or ""
    assert sorted(seen) == ids
    with own_door.kit.read() as uow:
        uow.session.connection()
        with statements(own_door.kit.crm) as sent:
            list_deleted(uow, HitKind.LEAD)
    assert len(sent) == 2
    first = own_door.person("eve").get("/bin?cursor=x", headers=HTMX)
    assert first.status_code == 422
