"""Two at once, on every record that has a version: judged by field, told by ETag."""

from __future__ import annotations

import pytest

from tests.web.cases import CHOICES

# Of each kind: how one is made, what both change, and what only the other changes.
NAMES = ({"name": "Theirs"}, {"name": "Mine"})
KINDS = {
    "stages": ({"name": "Step"}, *NAMES, {"guidance": "Ask."}),
    "teams": ({"name": "Crew"}, *NAMES, {"leader_id": 1}),
    "users": ({"name": "Bob"}, *NAMES, {"locale": "fr"}),
    "views": ({"name": "Hot"}, *NAMES, {"words": "pump"}),
    "activity-types": ({"name": "Visit"}, *NAMES, {"delay_days": 3}),
    "contacts": ({"name": "Ada"}, *NAMES, {"phone": "1"}),
    "fields": (
        {"slug": "versioned", "label": "Site"},
        {"label": "Theirs"},
        {"label": "Mine"},
        {"help": "Square metres."},
    ),
    "templates": (
        {"name": "Hello", "texts": {"en": {"subject": "Hello", "text": "Good day."}}},
        *NAMES,
        {"texts": {"en": {"subject": "Hello", "text": "Good evening."}}},
    ),
    **{path: ({"name": f"Old {path}"}, *NAMES, None) for path in CHOICES},
}


@pytest.fixture
def eve(door):
    return door.script("eve")


@pytest.mark.parametrize("path", KINDS)
def test_a_stale_change_is_refused_with_the_record_as_it_is(eve, path):
    new, theirs, mine, other = KINDS[path]
    made = eve.post(f"/{path}", new)
    assert made.status_code == 201, made.text
    one, old = f"/{path}/{made.json()['id']}", {"if-match": made.headers["etag"]}
    now = eve.patch(one, theirs).json()
    refused = eve.patch(one, mine, headers=old)
    assert refused.status_code == 412, refused.text
    assert refused.json()["current"] == now
    assert eve.patch(one, theirs, headers=old).status_code == 200
    if other is not None:
        assert eve.patch(one, other, headers=old).status_code == 200
    eve.delete(one)


@pytest.mark.parametrize("path", [path for path in KINDS if path != "fields"])
def test_who_has_the_record_as_it_is_gets_no_copy(eve, path):
    made = eve.post(f"/{path}", KINDS[path][0])
    one, etag = f"/{path}/{made.json()['id']}", made.headers["etag"]
    for value in (etag, f"W/{etag}", f'"77", {etag}', "*"):
        same = eve.get(one, headers={"if-none-match": value})
        assert (same.status_code, same.content) == (304, b""), value
        assert same.headers["etag"] == etag
    assert eve.get(one, headers={"if-none-match": '"77"'}).json() == made.json()
    _, _, mine, *_ = KINDS[path]
    assert eve.patch(one, mine).status_code == 200
    assert eve.get(one, headers={"if-none-match": etag}).status_code == 200
    eve.delete(one)


def test_the_capacity_of_a_member_is_not_changed_over(door, eve):
    team = eve.post("/teams", {"name": "Pumps"}).json()["id"]
    draft = {"user_id": door.kit.ann, "capacity": 5}
    made = eve.post(f"/teams/{team}/members", draft)
    one, old = f"/teams/{team}/members/{door.kit.ann}", made.headers["etag"]
    assert eve.get(one, headers={"if-none-match": old}).status_code == 304
    now = eve.patch(one, {"capacity": 7}, headers={"if-match": old})
    assert now.json() == {**made.json(), "version": 2, "capacity": 7}
    refused = eve.patch(one, {"capacity": 9}, headers={"if-match": old})
    assert refused.status_code == 412, refused.text
    assert refused.json()["theirs"] == {"capacity": 7}
    assert refused.json()["current"] == now.json() == eve.get(one).json()
    assert eve.patch(one, {"capacity": 7}, headers={"if-match": old}).is_success
    newest = {"if-match": now.headers["etag"]}
    assert eve.patch(one, {"capacity": 9}, headers=newest).json()["version"] == 3


def test_the_catalogue_names_the_number_by_which_a_field_is_changed(eve):
    made = eve.post("/fields", {"slug": "numbered", "label": "Site"})
    number, known = made.json()["id"], {"if-none-match": made.headers["etag"]}
    assert eve.get(f"/fields/{number}").json() == made.json()
    assert eve.get(f"/fields/{number}", headers=known).status_code == 304
    listed = {one["name"]: one["id"] for one in eve.get("/fields").json()["items"]}
    assert listed["numbered"] == number
    assert listed["name"] is listed["email"] is None


def test_an_activity_that_was_changed_since_is_not_changed_over(door, eve):
    lead = door.lead()
    draft = {"type": "call", "due_on": "2026-12-01"}
    made = eve.post(f"/leads/{lead['id']}/activities", draft)
    one, old = f"/activities/{made.json()['id']}", {"if-match": made.headers["etag"]}
    now = eve.patch(one, {"summary": "Theirs"}).json()
    refused = eve.patch(one, {"summary": "Mine"}, headers=old)
    assert refused.status_code == 412
    assert refused.json()["current"] == now
    assert eve.patch(one, {"summary": "Theirs"}, headers=old).status_code == 200


def test_a_lead_is_answered_whole_as_its_next_step_has_no_part_in_its_version(
    door, eve
):
    lead = door.lead()
    known = {"if-none-match": f'"{lead["version"]}"'}
    draft = {"type": "call", "due_on": "2026-12-01"}
    eve.post(f"/leads/{lead['id']}/activities", draft)
    answer = eve.get(f"/leads/{lead['id']}", headers=known)
    assert answer.status_code == 200
    assert answer.json()["next_activity"]["type"] == "call"
