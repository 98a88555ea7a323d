"""Each slot on each page: a good plugin fills it, a bad or slow one breaks nothing."""

from __future__ import annotations

import logging
import re
import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from crmkit.hooks import (
    Badge,
    ListColumn,
    NavigationItem,
    OwnTemplate,
    Panel,
    PanelLine,
    PieceError,
    all_hooks,
    place_card_badges,
    place_contact_panel,
    place_first_steps,
    place_lead_panel,
    place_list_actions,
    place_list_columns,
    place_my_menu,
    place_navigation,
    place_settings,
)
from crmkit.testing import sample_plugin, write_plugin

from tests.web.doors import HTMX, borrow_door, open_door

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.hooks import PlaceHook

WORD, SHOWN = "<i>&amp;</i> safe", "&lt;i&gt;&amp;amp;&lt;/i&gt; safe"
BOX = "could not fill this place."
SLOW_LOG, SLOW_MS = "crmkit.slow", 15
SECRET = "secret of the trace"  # noqa: S105  (of no one)


def _line(hook):
    def place(ctx):  # noqa: ARG001
        return [NavigationItem(f"{hook.name} {WORD}", "/p/good/home", "list-search")]

    return place


def _badges(ctx):
    badge = Badge(f"place_card_badges {WORD}", "late", "clock", WORD)
    return {card.id: [badge] for card in ctx.cards}


def _columns(ctx):
    label = f"place_list_columns {WORD}"
    return [ListColumn(label, {card.id: label for card in ctx.cards})]


def _steps(ctx):  # noqa: ARG001
    label = f"place_first_steps {WORD}"
    return [NavigationItem(label, "/p/good/home", "list-search", WORD)]


def _panel(ctx):
    line = PanelLine(WORD, WORD, f"/leads/{ctx.lead.id}")
    return Panel(f"place_lead_panel {WORD}", (line,))


def _contact_panel(ctx):
    line = PanelLine(WORD, WORD, f"/contacts/{ctx.contact.id}")
    return Panel(f"place_contact_panel {WORD}", (line,))


SLOTS: Mapping[PlaceHook[Any, Any], Callable[[Any], Any]] = {
    place_navigation: _line(place_navigation),
    place_my_menu: _line(place_my_menu),
    place_settings: _line(place_settings),
    place_first_steps: _steps,
    place_card_badges: _badges,
    place_list_columns: _columns,
    place_list_actions: _line(place_list_actions),
    place_lead_panel: _panel,
    place_contact_panel: _contact_panel,
}
PAGES: Mapping[PlaceHook[Any, Any], tuple[str, ...]] = {
    place_navigation: ("/pipeline", "/leads", "/settings"),
    place_my_menu: ("/pipeline", "/leads", "/settings"),
    place_settings: ("/settings", "/settings/currencies"),
    place_first_steps: ("/start",),
    place_card_badges: ("/pipeline", "/pipeline/columns/1"),
    place_list_columns: ("/leads",),
    place_list_actions: ("/leads",),
    place_lead_panel: ("/leads/1",),
    place_contact_panel: ("/contacts/1",),
}
EACH = [
    pytest.param(hook, page, id=f"{hook.name}{page}")
    for hook, pages in PAGES.items()
    for page in pages
]


def _fail(ctx):  # noqa: ARG001
    raise ValueError(SECRET)


def _answer_nonsense(ctx):  # noqa: ARG001
    return 7


def _slowly(answer):
    def sleep(ctx):
        time.sleep(SLOW_MS / 1000)
        return answer(ctx)

    return sleep


def fill_all(plugin_id, make):
    """A plugin that answers every slot with what `make` makes of the good answer."""
    answers = (hook.impl(make(answer)) for hook, answer in SLOTS.items())
    return sample_plugin(plugin_id, *answers)


def _fill_one(kind, hook, answer):
    def place(ctx):  # a function of its own, because `impl` marks it
        return answer(ctx)

    return sample_plugin(f"{kind}{hook.name.removeprefix('place')}", hook.impl(place))


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    """A CRM with one lead, and plugins that fill every slot, or fail at one of them."""
    samples = [fill_all("good", lambda answer: answer), fill_all("slow", _slowly)]
    samples += [_fill_one("bad", hook, _fail) for hook in SLOTS]
    samples += [_fill_one("wrong", hook, _answer_nonsense) for hook in SLOTS]
    with borrow_door(
        crm_database, crm_templates, *samples, slow_hook_ms=SLOW_MS
    ) as opened:
        opened.kit.lead("Valve")
        opened.kit.contact()
        yield opened


@pytest.fixture
def show(make_kit):
    """Shows a page of a CRM with these plugins and one lead, to that person."""
    doors = []

    def open_with(*samples):
        kit = make_kit(*samples)
        kit.lead("Valve")
        context = open_door(kit)
        doors.append(context)
        opened = context.__enter__()

        def get(path, who="eve", **options):
            answer = opened.person(who).get(path, **options)
            assert answer.status_code == 200, answer.text
            return answer.text

        return get

    yield open_with
    for context in doors:
        context.__exit__(None, None, None)


def test_every_slot_is_tried_here():
    slots = {hook for hook in all_hooks() if hook.form == "place"}
    assert slots == set(SLOTS) == set(PAGES)


@pytest.mark.parametrize(("hook", "page"), EACH)
def test_a_slot_holds_what_works_and_tells_admins_what_failed(door, hook, page, caplog):
    is_part = page.startswith("/pipeline/columns/")
    for who in ("eve",) if page.startswith("/settings") else ("eve", "ann"):
        with caplog.at_level(logging.WARNING, "crmkit.slow"):
            answer = door.person(who).get(page)
        assert answer.status_code == 200
        assert answer.text.count(f"{hook.name} {SHOWN}") >= 2
        assert WORD not in answer.text
        assert SECRET not in answer.text
        name = hook.name.removeprefix("place")
        boxes = [f"“{kind}{name}” {BOX}" in answer.text for kind in ("bad", "wrong")]
        assert boxes == [who == "eve" and not is_part] * 2, who
    asked = [(one.plugin, one.hook) for one in caplog.records if one.name == SLOW_LOG]
    assert ("slow", hook.name) in asked


@pytest.mark.parametrize("hook", [place_card_badges, place_list_columns])
def test_a_slot_of_rows_is_asked_once_for_all_of_them(make_kit, hook):
    asked = []

    def count(ctx):
        asked.append(len(ctx.cards))
        return SLOTS[hook](ctx)

    kit = make_kit(sample_plugin("counting", hook.impl(count)))
    for number in range(30):
        kit.lead(f"Valve {number}")
    with open_door(kit) as door:
        door.person("eve").get(PAGES[hook][0])
    assert asked == [30]


@pytest.mark.databases("sqlite")
def test_a_card_keeps_its_badges_when_it_is_moved(make_kit):
    kit = make_kit(sample_plugin("good", place_card_badges.impl(_badges)))
    lead = kit.lead("Valve")
    with open_door(kit) as door:
        answer = door.person("ann").send(
            f"/leads/{lead.id}/move", stage_id=kit.proposal, layout="board"
        )
    assert SHOWN in answer.text


@pytest.mark.databases("sqlite")
def test_cells_are_written_in_the_readers_way(show):
    values: list[Any] = [
        Decimal("1234.5"),
        date(2026, 12, 24),
        Badge("New", "planned"),
        "plain",
    ]

    @place_list_columns.impl
    def place(ctx):
        (row,) = ctx.cards
        money = ListColumn("Worth", {row.id: Decimal(1234)}, "money")
        share = ListColumn("Share", {row.id: 12}, "percent")
        return [*(ListColumn("One", {row.id: value}) for value in values), money, share]

    text = show(sample_plugin("many", place))("/leads")
    for shown in (
        "1,234.5<",
        "24 Dec<",
        ">New</span>",
        "plain<",
        "€1,234<",
        "12\N{NO-BREAK SPACE}%<",
    ):
        assert shown in text, shown


@pytest.mark.databases("sqlite")
def test_further_rows_have_the_columns_too(make_kit):
    kit = make_kit(sample_plugin("good", place_list_columns.impl(_columns)))
    for number in range(81):
        kit.lead(f"Valve {number}")
    with open_door(kit) as door:
        person = door.person("eve")
        (cursor,) = re.findall(
            'hx-get="/leads[?]cursor=(.*?)"', person.get("/leads").text
        )
        rows = person.get(f"/leads?cursor={cursor}", headers=HTMX).text
    assert rows.count("<tr") == rows.count(SHOWN) == 1


PANEL = '{{ ui.tag(values_label) }}{{ me.name }}{{ _("Yes") }}{{ bad }}'


@pytest.mark.databases("sqlite")
def test_a_plugin_draws_a_panel_by_its_own_template(show, tmp_path, monkeypatch):
    code = """
from crmkit.hooks import OwnTemplate, Plugin, place_lead_panel
plugin = Plugin(id="drawing", name="Drawing")
@place_lead_panel.impl
def place(ctx):
    return OwnTemplate("_panel.html", {"values_label": "Own", "bad": "<script>"})
"""
    monkeypatch.syspath_prepend(tmp_path)
    files = {"plugin.py": code, "templates/_panel.html": PANEL}
    text = show(write_plugin(tmp_path, "drawing", files))("/leads/1")
    assert '<span class="ck-tag">Own</span>EveYes&lt;script&gt;' in text


@pytest.mark.databases("sqlite")
def test_a_template_that_fails_is_a_failure_of_its_plugin(show):
    @place_lead_panel.impl
    def place(ctx):  # noqa: ARG001
        return OwnTemplate("nowhere.html")

    get = show(sample_plugin("drawing", place))
    assert f"“drawing” {BOX}" in get("/leads/1")
    assert BOX not in get("/leads/1", "ann")


@pytest.mark.databases("sqlite")
def test_markup_of_a_plugin_is_text_like_any_other(show):
    @place_card_badges.impl
    def place(ctx):
        return {card.id: [Badge(Markup("<b>bold</b>"))] for card in ctx.cards}

    assert "&lt;b&gt;bold&lt;/b&gt;" in show(sample_plugin("loud", place))("/pipeline")


@pytest.mark.parametrize("href", ["javascript:alert(1)", "http://a.example", "home"])
def test_an_address_that_leads_nowhere_is_refused(href):
    with pytest.raises(PieceError, match="neither with / nor with https"):
        NavigationItem("Home", href, "home")
    with pytest.raises(PieceError):
        PanelLine("Home", href=href)
