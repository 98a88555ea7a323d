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
    eve.patch(one, {"name": f"Newer {path}"})
    assert eve.get(one, headers={"if-none-match": etag}).status_code == 200
    eve.delete(one)


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
