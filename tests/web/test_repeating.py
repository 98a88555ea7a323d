"""Idempotency-Key: asked twice, done once, answered twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import APIRouter
from sqlalchemy import func, select
from starlette.requests import Request

from crmkit.core import (
    KeptAnswer,
    Lead,
    Role,
    forget_answers,
    get_user,
)
from crmkit.hooks import register_api
from crmkit.testing import sample_plugin, statements
from crmkit.web import json_answer, takes_no_key, work

from tests.web.doors import borrow_door, fields_of_problem


def make_routes():
    routes = APIRouter()

    @routes.post("/count")
    def count(request: Request):
        with work(request) as uow:
            return json_answer({"change_id": uow.change_id})

    @routes.post("/secret")
    @takes_no_key
    def secret(request: Request):
        with work(request):
            return json_answer({"secret": "x"})

    return routes


@register_api.impl
def answer_scripts(ctx):
    del ctx
    return [make_routes()]


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    sample = sample_plugin("sample", answer_scripts)
    with borrow_door(crm_database, crm_templates, sample) as opened:
        yield opened


def keyed(key, **headers):
    return {"headers": {"idempotency-key": key, **headers}}


def count_of(door, name):
    with door.kit.read() as uow:
        query = select(func.count()).select_from(Lead).where(Lead.name == name)
        return uow.session.scalar(query)


def test_a_request_asked_twice_is_done_once_and_answered_twice(door):
    ann, body = door.script("ann"), {"name": "Once", "expected_revenue": "10"}
    first = ann.post("/leads", body, **keyed("k1"))
    again = ann.post("/leads", dict(reversed(body.items())), **keyed("k1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert count_of(door, "Once") == 1


def test_the_same_key_for_another_request_is_refused(door):
    ann = door.script("ann")
    lead = ann.post("/leads", {"name": "First"}, **keyed("k2")).json()
    requests = {"/leads": {"name": "Second"}, f"/leads/{lead['id']}/win": None}
    for path, body in requests.items():
        answer = ann.post(path, body, **keyed("k2"))
        assert "idempotency-key" in fields_of_problem(answer)
    assert count_of(door, "Second") == 0


def test_each_user_has_keys_of_his_own(door):
    body = {"name": "Both"}
    for who in ("ann", "bob"):
        answer = door.script(who).post("/leads", body, **keyed("k3"))
        assert "idempotency-replayed" not in answer.headers
    assert count_of(door, "Both") == 2


def test_what_failed_is_not_kept_and_can_be_asked_again(door):
    ann = door.script("ann")
    lead = door.lead("Lost once")
    path = f"/leads/{lead['id']}/restore"
    assert ann.post("/leads/999999/win", **keyed("k4")).status_code == 404
    assert ann.post(path, **keyed("k4")).status_code == 200


def test_moves_and_other_acts_take_keys_too(door):
    kit, ann = door.kit, door.script("ann")
    lead = door.lead("Moved once")
    path, body = f"/leads/{lead['id']}/move", {"stage_id": kit.proposal}
    first = ann.post(path, body, **keyed("k5"))
    moved = ann.post(path, {"stage_id": kit.new}).json()
    again = ann.post(path, body, **keyed("k5"))
    assert again.json() == first.json()
    now = ann.get(f"/leads/{lead['id']}").json()
    assert now["stage_id"] == moved["stage_id"] == kit.new


def test_a_plugins_addresses_take_keys_but_those_that_say_so(door):
    ann = door.script("ann")
    first = ann.post("/p/sample/count", **keyed("k6"))
    again = ann.post("/p/sample/count", **keyed("k6"))
    assert first.json() == again.json()
    refused = ann.post("/p/sample/secret", **keyed("k7"))
    assert "takes no Idempotency-Key" in refused.json()["detail"]
    assert ann.post("/p/sample/secret").status_code == 200
    token = ann.post("/tokens", {"name": "X"}, **keyed("k8"))
    assert "idempotency-key" in fields_of_problem(token)


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "caf\u00e9"])
def test_what_is_no_key_is_refused(door, key):
    headers = {"idempotency-key": key.encode("latin-1")}
    answer = door.script("ann").post("/leads", {"name": "No key"}, headers=headers)
    assert "idempotency-key" in fields_of_problem(answer)
    assert count_of(door, "No key") == 0


def test_whoever_may_no_more_gets_no_kept_answer(door):
    kit, max_ = door.kit, door.script("max")
    assert max_.post("/stages", {"name": "Kept"}, **keyed("k9")).status_code == 201
    token = door.script("max").headers
    with kit.work() as uow:
        get_user(uow, kit.max).disabled_at = uow.now()
    answer = door.stranger.post(
        "/api/v1/stages", {"name": "Kept"}, headers={**token, "idempotency-key": "k9"}
    )
    assert answer.status_code == 401
    with kit.work() as uow:
        get_user(uow, kit.max).disabled_at = None
        assert get_user(uow, kit.max).role is Role.MANAGER


def test_requests_at_once_under_one_key_are_one(door):
    ann = door.script("ann")

    def ask(_number):
        return ann.post("/leads", {"name": "At once"}, **keyed("k10"))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count_of(door, "At once") == 1


def test_without_the_header_nothing_is_asked_or_kept(door):
    ann = door.script("ann")
    with statements(door.kit.crm) as sent:
        assert ann.post("/leads", {"name": "Plain"}).status_code == 201
    assert not any("idempotency_key" in statement for statement in sent)


def test_keys_are_forgotten_after_a_day(own_door):
    kit, ann = own_door.kit, own_door.script("ann")
    first = ann.post("/leads", {"name": "Daily"}, **keyed("k")).json()
    own_door.script("bob").post("/leads", {"name": "Daily"}, **keyed("k"))
    kit.crm.clock.advance(hours=25)
    later = ann.post("/leads", {"name": "Daily"}, **keyed("k")).json()
    assert later["id"] != first["id"]
    with kit.work() as uow:
        assert forget_answers(uow) == 1
        assert forget_answers(uow) == 0
        left = uow.session.scalars(select(KeptAnswer.user_id)).all()
    assert left == [kit.ann]
