"""What scripts rely on by name: paths, verbs and keys, as they were promised."""

from __future__ import annotations

import pytest

# Mails of a lead come with sending mail, similar leads with the plugin duplicates.
PROMISED = {
    "/leads": "GET POST",
    "/leads/{lead_id}": "GET PATCH DELETE",
    "/leads/{lead_id}/qualify": "POST",
    "/leads/{lead_id}/move": "POST",
    "/leads/{lead_id}/win": "POST",
    "/leads/{lead_id}/lose": "POST",
    "/leads/{lead_id}/restore": "POST",
    "/leads/{lead_id}/archive": "POST",
    "/leads/merge": "POST",
    "/leads/unmerge": "POST",
    "/leads/bulk": "POST",
    "/leads/{lead_id}/timeline": "GET",
    "/leads/{lead_id}/notes": "POST",
    "/leads/{lead_id}/activities": "GET POST",
    "/activities": "GET",
    "/activities/{activity_id}": "GET PATCH DELETE",
    "/activities/{activity_id}/done": "POST",
    "/leads/{lead_id}/attachments": "GET POST",
    "/files/{file_id}": "GET",
    "/pipeline": "GET",
    "/stages": "GET POST",
    "/stages/{stage_id}": "GET PATCH DELETE",
    "/teams": "GET POST",
    "/teams/{team_id}": "GET PATCH DELETE",
    "/teams/{team_id}/members": "GET POST",
    "/teams/{team_id}/members/{user_id}": "PATCH DELETE",
    "/lost-reasons": "GET POST",
    "/tags": "GET POST",
    "/sources": "GET POST",
    "/mediums": "GET POST",
    "/campaigns": "GET POST",
    "/contacts": "GET POST",
    "/contacts/{contact_id}": "GET PATCH DELETE",
    "/users": "GET POST",
    "/users/{user_id}": "GET PATCH DELETE",
    "/activity-types": "GET POST",
    "/views": "GET POST",
    "/views/{view_id}": "GET PATCH DELETE",
    "/currencies": "GET POST",
    "/currencies/{code}": "GET PATCH DELETE",
    "/events": "GET",
    "/changes/{change_id}/undo": "POST",
    "/jobs": "GET",
    "/jobs/{job_id}": "GET",
    "/jobs/{job_id}/retry": "POST",
    "/jobs/{job_id}/cancel": "POST",
    "/fields": "GET",
    "/search": "GET",
    "/access/explain": "GET",
    "/plugins": "GET",
    "/plugins/{plugin_id}": "GET PATCH",
    "/settings": "GET PATCH",
}
CHOICES = ("lost-reasons", "tags", "sources", "mediums", "campaigns")
PROMISED |= {f"/{path}/{{record_id}}": "GET PATCH DELETE" for path in CHOICES}
ADDRESS = "street street2 zip city state country".split()
LEAD = (
    "id version kind status archived_at name contact_id contact_name company_name "
    "email phone website address language stage_id team_id owner_id priority tags "
    "source medium campaign expected_revenue currency base_revenue probability "
    "probability_is_manual automatic_probability weighted_revenue expected_close "
    "lost_reason_id lost_note created_at updated_at stage_entered_at assigned_at "
    "qualified_at closed_at next_activity custom ext"
).split()
CONTACT = (
    "id version kind name company_id email phone website vat address language "
    "industry employees owner_id custom"
).split()
COLUMN = "stage_id name count sum weighted_sum activity cards".split()
EVENT = "id at actor_id kind lead_id change_id values".split()
LISTS = [
    path
    for path, verbs in PROMISED.items()
    if "{" not in path
    and "GET" in verbs
    and path not in {"/pipeline", "/access/explain", "/search"}
]
PAGED = ("/leads", "/contacts", "/activities", "/events", "/jobs")


@pytest.fixture(scope="module")
def eve(door):
    script = door.script("eve")
    lead = door.lead("Pump station", owner_id=door.kit.ann)
    draft = {"type": "call", "due_on": "2026-12-01"}
    script.post(f"/leads/{lead['id']}/activities", draft)
    script.post("/contacts", {"name": "Ada", "kind": "company"})
    return script


def test_every_promised_path_has_its_verbs(door):
    paths = door.stranger.get("/api/v1/openapi.json").json()["paths"]
    lacking = {
        path: verbs
        for path, verbs in PROMISED.items()
        if not set(verbs.lower().split()) <= set(paths.get(f"/api/v1{path}", ()))
    }
    assert lacking == {}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_stands_in_items(eve, path):
    body = eve.get(path).json()
    assert isinstance(body["items"], list)
    if path in PAGED:
        assert {"next_cursor", "has_more"} <= set(body)


def test_leads_and_contacts_have_the_promised_keys(eve):
    listed = eve.get("/leads?ext=all&total=exact").json()
    assert listed["total"] >= 1
    for lead in (listed["items"][0], eve.get("/leads/1").json()):
        assert set(LEAD) <= set(lead)
        assert set(ADDRESS) == set(lead["address"])
        assert isinstance(lead["expected_revenue"], str)
        assert lead["next_activity"]["state"] == "planned"
    contact = eve.get("/contacts").json()["items"][0]
    assert set(CONTACT) <= set(contact)
    assert set(ADDRESS) == set(contact["address"])


def test_board_history_and_search_have_the_promised_keys(eve):
    columns = eve.get("/pipeline").json()["columns"]
    assert set(COLUMN) <= set(columns[0])
    assert set(columns[0]["activity"]) == {"late", "today", "planned", "none"}
    assert {"base", "by_currency", "missing_rates"} <= set(columns[0]["sum"])
    assert set(EVENT) <= set(eve.get("/events?lead_id=1").json()["items"][0])
    assert eve.get("/search?q=pump").json()["items"]
    access = eve.get("/access/explain?user_id=1&lead_id=1").json()
    assert set(access["see"]) == {"allowed", "reasons"}


def test_errors_are_problems(eve):
    answers = {404: eve.get("/leads/999"), 422: eve.post("/leads", {"name": ""})}
    for status, answer in answers.items():
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert {"type", "title", "status", "detail"} <= set(body)
        assert body["status"] == answer.status_code == status
    assert set(answers[422].json()["errors"][0]) == {"field", "message"}
