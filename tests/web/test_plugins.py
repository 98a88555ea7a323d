"""What plugins bring to the door, and what happens when they fail at it."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crmkit.core import State, settings_of, switch_plugin
from crmkit.hooks import (
    NavigationItem,
    Panel,
    PanelLine,
    Plugin,
    place_lead_panel,
    place_navigation,
    register_api,
    register_pages,
)
from crmkit.testing import sample_plugin
from crmkit.web import work

from tests.web.doors import fields_of_problem, open_door


def _router(*paths: str) -> APIRouter:
    router = APIRouter()
    for path in paths:

        @router.get(path)
        def answer(request: Request, number: int = 0) -> Response:
            with work(request) as uow:
                return JSONResponse({"actor": uow.actor.name, "number": number})

    return router


@register_api.impl
def _good_api(ctx):
    assert ctx.prefix == f"/api/v1/p/{ctx.plugin_id}"
    return [_router("/things")]


@register_pages.impl
def _good_pages(ctx):
    assert ctx.prefix == f"/p/{ctx.plugin_id}"
    return [_router("/home")]


@register_pages.impl
def _raise(ctx):  # noqa: ARG001
    message = "no pages today"
    raise RuntimeError(message)


@register_pages.impl
def _doubled(ctx):  # noqa: ARG001
    return [_router("/home"), _router("/home")]


@place_navigation.impl
def _good_line(ctx):  # noqa: ARG001
    return [NavigationItem("Things <b>", "/p/good/home", "list-search")]


@place_navigation.impl
def _broken_line(ctx):  # noqa: ARG001
    raise ZeroDivisionError


@place_lead_panel.impl
def _good_panel(ctx):  # noqa: ARG001
    lines = (PanelLine("Worth <i>much</i>", "a hint", "/p/good/home"),)
    return Panel("Facts & more", lines)


@place_lead_panel.impl
def _broken_panel(ctx):  # noqa: ARG001
    message = "secret of the trace"
    raise ValueError(message)


GOOD = sample_plugin("good", _good_api, _good_pages, _good_line, _good_panel)


@pytest.fixture
def open_with(make_kit):
    """Opens the door of the kit with these plugins."""
    opened = []

    def start(*samples):
        door = open_door(make_kit(*samples))
        opened.append(door)
        return door.__enter__()

    yield start
    for door in opened:
        door.__exit__(None, None, None)


def test_a_plugin_serves_its_pages_and_its_api(open_with):
    door = open_with(GOOD)
    page = door.person("eve").get("/p/good/home?number=7")
    assert page.json() == {"actor": "Eve", "number": 7}
    assert door.script("ann").get("/p/good/things").json()["actor"] == "Ann"
    assert door.stranger.get("/api/v1/p/good/things").status_code == 401
    assert door.stranger.get("/p/good/home").status_code == 303
    paths = door.stranger.get("/api/v1/openapi.json").json()["paths"]
    assert "/api/v1/p/good/things" in paths
    (listed,) = door.script("eve").get("/plugins").json()["items"]
    assert (listed["id"], listed["state"]) == ("good", "active")


def test_a_plugin_that_is_switched_off_has_no_routes_at_once(open_with):
    door = open_with(GOOD)
    script = door.script("eve")
    off = script.patch("/plugins/good", {"enabled": False})
    assert (off.status_code, off.json()["state"]) == (200, "disabled")
    # 404 comes before validation: nothing tells what the route would have wanted.
    for path in ("/p/good/home", "/p/good/home?number=x"):
        assert door.person("eve").get(path).status_code == 404
    gone = script.get("/p/good/things?number=x")
    assert gone.status_code == 404
    assert gone.headers["content-type"] == "application/problem+json"
    assert "Things" not in door.person("eve").get("/pipeline").text
    assert script.patch("/plugins/good", {"enabled": True}).status_code == 200
    assert script.get("/p/good/things?number=x").status_code == 422
    assert script.get("/p/good/things").status_code == 200


def test_switching_acts_in_another_process_too(open_with, make_kit):
    door = open_with(GOOD)
    other = make_kit(GOOD)
    with other.work() as uow:
        switch_plugin(uow, "good", is_enabled=False)
    assert door.person("eve").get("/p/good/home").status_code == 404


@pytest.mark.parametrize(
    ("answer", "error"),
    [(_raise, "no pages today"), (_doubled, "/p/bad/home is there twice")],
)
def test_a_plugin_that_fails_at_the_door_is_failed_and_the_rest_serves(
    open_with, answer, error
):
    bad = sample_plugin("bad", answer, _broken_line, _broken_panel)
    door = open_with(bad, GOOD)
    entry = door.kit.crm.plugins.entries["bad"]
    assert entry.state is State.FAILED
    assert error in entry.error
    assert door.person("eve").get("/p/bad/home").status_code == 404
    assert door.person("eve").get("/p/good/home").status_code == 200
    lead = door.lead("Served")
    page = door.person("eve").get(f"/leads/{lead['id']}")
    assert page.status_code == 200
    assert "secret" not in page.text
    shown = door.script("eve").get("/plugins/bad").json()
    assert (shown["state"], shown["error"]) == ("failed", entry.error)
    assert "Traceback" in shown["trace"]
    assert door.script("max").get("/plugins/bad").status_code == 403


def test_a_page_tells_of_each_plugin_why_it_stands_so_and_switches_it(open_with):
    bad = sample_plugin("bad", _raise)
    door = open_with(bad, GOOD)
    eve = door.person("eve")
    door.lead("Served")
    eve.get("/pipeline")
    listed = eve.get("/settings/plugins").text
    assert "no pages today Mend or update its package" in listed
    shown = eve.get("/settings/plugins/bad").text
    assert "ZeroDivisionError" in shown or "Traceback" in shown
    good = eve.get("/settings/plugins/good").text
    assert "place_navigation" in good
    form = {"enabled": "false"}
    assert eve("POST", "/settings/plugins/good", data=form).status_code == 303
    assert "switched off" in eve.get("/settings/plugins").text
    assert eve.get("/p/good/home").status_code == 404
    assert eve("POST", "/settings/plugins/good", data={"enabled": "true"})
    assert eve.get("/p/good/home").status_code == 200
    assert eve.get("/settings/plugins/nobody").status_code == 404
    assert (
        eve("POST", "/settings/plugins/bad", data={"enabled": "x"}).status_code == 422
    )


class Quoting(BaseModel):
    """What is set of the plugin below."""

    valid_days: int = Field(default=30, ge=1, title="Days <b>valid</b>")


def test_a_plugins_settings_are_a_form_on_its_page_and_for_scripts(open_with):
    manifest = Plugin(id="quotes", name="Quotes", settings=Quoting)
    door = open_with(sample_plugin(manifest))
    eve, script = door.person("eve"), door.script("eve")
    page = eve.get("/settings/plugins/quotes").text
    assert "Days &lt;b&gt;valid&lt;/b&gt;" in page
    form = {"section": "plugin-quotes", "was-quotes.valid_days": "30"}
    saved = eve("POST", "/settings", data=form | {"quotes.valid_days": "7"})
    place = "/settings/plugins/quotes"
    assert (saved.status_code, saved.headers["location"]) == (303, place)
    with door.kit.read() as uow:
        assert settings_of(uow, Quoting).valid_days == 7
    refused = eve("POST", "/settings", data=form | {"quotes.valid_days": "none"})
    assert refused.status_code == 422
    assert "cannot be this" in refused.text
    wrong = script.patch("/settings", {"quotes.valid_days": 0})
    assert "quotes.valid_days" in fields_of_problem(wrong)
    done = script.patch("/settings", {"quotes.valid_days": 9})
    items = {one["name"]: one["value"] for one in done.json()["items"]}
    assert items["quotes.valid_days"] == 9


def test_a_line_of_the_navigation_is_shown_and_a_broken_one_is_not(open_with):
    door = open_with(sample_plugin("bad", _broken_line), GOOD)
    for who in ("ann", "eve"):
        page = door.person(who).get("/pipeline")
        assert page.status_code == 200
        assert "Things &lt;b&gt;" in page.text
        assert "ZeroDivision" not in page.text


def test_a_broken_panel_shows_its_box_to_admins_only(open_with):
    door = open_with(sample_plugin("bad", _broken_panel), GOOD)
    lead = door.lead("Panelled")
    for who, has_box in (("ann", False), ("max", False), ("eve", True)):
        page = door.person(who).get(f"/leads/{lead['id']}")
        assert page.status_code == 200
        assert ("bad" in _panels(page.text)) is has_box, who
        assert "secret of the trace" not in page.text
        assert "Worth &lt;i&gt;much&lt;/i&gt;" in page.text
        assert "Facts &amp; more" in page.text


def _panels(text: str) -> str:
    """The part of a lead's page in which plugins place their panels."""
    return text.partition('id="related"')[2].partition('class="ck-tabbar"')[0]
