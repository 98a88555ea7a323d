"""Whatever is sent, the answer is a sentence and never a failure of the server."""

from __future__ import annotations

import base64
import json
import os
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.cases import EVERY
from tests.web.doors import HTMX, Door

IDS = ("0", "-1", "9" * 30, str(2**63), "1.5", "abc", "%00", "%D9%A3", "1e3", "²")
TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "x" * 5_000,
    "' or 1=1 --",
    "%",
    "\\",
    "null",
    "NaN",
    "1e400",
    "-1",
    "9" * 40,
    "0x10",
    "1_000",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "9999-12-31T23:59:59+23:59",
    "0001-01-01T00:00:00-23:59",
    "{name}",
    "{0.__class__}",
    "%(name)s",
    "\u202egnp.exe",
    "e\u0301\u200d\U0001f469",
)
NUMBERS = (0, -1, 1.5, 10**30, -(10**30), 2**63, 1e308, float("nan"), float("inf"))
SHAPES: tuple[Any, ...] = (None, True, [], {}, [None], {"a": {"b": []}}, ["x"] * 999)
VALUES: tuple[Any, ...] = (*TEXTS, *NUMBERS, *SHAPES)
PARAMETERS = (
    "filter q sort limit cursor total team_id stage stage_id offset cards won_since "
    "kind lead_id entity next locale"
).split()
TYPED = "filter q sort cursor team_id stage stage_id offset next locale".split()
FILTERS = (
    "(",
    ")" * 200,
    "(" * 200,
    "not " * 300 + "name = 1",
    'name = "',
    "name = '\0'",
    "id = 99999999999999999999999999",
    "expected_revenue > NaN",
    "expected_revenue > 1e999",
    "probability > infinity",
    "created_at > today - 99999999999 days",
    "created_at > 99999-01-01",
    "owner = owner",
    "name contains \ud800",
    "__class__ = 1",
    "password_hash is empty",
    " and ".join(["id > 0"] * 500),
    "name in (" + ",".join(["1"] * 5000) + ")",
)
PATHS = {
    "column": 1,
    "lead_id": 1,
    "contact_id": 1,
    "activity_id": 1,
    "job_id": 1,
    "view_id": 1,
    "field_id": 1,
    "file_id": 1,
    "stage_id": 1,
    "team_id": 1,
    "user_id": 1,
    "record_id": 1,
    "list_name": "tags",
    "message_id": 1,
    "template_id": 1,
    "type_id": "call",
    "change_id": "x",
    "name": "name",
    "plugin_id": "sample",
    "entity": "lead",
    "code": "EUR",
    "day": "2026-11-20",
}
BODIES = sorted(
    route
    for route in EVERY
    if route.split(" ")[0] in {"POST", "PATCH"} and not route.endswith("/sign-out")
)
READS = sorted(route for route in EVERY if route.startswith("GET "))
FULL = {"PATCH /api/v1/leads/{lead_id}", "POST /api/v1/leads"}
FIELDS = sorted(
    {
        name
        for case in EVERY.values()
        for name in {**(case.json or {}), **case.form, "address": 0, "before": 0}
    }
    | set(
        "contact_id contact_name company_name email phone website street zip city "
        "country language stage_id team_id owner_id priority tags source medium "
        "campaign expected_revenue currency probability expected_close kind version "
        "reason_id reason note summary due_at due_time next role capacity position "
        "is_won rotting_days leader_id company_id vat employees back then "
        "custom".split()
    )
)


IS_SOAK = os.environ.get("CRMKIT_PROFILE") == "soak"


def _is_asked(door: Door, *sent: object) -> bool:
    """All in the soak profile; in the gate a third, another on each database."""
    dialect = door.kit.crm.engine.dialect.name
    return IS_SOAK or crc32(repr((dialect, sent)).encode()) % 3 == 0


def _path(route: str, **values: object) -> tuple[str, str]:
    method, path = route.split(" ")
    for name, value in {**PATHS, **values}.items():
        path = path.replace(f"{{{name}}}", str(value))
    return method, path


def _check(route: str, sent: object, answer: Any) -> None:
    shown = (route, repr(sent)[:300], answer.text[:200])
    assert answer.status_code < 500, shown
    assert "Traceback" not in answer.text, shown
    if "/api/" in route and answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", shown
        assert answer.json()["detail"], shown


def _send_body(door: Door, route: str, body: Any) -> None:
    method, path = _path(route)
    if path.startswith("/api/"):
        headers = {"content-type": "application/json", **door.script("eve").headers}
        content = json.dumps(body).encode()
        answer = door.stranger(method, path, content=content, headers=headers)
    else:
        typed = {name: _typed(value) for name, value in body.items()}
        answer = door.person("eve")(method, path, data=typed, headers=HTMX)
    _check(route, body, answer)


def _typed(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


@pytest.fixture(scope="module", autouse=True)
def records(door):
    """The records that the paths name: a lead, a contact and an activity."""
    script = door.script("eve")
    script.post("/contacts", {"name": "Ada"})
    script.post("/leads", {"name": "Pump", "owner_id": door.kit.eve})
    texts = {"en": {"subject": "Hello", "text": "Hello"}}
    script.post("/templates", {"name": "Hello", "texts": texts})
    script.post("/leads/1/activities", {"type": "call", "due_on": "2026-12-01"})
    for kind in ("lost-reasons", "tags", "sources", "mediums", "campaigns"):
        script.post(f"/{kind}", {"name": "First"})


def test_ids_that_cannot_be_are_not_there(door):
    for route in EVERY:
        if "_id}" not in route or "user_id" in route:
            continue
        for number in IDS:
            if not _is_asked(door, route, number):
                continue
            method, path = _path(route, **dict.fromkeys(PATHS, number))
            path = path.replace(f"/fields/{number}", "/fields/name")
            is_api = path.startswith("/api/")
            caller = door.person("eve")
            if is_api:
                caller = door.script("eve")
            body = {"json": EVERY[route].json} if is_api else {"data": {}}
            answer = caller(method, path.removeprefix("/api/v1"), **body)
            _check(route, number, answer)
            assert answer.status_code in {404, 422}, (route, number, answer.text)


def test_parameters_that_cannot_be_are_refused_with_a_sentence(door):
    paths = door.stranger.get("/api/v1/openapi.json").json()["paths"]
    for route in READS:
        method, path = _path(route)
        if path.startswith("/api/v1/"):
            caller, described = door.script("eve"), paths.get(route.split(" ")[1], {})
            parameters = described.get("get", {}).get("parameters", ())
            names = [one["name"] for one in parameters if one["in"] == "query"]
        else:
            caller, names = door.person("eve"), TYPED
        where = path.removeprefix("/api/v1")
        for text in ("\0", "9" * 40, "²"):
            for name in names:
                if not _is_asked(door, route, text, name):
                    continue
                answer = caller(method, where, params={name: text})
                _check(route, (name, text), answer)


@pytest.mark.parametrize("path", ["/leads", "/contacts", "/pipeline"])
def test_a_filter_that_cannot_be_read_is_refused(door, path):
    for text in FILTERS:
        sent = {"filter": text.encode("utf-8", "replace").decode()}
        answer = door.script("eve").get(path, params=sent)
        _check(f"GET /api/v1{path}", sent, answer)
        _check(f"GET {path}", sent, door.person("eve").get(path, params=sent))


def test_a_cursor_that_somebody_made_up_is_refused(door):
    made_up = [
        ["-created_at", "2026-01-01T00:00:00+00:00", 10**30],
        ["-created_at", "x\0", 1],
        ["-created_at", None, None],
        ["name", "a\0", 1],
        ["name", "a", -(10**40)],
        ["expected_revenue", "NaN", 1],
        ["expected_revenue", "1e400", 1],
        ["expected_revenue", [1], 1],
        ["priority", 10**30, 1],
        ["id", 10**30, True],
        [],
        {},
        "x",
    ]
    for value in made_up:
        text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        sort = value[0] if isinstance(value, list) and value else "name"
        for path in ("/leads", "/contacts"):
            sent = {"cursor": text.rstrip("="), "sort": sort}
            answer = door.script("eve").get(path, params=sent)
            _check("GET /api/v1/leads", value, answer)
            page = door.person("eve").get(path, params=sent, headers=HTMX)
            _check(f"GET {path}", value, page)


def test_what_is_no_json_is_refused(door):
    bodies = (
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b'{"name": "a", "name": NaN}',
        b"9" * 10_000,
        b'"\\ud800"',
        b"null",
        b"[]",
        b'{"\\ud800": 1}',
        b'{"name": "\\ud800"}',
        b'{"name": "x", "\\u0000": "y"}',
    )
    for route in BODIES:
        if "/api/" not in route:
            continue
        method, path = _path(route)
        headers = {"content-type": "application/json", **door.script("eve").headers}
        for body in bodies:
            if not _is_asked(door, route, body):
                continue
            answer = door.stranger(method, path, content=body, headers=headers)
            _check(route, body[:40], answer)


@pytest.mark.parametrize("path", ["/leads/1", "/contacts/1"])
def test_a_version_that_is_none_is_refused(door, path):
    for value in ("x", '"²"'.encode("latin-1"), "9" * 5000, "-1", '""', '"1", "2"'):
        headers = {**door.script("eve").headers, "if-match": value}
        body = {"phone": "1"}
        answer = door.stranger.patch(f"/api/v1{path}", body, headers=headers)
        _check("PATCH /api/v1", value, answer)
        assert answer.status_code in {412, 422}, (value, answer.text)


SHARP: tuple[Any, ...] = ("a\0b", "\ud800", 10**30, [None])


@pytest.mark.parametrize("value", SHARP, ids=lambda value: repr(value)[:16])
def test_one_value_in_every_field(door, value):
    for route in BODIES:
        if "change_id" in route:
            continue
        known = {**(EVERY[route].json or {}), **EVERY[route].form}
        names = FIELDS if route in FULL else sorted({*known, "summary", "address"})
        for name in names:
            if not _is_asked(door, route, name, value):
                continue
            _send_body(door, route, {**known, name: value})


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=settings().max_examples * 8)
@given(
    st.sampled_from(BODIES),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES) | _json),
)
def test_any_body_is_carried_out_or_refused(door, route, body):
    _send_body(door, route, body)


@settings(max_examples=settings().max_examples * 6)
@given(
    st.sampled_from(READS),
    st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(TEXTS) | st.text()),
)
def test_any_query_is_answered(door, route, query):
    method, path = _path(route)
    sent = {name: value.encode("utf-8", "replace") for name, value in query.items()}
    who = door.script("eve") if path.startswith("/api/v1/") else door.person("eve")
    answer = who(method, path.removeprefix("/api/v1"), params=sent)
    _check(route, query, answer)
