from __future__ import annotations

import pytest
from sqlalchemy import func, select

from crmkit.core import Lead
from crmkit_data_exchange.tables import Import

pytestmark = pytest.mark.plugins("data_exchange")

IMPORTS = "/api/v1/p/data_exchange/imports"
EXPORT = "/api/v1/p/data_exchange/export"
FILE = {"file": ("deals.csv", b"Deal,Mail\nA,a@b.org\nB,bad\n")}


def test_an_import_is_started_run_and_undone(doors, kit):
    api = doors.api(kit.ann)
    started = api.post(IMPORTS, data={"entity": "lead"}, files=FILE)
    assert started.status_code == 201
    assert started.json()["state"] == "draft"
    path = f"{IMPORTS}/{started.json()['id']}"
    assert api.post(f"{path}/run").json()["state"] == "running"
    kit.run_jobs()
    done = api.get(path).json()
    assert (done["state"], done["created"], done["failed"]) == ("done", 1, 1)
    assert done["errors"][0]["message"] == "“bad” is not a mail address."
    assert [item["id"] for item in api.get(IMPORTS).json()["items"]] == [done["id"]]
    assert api.post(f"{path}/undo").json()["state"] == "undoing"
    kit.run_jobs()
    assert api.get(path).json()["state"] == "undone"
    assert api.post(f"{path}/run").status_code == 409
    assert api.post(f"{path}/undo").status_code == 409


def test_a_dry_run_leaves_no_trace(doors, kit):
    api = doors.api(kit.ann)
    answer = api.post(IMPORTS, data={"entity": "lead", "dry_run": "true"}, files=FILE)
    assert answer.status_code == 200
    assert (answer.json()["created"], answer.json()["failed"]) == (1, 1)
    with kit.read() as uow:
        for table in (Import, Lead):
            assert uow.session.scalar(select(func.count()).select_from(table)) == 0


def test_a_mapping_goes_with_the_file(doors, kit):
    api = doors.api(kit.ann)
    mapping = '{"entity": "lead", "columns": {"Mail": "name"}}'
    data = {"entity": "lead", "mapping": mapping}
    path = f"{IMPORTS}/{api.post(IMPORTS, data=data, files=FILE).json()['id']}"
    api.post(f"{path}/run")
    kit.run_jobs()
    assert api.get(path).json()["created"] == 2
    with kit.read() as uow:
        names = uow.session.scalars(select(Lead.name).order_by(Lead.id))
        assert list(names) == ["a@b.org", "bad"]


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("{", "This mapping cannot be read"),
        ('{"entity": "lead", "columns": {"Deal": "nonsense"}}', "nonsense"),
        ('{"entity": "lead", "columns": {"Nowhere": "name"}}', "Nowhere"),
        ('{"entity": "contact", "columns": {}}', "This mapping is for “contact”"),
        (
            '{"entity": "lead", "columns": {}, "match_by": ["stage"]}',
            "cannot be matched by “stage”",
        ),
        (
            '{"entity": "lead", "columns": {"Deal": {"field": "name", "lookup": "p"}}}',
            "“p”, which was not given",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_a_sentence(
    doors, kit, mapping, sentence
):
    data = {"entity": "lead", "mapping": mapping, "dry_run": "1"}
    answer = doors.api(kit.ann).post(IMPORTS, data=data, files=FILE)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_an_import_of_somebody_else_is_not_there(doors, kit):
    started = doors.api(kit.ann).post(IMPORTS, data={"entity": "lead"}, files=FILE)
    path = f"{IMPORTS}/{started.json()['id']}"
    bob = doors.api(kit.bob)
    assert bob.get(path).status_code == 404
    assert bob.post(f"{path}/run").status_code == 404
    assert bob.get(IMPORTS).json()["items"] == []
    assert doors.api(kit.max).get(path).status_code == 200


def test_an_export_holds_what_the_token_may_see(doors, kit):
    kit.lead("Hers")
    kit.lead("Theirs", owner_id=kit.oli, team_id=kit.oslo)
    lines = doors.api(kit.ann).get(f"{EXPORT}/leads").text.splitlines()
    assert len(lines) == 1
    assert '"name": "Hers"' in lines[0]
    assert doors.api(kit.ann).get(f"{EXPORT}/leads?filter=x(").status_code == 422
    assert doors.api(kit.ann).get(f"{EXPORT}/teams").status_code == 422


def test_the_document_says_what_scripts_send_and_get(doors, kit):
    document = doors.api(kit.eve).get("/api/v1/openapi.json").json()
    own = {
        (method, path): operation
        for path, operations in document["paths"].items()
        if path.startswith("/api/v1/p/data_exchange/")
        for method, operation in operations.items()
    }
    assert len(own) == 6
    for route, operation in own.items():
        media = [
            one
            for status, answer in operation["responses"].items()
            if status < "3"
            for one in answer["content"].values()
        ]
        assert media, route
        assert all(one["schema"] and one["example"] for one in media), route
    sent = own["post", IMPORTS]["requestBody"]["content"]["multipart/form-data"]
    assert {"file", "entity", "mapping"} <= set(sent["schema"]["properties"])
    assert {"200", "201"} <= set(own["post", IMPORTS]["responses"])


def test_a_stranger_is_told_to_sign_in_whatever_he_sends(doors, kit):
    stranger = doors.api(kit.ann)
    stranger.headers.pop("authorization")
    assert stranger.post("/api/v1/p/data_exchange/imports").status_code == 401


def test_an_entity_that_is_not_there_is_refused_not_taken_for_leads(doors, kit):
    api = doors.api(kit.ann)
    answer = api.post(
        "/api/v1/p/data_exchange/imports",
        data={"entity": "ship"},
        files={"file": ("ships.csv", b"Name\nAnn\n")},
    )
    assert answer.status_code in {404, 422}
    assert "ship" in answer.json()["detail"]
