"""Tokens at the door: each address takes its scope, whatever the user's role."""

from datetime import timedelta
from itertools import count

import pytest

from crmkit.core import ALL_SCOPES, TokenDraft, get_user, has_scope, make_token
from crmkit.testing import routes_of, sample_plugin
from crmkit.web.scopes import scopes_of

from tests.web.cases import SCRIPTS
from tests.web.doors import API, Caller, borrow_door

# The document of the API is for everybody.
OPEN = {"GET /api/v1/openapi.json"}
SCOPES = [scope for scope in ALL_SCOPES if scope != "all"]
_numbers = count()


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    with borrow_door(crm_database, crm_templates, sample_plugin("sample")) as opened:
        yield opened


def script(door, who, *scopes, **fields):
    kit = door.kit
    with kit.work() as uow:
        draft = TokenDraft(name=f"Script {next(_numbers)}", scopes=scopes, **fields)
        _, key = make_token(uow, get_user(uow, kit.people[who]), draft)
    return Caller(door.client, {"authorization": f"Bearer {key}"}, API)


def test_every_address_of_the_api_is_in_an_area(door):
    for route in routes_of(door.app) - OPEN:
        method, path = route.split(" ")
        if path.startswith(API):
            assert scopes_of(method, path) != ("all",), route


def test_an_address_that_is_in_no_area_takes_the_scope_for_everything():
    assert scopes_of("GET", "/api/v1/secrets") == ("all",)


@pytest.mark.parametrize("scope", SCOPES)
def test_an_admins_token_is_refused_where_its_scope_ends(door, scope):
    caller = script(door, "eve", scope)
    for route, case in SCRIPTS.items():
        method, path = route.split(" ")
        for name in ("change_id", "name", "plugin_id"):
            path = path.replace(f"{{{name}}}", "nothing")
        path = path.format_map(Nowhere())
        answer = caller(method, path, json=case.json if case.json is None else {})
        wanted = scopes_of(method, API + path)
        if all(has_scope({scope}, one) for one in wanted):
            assert answer.status_code != 403, (route, answer.text)
        else:
            assert answer.status_code in {403, 422}, (route, answer.text)
            if answer.status_code == 403:
                assert "This token does not allow this" in answer.json()["detail"]


class Nowhere(dict[str, str]):
    """Ids of records that are not there."""

    def __missing__(self, _name):
        return "999999"


def test_a_token_never_exceeds_its_users_role(door):
    caller = script(door, "ann", "admin:write", "setup:write")
    assert caller.post("/stages", {"name": "Ann's"}).status_code == 403
    assert caller.get("/plugins").status_code == 403
    assert caller.get("/leads").status_code == 403


def test_a_plugins_scope_opens_its_addresses_only(door):
    caller = script(door, "eve", "p:sample")
    assert caller.get("/p/sample/anything").status_code == 404
    assert caller.get("/stages").status_code == 200
    assert caller.get("/leads").status_code == 403


def test_tokens_are_made_listed_and_revoked_by_scripts(door):
    ann = door.script("ann")
    body = {"name": "Nightly", "scopes": ["read"], "expires_at": "2099-01-01T00:00Z"}
    made = ann.post("/tokens", body)
    assert made.status_code == 201
    token = made.json()
    assert token["scopes"] == ["read"]
    key = {"authorization": f"Bearer {token.pop('token')}"}
    listed = ann.get("/tokens").json()["items"]
    assert token in listed
    assert all("token" not in one for one in listed)
    assert door.stranger.get("/api/v1/leads", headers=key).status_code == 200
    assert ann.delete(f"/tokens/{token['id']}").status_code == 204
    assert door.stranger.get("/api/v1/leads", headers=key).status_code == 401


def test_a_user_sees_no_tokens_of_others_and_makes_them_none(door):
    eve, ann = door.kit.eve, door.script("ann")
    assert ann.get(f"/tokens?user_id={eve}").status_code == 403
    assert ann.post("/tokens", {"name": "X", "user_id": eve}).status_code == 403
    of_ann = door.script("eve").post("/tokens", {"name": "X", "user_id": door.kit.ann})
    assert of_ann.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "X", "scopes": []}, "scopes"),
        ({"name": "X", "scopes": ["everything"]}, "scopes"),
        ({"name": "X", "expires_at": "2000-01-01T00:00Z"}, "expires_at"),
        ({"name": "X", "expires_at": "9999-12-31T23:59Z"}, "expires_at"),
        ({"name": "X", "expires_at": "2099-01-01T00:00"}, "expires_at"),
        ({"name": "X", "key": "mine"}, "key"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_field(door, body, field):
    answer = door.script("ann").post("/tokens", body)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_a_token_at_its_end_is_none(door):
    end = door.kit.crm.clock.now() + timedelta(minutes=5)
    caller = script(door, "ann", "read", expires_at=end)
    assert caller.get("/leads").status_code == 200
    door.kit.crm.clock.advance(minutes=6)
    assert caller.get("/leads").status_code == 401
