"""Pages and their parts: each answers, in two languages; reading writes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select

from crmkit.core import ActivityDraft, Role, get_lead, get_user, plan_activity
from crmkit.testing import statements

from tests.web.cases import EVERY
from tests.web.doors import HTMX
from tests.web.test_hostile_input import PATHS

READS = sorted(route for route in EVERY if route.startswith("GET "))
# No plugin stands behind this door; tests/web/test_plugins.py looks at their page.
PAGES = [
    route.removeprefix("GET ")
    for route in READS
    if "/api/" not in route
    and "{plugin_id}" not in route
    # A mail's own words, framed apart: tests/web/test_messages.py looks at them.
    and "{message_id}" not in route
]
FULL = {"hx-request": "true", "hx-request-type": "full"}


@pytest.fixture(scope="module", autouse=True)
def records(door):
    """The records that the paths name."""
    script = door.script("eve")
    script.post("/contacts", {"name": "Ada", "email": "ada@example.org"})
    door.lead("First", contact_id=1, tags=("Hot",), expected_close="2026-11-01")
    door.lead("Second")
    script.post("/leads/1/notes", {"text": "Rang."})
    script.post("/views", {"name": "Mine"})
    texts = {"en": {"subject": "Hello", "text": "Hello {{ lead.name }}"}}
    script.post("/templates", {"name": "Hello", "texts": texts})
    with door.kit.work() as uow:
        draft = ActivityDraft(type="call", due_on=uow.today())
        plan_activity(uow, get_lead(uow, 1), draft)
        assert uow.enqueue("purge_jobs") == 1
    script.post("/leads/1/attachments", files={"file": ("a.txt", b"Hello")})
    script.post("/leads/1/move", {"stage_id": door.kit.proposal})


def _path(path):
    for name, value in PATHS.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def test_the_page_of_a_lead_takes_eight_statements(door):
    person = door.person("ann")
    person.get("/leads/1")
    with statements(door.kit.crm) as sent:
        page = person.get("/leads/1")
    assert "Rang." in page.text
    assert len(sent) <= 8, sent


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_page_answers_in_both_languages(door, locale):
    person = door.person("eve")
    assert person("POST", "/profile", data={"locale": locale}).status_code == 303
    for path in PAGES:
        answer = person.get(_path(path) + EVERY[f"GET {path}"].query)
        expected = 303 if path == "/" else 200
        assert answer.status_code == expected, (path, answer.text[-400:])
        if "<html" in answer.text and path != "/sign-in":
            assert f'<html lang="{locale}"' in answer.text, path
            assert "<title>" in answer.text, path
        assert "%(" not in answer.text, path
    assert person("POST", "/profile", data={"locale": "en"}).status_code == 303


def _without_script(door, path):
    return door.person("eve").get(path).text


def test_no_page_needs_an_inline_script_or_style(door):
    for path in PAGES:
        text = door.person("eve").get(_path(path)).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", text), path
        assert "<style" not in text, path


def test_a_page_that_fetches_itself_anew_gets_all_of_itself(door):
    for path in ("/pipeline", "/leads", "/leads/1", "/contacts"):
        answer = door.person("eve").get(path, headers=FULL)
        assert 'id="main"' in answer.text, path


def test_dialogs_come_as_parts_to_a_script_and_as_pages_without(door):
    for path in ("/leads/new", "/leads/1/lose"):
        part = door.person("eve").get(path, headers=HTMX).text
        assert part.lstrip().startswith("<hx-partial"), path
        assert "<dialog" in part, path
        page = _without_script(door, path)
        assert "<html" in page, path
        assert "<form" in page, path


def _dump(door):
    """Every table's number of rows, and the sum of the versions in it."""
    kit, tables = door.kit, MetaData()
    tables.reflect(kit.crm.engine)
    counts = {}
    with kit.read() as uow:
        for table in tables.sorted_tables:
            columns: list[Any] = [func.count()]
            if "version" in table.c:
                columns.append(func.sum(table.c.version))
            query = select(*columns).select_from(table)
            counts[table.name] = tuple(uow.session.execute(query).one())
    return counts


def test_reading_writes_nothing(door):
    script, person = door.script("eve"), door.person("eve")
    before = _dump(door)
    assert before["lead"][0] > 0
    for route in READS:
        path = _path(route.removeprefix("GET "))
        if path.startswith("/api/v1"):
            script.get(path.removeprefix("/api/v1"))
        else:
            person.get(path)
            person.get(path, headers=HTMX)
    assert _dump(door) == before


def test_a_missing_record_is_a_page_with_one_sentence(door):
    answer = door.person("eve").get("/leads/999999")
    assert answer.status_code == 404
    assert "There is no lead 999999 here." in answer.text
    part = door.person("eve").get("/leads/999999", headers=HTMX)
    assert part.status_code == 404
    assert "<html" not in part.text
    assert 'role="alert"' in part.text


def test_without_script_a_form_leads_back_to_a_page(door):
    lead = door.lead("Scriptless")
    path = f"/leads/{lead['id']}"
    person = door.person("eve")
    created = person("POST", "/leads", data={"name": "Typed without script"})
    assert created.status_code == 303
    assert created.headers["location"].startswith("/leads/")
    noted = person("POST", f"{path}/notes", data={"text": "Hello"})
    assert (noted.status_code, noted.headers["location"]) == (303, path)
    won = person("POST", f"{path}/win", headers={"referer": f"http://testserver{path}"})
    assert won.status_code == 303
    refused = person("POST", "/leads", data={"name": ""})
    assert refused.status_code == 422
    assert "<html" in refused.text
    assert "This is needed." in refused.text


def test_the_board_answers_a_drop_with_what_changed(door):
    kit, lead = door.kit, door.lead("Dropped")
    form = {"stage_id": kit.proposal, "version": lead["version"], "layout": "board"}
    moved = door.person("eve").send(f"/leads/{lead['id']}/move", **form)
    assert moved.status_code == 200
    for target in (f"#col-{kit.new}-head", f"#lead-{lead['id']}", "#toasts"):
        assert f'hx-target="{target}"' in moved.text, target
    assert "Dropped moved to Proposal" in moved.text
    stale = door.person("eve").send(
        f"/leads/{lead['id']}/move", **{**form, "stage_id": kit.new}
    )
    assert stale.status_code == 409
    assert "data-stale" in stale.text


def test_a_stage_may_ask_for_a_reason_before_a_lead_is_lost(door):
    stage = door.kit.stage("Closing", requires_lost_reason=True)
    lead = door.lead("Asked", stage_id=stage.id)
    path = f"/leads/{lead['id']}/lose"
    asked = door.person("eve").send(path, note="Because")
    assert asked.status_code == 422
    assert "only lost with a reason" in asked.text
    assert "Because" in asked.text
    with door.kit.work() as uow:
        assert get_user(uow, door.kit.eve).role is Role.ADMIN
    assert door.person("eve").send(path, reason="Price").status_code == 200


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_theme_stays_chosen(door, theme):
    person = door.person("lea")
    answer = person("POST", "/profile", data={"theme": theme, "back": "/leads"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads")
    shown = f'data-bs-theme="{theme}"' in person.get("/pipeline").text
    assert shown is (theme != "system")
    assert person("POST", "/profile", data={"theme": "pink"}).status_code == 422
