"""Routes for strangers: any site may send to them, and they know nobody."""

import pytest
from fastapi import APIRouter
from starlette.requests import Request

from crmkit.hooks import Plugin, register_pages
from crmkit.testing import sample_plugin
from crmkit.web import crm_of, for_strangers, json_answer, work

from tests.web.doors import borrow_door
from tests.web.test_guard import FORGED

MANIFEST = Plugin(id="sample", name="Sample")


@register_pages.impl
def show_pages(ctx):
    del ctx
    routes = APIRouter()

    @routes.post("/open/{name}")
    @for_strangers
    def take(request: Request, name: str):
        with crm_of(request).work() as uow:
            shown = sorted({"cookie", "authorization"} & set(request.headers))
            return json_answer({"name": name, "who": uow.actor.id, "shown": shown})

    @routes.post("/asking")
    @for_strangers
    def ask(request: Request):
        with work(request):
            return json_answer({})

    @routes.post("/own")
    def own(request: Request):
        with work(request):
            return json_answer({})

    return [routes]


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    sample = sample_plugin(MANIFEST, show_pages)
    with borrow_door(crm_database, crm_templates, sample) as opened:
        yield opened


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_any_site_sends_to_it_and_it_knows_nobody(door, headers):
    signs = {**headers, "authorization": "Bearer x"}
    answer = door.person("eve").post("/p/sample/open/a%2Fb", headers=signs)
    assert answer.status_code in {404, 403}, "no other path is let in by the pattern"
    answer = door.person("eve").post("/p/sample/open/door", headers=signs)
    assert answer.json() == {"name": "door", "who": None, "shown": []}
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_unit_of_the_sign_in_is_not_opened_in_it(door):
    answer = door.person("eve").post("/p/sample/asking")
    assert answer.headers["location"] == "/sign-in"


@pytest.mark.parametrize("path", ["own", "open", "open/", "open/a/b"])
def test_other_routes_stay_shut_to_other_sites(door, path):
    answer = door.person("eve").post(f"/p/sample/{path}", headers=FORGED[0])
    assert answer.status_code == 403
