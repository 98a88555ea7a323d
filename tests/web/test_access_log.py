import json

import pytest

from crmkit.core.logs import JsonLines

from tests.web.test_mechanics import _commits_fail


@pytest.fixture
def lines(caplog):
    """The lines of requests logged so far, as objects."""
    caplog.set_level("INFO", "crmkit.access")

    def read(logger="crmkit.access"):
        records = [record for record in caplog.records if record.name == logger]
        return [json.loads(JsonLines().format(record)) for record in records]

    return read


def test_each_request_is_a_line_with_its_route_and_cost(door, lines):
    lead = door.lead("Pump station")
    before = len(lines())
    answer = door.person("eve").get(f"/leads/{lead['id']}?q=zoe@hydrolis.example")
    line = lines()[before]
    assert (line["method"], line["route"]) == ("GET", "/leads/{lead_id}")
    assert (line["status"], answer.status_code) == (200, 200)
    assert 1 <= line["statements"] <= 12
    assert line["ms"] > 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/healthz", "/healthz"),
        ("/api/v1/leads?q=x", "/api/v1/leads"),
        ("/api/v1/leads/5/timeline", "/api/v1/leads/{lead_id}/timeline"),
        ("/nowhere/zoe@hydrolis.example", "none"),
        ("/p/nothing/zoe", "none"),
    ],
)
def test_a_path_is_logged_as_its_template_only(door, lines, path, route):
    before = len(lines())
    door.stranger.get(path)
    assert [line["route"] for line in lines()[before:]] == [route]


def test_an_id_that_comes_with_a_request_is_kept_if_it_is_one(door):
    given = {"x-request-id": "proxy-12345678"}
    answer = door.stranger.get("/healthz", headers=given)
    assert answer.headers["x-request-id"] == "proxy-12345678"
    for bad in ("short", "a b c d e f g", "x" * 65, "<script>alert"):
        answer = door.stranger.get("/healthz", headers={"x-request-id": bad})
        assert len(answer.headers["x-request-id"]) == 32


def test_a_problem_names_the_request_that_it_is_of(door):
    script = door.script("eve")
    for answer in (
        script.get("/leads/999999"),
        script.post("/leads", {"nme": "x"}),
        script.get("/p/nothing/here"),
        door.stranger.get("/api/v1/leads"),
        script.get("/nowhere"),
    ):
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_failure_is_logged_under_the_id_of_its_answer_and_names_nobody(
    own_door, lines, caplog
):
    person = {"contact_name": "Zoé", "email": "z@hydrolis.example", "phone": "+3361"}
    script, lead = own_door.script("eve"), own_door.lead("Pump station")
    with _commits_fail():
        answer = script.patch(f"/leads/{lead['id']}", person)
    assert answer.status_code == 500
    assert lines()[-1]["status"] == 500
    failed = [record for record in caplog.records if record.name == "crmkit.web"]
    assert len(failed) == 1
    logged = JsonLines().format(failed[0])
    assert "the disk is full" in logged
    everything = "\n".join(JsonLines().format(record) for record in caplog.records)
    token = script.headers["authorization"].split()[1]
    for secret in (*person.values(), token, "hydrolis"):
        assert secret not in everything
