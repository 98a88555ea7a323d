"""Routes of plugins that take a permission."""

import pytest
from fastapi import APIRouter
from starlette.requests import Request

from crmkit.core import Role, State, set_permission
from crmkit.hooks import Permission, Plugin, register_api
from crmkit.testing import sample_plugin
from crmkit.web import all_need, json_answer, needs, work

from tests.web.doors import borrow_door, fields_of_problem, open_door

READING = "sample.read_it"


def make_routes(writing="sample.write_it"):
    routes = APIRouter()

    @routes.get("/read")
    def read(request: Request):
        with work(request):
            return json_answer({})

    @routes.post("/write")
    @needs(writing)
    def write(request: Request):
        with work(request):
            return json_answer({})

    return all_need(READING, routes)


@register_api.impl
def answer_scripts(ctx):
    del ctx
    return [make_routes()]


PERMISSIONS = (
    Permission(name="read_it", label="Read it"),
    Permission(name="write_it", label="Write it", lowest_role="manager"),
)
MANIFEST = Plugin(id="sample", name="Sample", permissions=PERMISSIONS)


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    sample = sample_plugin(MANIFEST, answer_scripts)
    with borrow_door(crm_database, crm_templates, sample) as opened:
        yield opened


def test_who_lacks_a_routes_permission_is_refused(door):
    ann, max_ = door.script("ann"), door.script("max")
    assert ann.get("/p/sample/read").status_code == 200
    refused = ann.post("/p/sample/write")
    assert refused.status_code == 403
    assert "“manager”" in refused.json()["detail"]
    assert max_.post("/p/sample/write").status_code == 200
    key = {"idempotency-key": "x"}
    assert ann.post("/p/sample/write", headers=key).status_code == 403
    assert max_.post("/p/sample/write", headers=key).status_code == 200


def test_permissions_are_listed_with_whether_one_has_them(door):
    items = door.script("ann").get("/permissions").json()["items"]
    assert items[1] == {
        "name": "sample.write_it",
        "plugin_id": "sample",
        "label": "Write it",
        "lowest_role": "manager",
        "role": "manager",
        "may": False,
    }
    assert items[0]["may"]


def test_an_admin_moves_a_permission_and_it_counts_at_once(door):
    eve, path = door.script("eve"), f"/permissions/{READING}"
    changed = eve.patch(path, {"role": "all"})
    assert (changed.status_code, changed.json()["role"]) == (200, "all")
    assert door.script("ann").get("/p/sample/read").status_code == 403
    assert eve.patch(path, {"role": "own"}).status_code == 200
    assert door.script("ann").get("/p/sample/read").status_code == 200
    low = eve.patch("/permissions/sample.write_it", {"role": "all"})
    assert "role" in fields_of_problem(low)
    assert eve.patch("/permissions/sample.eat_it", {"role": "all"}).status_code == 404
    assert "role" in fields_of_problem(eve.patch(path, {"role": "boss"}))


def test_a_route_whose_permission_is_not_declared_fails_its_plugin_alone(make_kit):
    @register_api.impl
    def answer_wrongly(ctx):
        del ctx
        return [make_routes("sample.eat_it")]

    kit = make_kit(sample_plugin(MANIFEST, answer_wrongly))
    with open_door(kit) as door:
        assert door.script("ann").get("/leads").status_code == 200
    entry = kit.crm.plugins.entries["sample"]
    assert entry.state is State.FAILED
    assert "declares no permission “sample.eat_it”" in entry.error


@pytest.mark.plugins("data_exchange")
def test_importing_and_exporting_are_kept_for_a_role_by_an_admin(kit):
    with open_door(kit) as door:
        ann, page = door.script("ann"), door.person("ann")
        paths = ("/p/data_exchange/imports", "/p/data_exchange/export/leads")
        for path in paths:
            assert ann.get(path).status_code == 200
        assert page.get("/p/data_exchange/imports").status_code == 200
        with kit.work() as uow:
            for name in ("import_files", "export_records"):
                known = kit.crm.plugins.permissions
                set_permission(uow, known, f"data_exchange.{name}", Role.MANAGER)
        for path in paths:
            assert ann.get(path).status_code == 403
            assert door.script("max").get(path).status_code == 200
        assert page.get("/p/data_exchange/imports").status_code == 403
        assert "/p/data_exchange/imports" not in page.get("/leads").text
