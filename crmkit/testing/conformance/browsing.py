"""What a real browser says of a plugin's pages and places: the policy, and axe."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from crmkit.core import sign_in
from crmkit.testing.conformance.subject import on_sqlite, own_routes
from crmkit.testing.serving import served
from crmkit.web.work import COOKIE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, Page

    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door

PLACES = ("/pipeline", "/leads", "/leads/1", "/contacts", "/settings")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
_REFUSED = "Content Security Policy"


@on_sqlite
class BrowserChecks:
    """Nothing that a machine can see keeps anybody from its pages."""

    @pytest.mark.soak
    @pytest.mark.browser
    def test_a_browser_finds_nothing_wrong_with_its_pages(
        self, company: Door, subject: Subject
    ) -> None:
        """No script, style or image that the policy refuses, and nothing for axe."""
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (heavy)

        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            paths = [*own_pages(company, subject.id), *PLACES]
            found = complaints_about(browser, company, paths)
            browser.close()
        assert found == []


def own_pages(company: Door, plugin_id: str) -> list[str]:
    """The pages of a plugin that need no record to be shown."""
    return [
        path
        for method, path in own_routes(company, plugin_id)
        if method == "GET" and path.startswith("/p/") and "{" not in path
    ]


def _is_page(company: Door, path: str) -> bool:
    answer = company.person("eve").get(path)
    return answer.status_code == 200 and "html" in answer.headers["content-type"]


def complaints_about(
    browser: Browser, company: Door, paths: Sequence[str]
) -> list[str]:
    """What the browser refuses of each page, and what axe finds, as Eve sees it.

    axe brings styles of its own, so it looks at the pages without their policy.
    """
    from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # noqa: PLC0415
        Axe,
    )

    found: list[str] = []
    shown = [path for path in paths if _is_page(company, path)]
    with company.kit.work() as uow:
        key = sign_in(uow, company.kit.eve, "test")
    with served(company.app, with_lifespan=False) as address:
        for is_strict in (True, False):
            context = browser.new_context(
                base_url=address, bypass_csp=not is_strict, reduced_motion="reduce"
            )
            context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
            page = context.new_page()
            said = _listen(page)
            for path in shown:
                said.clear()
                page.goto(path)
                if is_strict:
                    found += [f"{path}: {one}" for one in said if _REFUSED in one]
                elif (seen := Axe().run(page)).violations_count:
                    found.append(f"{path}: {seen.generate_report()}")
            context.close()
    return found


def _listen(page: Page) -> list[str]:
    """What the browser says of the page from now on."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
