"""What stands before every route: headers, forged requests, files to keep."""

from __future__ import annotations

import re

import pytest

from tests.web.cases import EVERY
from tests.web.test_hostile_input import PATHS

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
}


def _check_headers(answer, where):
    headers = answer.headers
    assert set(headers["content-security-policy"].split("; ")) == POLICY, where
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["referrer-policy"] == "same-origin", where
    if "/static/" not in where:
        assert headers["cache-control"] == "no-store", where


def test_every_answer_carries_the_headers(door):
    for route in EVERY:
        method, path = route.split(" ")
        for name, value in PATHS.items():
            path = path.replace(f"{{{name}}}", str(value))
        _check_headers(door.stranger(method, path), route)
        is_api = path.startswith("/api/v1")
        caller = door.script("eve") if is_api else door.person("eve")
        if method == "GET":
            _check_headers(caller.get(path.removeprefix("/api/v1")), route)
    for path in ("/nothing", "/api/v1/nothing", "/p/none/x", "/static/x/y.js"):
        _check_headers(door.stranger.get(path), path)


FORGED = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
)
OURS: tuple[dict[str, str], ...] = (
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": "http://testserver"},
    {},
)


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_a_request_of_another_site_is_not_carried_out(door, headers):
    lead = door.lead("Forged")
    person = door.person("eve")
    for path in (f"/leads/{lead['id']}/win", "/sign-out", "/profile", "/sign-in"):
        answer = person.post(path, headers=headers)
        assert answer.status_code == 403, path
        _check_headers(answer, path)
    fresh = door.script("eve").get(f"/leads/{lead['id']}").json()
    assert fresh["status"] == "open"
    assert person.get("/pipeline", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_request_of_our_own_pages_is_carried_out(door, headers):
    lead = door.lead("Genuine")
    answer = door.person("eve").post(f"/leads/{lead['id']}/win", headers=headers)
    assert answer.status_code == 303


def test_a_script_with_a_token_comes_from_anywhere(door):
    answer = door.script("eve").post("/leads", {"name": "Script"}, headers=FORGED[0])
    assert answer.status_code == 201


def test_a_forged_request_of_the_api_is_refused_as_a_problem(door):
    answer = door.stranger.post("/api/v1/leads", {"name": "X"}, headers=FORGED[0])
    assert answer.status_code in {401, 403}
    assert answer.headers["content-type"] == "application/problem+json"


def test_static_files_are_kept_for_ever(door):
    page = door.stranger.get("/sign-in").text
    files = set(re.findall(r'"(/static/[^"#]+)', page))
    assert len(files) > 2
    for path in files:
        answer = door.stranger.get(path)
        assert answer.status_code == 200, path
        kept = answer.headers["cache-control"]
        assert "immutable" in kept, path
        assert "max-age=31536000" in kept, path
        _check_headers(answer, path)


@pytest.mark.parametrize("path", ["/../settings.py", "/..%2f..%2fapp.py", "/%00", "/"])
def test_static_files_lead_nowhere_else(door, path):
    page = door.stranger.get("/sign-in").text
    base = re.findall(r'"(/static/[^/"]+)/', page)[0]
    assert door.stranger.get(base + path).status_code in {404, 405}
