"""Every page, as each of the widths and themes: axe, its width, its weight, its focus.

The pages are those of the table of cases, which fails where a route is missing: a new
page is looked at as soon as it answers. Gate looks at each in one way, soak in all.

axe adds styles of its own, so these pages are opened without their policy; every other
test keeps it and fails on a violation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from gzip import compress
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]
    Axe,
)
from playwright.sync_api import expect

from crmkit.core import (
    ActivityDraft,
    ContactDraft,
    NoteDraft,
    add_note,
    create_contact,
    get_lead,
    plan_activity,
)
from crmkit.testing import open_door

from tests.browser.sites import Site, open_site
from tests.web.cases import PAGES
from tests.web.knocking import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LOOKING = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
KB = 1024
MOST_KB = 300
Theme = Literal["light", "dark"]
LOOKS: tuple[tuple[int, Theme], ...] = (
    (1440, "light"),
    (390, "dark"),
    (720, "dark"),  # 1440 at 200 %
    (320, "light"),
)
ALSO = (
    "/activities?filter=+",
    "/activities?show=calendar&filter=+",
    "/leads?filter=probability+%3E",
    "/leads?group=stage",
    "/leads?q=nothingisnamedso",
    "/pipeline?group=owner",
    "/leads/1",
    "/leads/999999",
)
NO_PAGES = {"/sign-in", "/files/{file_id}"}
"""Of one who is signed in: a way on, and a download."""


@dataclass(slots=True)
class Look:
    """A page in a width and a theme, and what was found wrong in all of them."""

    page: Page
    axe: Axe = field(default_factory=Axe)
    found: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)

    def take(self, width: int, theme: Theme, where: str) -> None:
        """Judge what is open at that width and in that theme."""
        self.page.set_viewport_size({"width": width, "height": 844})
        self.page.emulate_media(color_scheme=theme)
        self._judge(f"{where}, {width} {theme}")

    def weigh(self, where: str) -> None:
        """Judge what a first visit of the open page fetches, packed as servers do."""
        names = self.page.evaluate(
            "performance.getEntriesByType('resource').map((one) => one.name)"
        )
        for name in {self.page.url, *names} - self.weights.keys():
            self.weights[name] = len(compress(self.page.request.get(name).body()))
        whole = sum(self.weights[name] for name in {self.page.url, *names}) / KB
        if whole > MOST_KB:
            self.found.append(f"{where}: {whole:.0f} kB")

    def _judge(self, where: str) -> None:
        found = self.axe.run(self.page)
        if found.violations_count:
            self.found.append(f"{where}\n{found.generate_report()}")
        self.found += [f"{where}: {one}" for one in self.page.evaluate(LOOKING)]


@pytest.fixture(scope="module")
def site(crm_templates) -> Iterator[Site]:
    """A site of its own: what is put there to look at would be in others' way."""
    with open_site(crm_templates) as opened:
        yield opened


@pytest.fixture(scope="module")
def paths(site) -> list[str]:
    """Something to look at in every page, and where: by the table of cases."""
    kit = site.kit
    with kit.work(kit.eve) as uow:
        lead = get_lead(uow, 1)
        add_note(uow, lead, NoteDraft(text="Rang."))
        draft = ActivityDraft(type="call", summary="Ring", due_on=uow.today())
        plan_activity(uow, lead, draft)
        create_contact(uow, ContactDraft(name="Ada", email="ada@example.org"))
    known = {"{column}": str(kit.new), "{plugin_id}": "lock"}
    with open_door(kit) as door:
        return [*_filled(door, known), *ALSO]


def _filled(door, known: dict[str, str]) -> Iterator[str]:
    for route, case in PAGES.items():
        method, path = route.split(" ")
        if method != "GET" or path in NO_PAGES:
            continue
        for name, value in known.items():
            path = path.replace(name, value)
        yield fill(door, path, "eve") + case.query


def test_nothing_is_wrong_with_any_page(visit, paths):
    page = visit("/sign-in", None, bypass_csp=True)
    look = Look(page)
    look.take(390, "dark", "/sign-in")
    page = look.page = visit("/today", "eve", bypass_csp=True)
    turns, pages = cycle(LOOKS), 0
    for path in paths:
        page.goto(path)
        if page.locator("main").count() == 0:
            continue  # a part of a page, which only its page shows
        pages += 1
        looks = LOOKS if os.environ.get("CRMKIT_PROFILE") == "soak" else (next(turns),)
        for width, theme in looks:
            look.take(width, theme, path)
        look.weigh(path)
    assert look.found == []
    assert pages > 40


@pytest.mark.parametrize(("width", "theme"), LOOKS[:2])
def test_nothing_is_wrong_with_what_opens(visit, width, theme):
    page = visit("/pipeline", "max", width=width, color_scheme=theme, bypass_csp=True)
    look = Look(page)
    page.locator("[data-move-menu]").first.click()
    expect(page.locator("#move-menu")).to_be_visible()
    look.take(width, theme, "move menu")
    page.keyboard.press("Escape")
    page.locator("a[hx-get='/leads/new']:visible").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    look.take(width, theme, "quick create")
    dialog.locator("button[type=submit]").last.click()
    expect(dialog.locator("#name-error")).to_be_visible()
    look.take(width, theme, "quick create, refused")
    page.goto("/leads/1")
    page.locator("#lead-top [hx-get='/leads/1/lose']").click()
    expect(dialog).to_be_visible()
    look.take(width, theme, "lose")
    page.keyboard.press("Escape")
    if width > 390:
        page.locator("#fact-company_name button.ck-fact").click()
        expect(page.locator("#fact-company_name input[name=value]")).to_be_visible()
        look.take(width, theme, "a fact being edited")
    assert look.found == []
