"""The OpenAPI document: every operation is named, described and shown by example."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from crmkit.web.api.document import name_operation

METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document(door):
    return door.stranger.get("/api/v1/openapi.json").json()


def _operations(document):
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                yield f"{method} {path}", operations[method]


def _media(operation):
    """Every body of an operation that is JSON and not a problem."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for status, response in operation["responses"].items():
        if status < "3":
            yield from response.get("content", {}).values()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document):
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names))
    for route, operation in _operations(document):
        assert operation["description"].strip(), route
        assert operation["tags"], route


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("get /api/v1/leads", "list_leads"),
        ("post /api/v1/leads", "create_lead"),
        ("get /api/v1/leads/{lead_id}", "read_lead"),
        ("patch /api/v1/leads/{lead_id}", "change_lead"),
        ("post /api/v1/leads/{lead_id}/move", "move_lead"),
        ("post /api/v1/leads/{lead_id}/notes", "create_lead_note"),
        ("get /api/v1/lost-reasons", "list_lost_reasons"),
        ("get /api/v1/pipeline", "read_pipeline"),
        ("delete /api/v1/teams/{team_id}/members/{user_id}", "delete_team_member"),
        ("post /api/v1/changes/{change_id}/undo", "undo_change"),
        ("get /api/v1/p/scoring/model", "read_scoring_model"),
    ],
)
def test_names_follow_the_address(route, name):
    assert name_operation(*route.split(" ")) == name


def test_every_answer_is_described_with_an_example_that_fits(document):
    for route, operation in _operations(document):
        for media in _media(operation):
            assert media["schema"], route
            schema = {**media["schema"], "components": document["components"]}
            jsonschema_rs.validate(schema, media["example"])


def test_every_refusal_is_a_problem_and_every_route_but_health_needs_a_token(document):
    for route, operation in _operations(document):
        if "/api/v1/" not in route:
            continue
        assert operation["security"] == [{"token": []}], route
        assert {"401", "403", "404", "422", "503"} <= set(operation["responses"]), route
    problem = document["components"]["responses"]["Problem422"]["content"]
    assert list(problem) == ["application/problem+json"]
    assert "HTTPValidationError" not in json.dumps(document)


def test_whatever_is_referred_to_is_there(document):
    text = json.dumps(document)
    for part in text.split('"$ref": "#/')[1:]:
        found = document
        for key in part.split('"')[0].split("/"):
            found = found[key]
        assert found


def test_a_merge_patch_takes_every_field_of_the_draft_and_null(document):
    patch = document["paths"]["/api/v1/leads/{lead_id}"]["patch"]
    content = patch["requestBody"]["content"]
    assert set(content) == {"application/json", "application/merge-patch+json"}
    schema = content["application/merge-patch+json"]["schema"]
    assert {"name", "stage_id", "owner_id", "address"} <= set(schema["properties"])
    assert {"type": "null"} in schema["properties"]["email"]["anyOf"]
    assert schema.get("required", []) == []


def test_a_merge_patch_may_be_sent_as_what_it_is(door):
    eve, lead = door.script("eve"), door.lead()
    headers = {"content-type": "application/merge-patch+json"}
    content = b'{"email": "ada@example.org"}'
    path = f"/leads/{lead['id']}"
    answer = eve("PATCH", path, content=content, headers=headers)
    assert answer.json()["email"] == "ada@example.org"


def test_what_is_created_links_to_what_can_be_done_with_it(document):
    links = document["paths"]["/api/v1/leads"]["post"]["responses"]["201"]["links"]
    assert {"read_lead", "move_lead", "delete_lead"} <= set(links)
    assert links["win_lead"]["parameters"] == {"lead_id": "$response.body#/id"}
