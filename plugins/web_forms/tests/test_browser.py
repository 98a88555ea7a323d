"""A form in a page of another origin, in a real browser."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from typing_extensions import override

from crmkit.core import get_lead
from crmkit.testing import served
from crmkit.web import create_app
from crmkit_web_forms.answers import list_answers
from crmkit_web_forms.forms import FIRST_FIELDS, FormDraft, add_form, get_form

pytestmark = [
    pytest.mark.plugins("web_forms"),
    pytest.mark.databases("sqlite"),
    pytest.mark.browser,
]

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
HOSTILE = "\"'><img src=x onerror=alert(1)><b hx-get=/leads hx-trigger=load>{{7*7}}"


@contextmanager
def other_site(pages):
    """The address of a site with these pages, of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path.partition("?")[0], "").encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (where it is)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def shop(kit):
    """Where the form is, another site that frames it, and a third that may not."""
    pages: dict[str, str] = {}
    with served(create_app(kit.crm)) as address, other_site(pages) as allowed:
        with kit.work(kit.eve) as uow:
            draft = FormDraft(
                title="Contact us",
                fields=FIRST_FIELDS,
                consent={"en": "You may write.", "fr": "Vous pouvez écrire."},
                frame_hosts=[allowed],
                needs_proof=True,
                least_seconds=0,
            )
            path = f"{address}/p/web_forms/f/{add_form(uow, draft).slug}"
        for lang in ("en", "fr"):
            frame = (
                f'<iframe src="{path}/embed?lang={lang}" width=600 height=900 '
                'referrerpolicy="no-referrer-when-downgrade">'
            )
            pages[f"/{lang}"] = f"<!doctype html><title>Shop</title>{frame}</iframe>"
        yield allowed, allowed.replace("localhost", "127.0.0.1")


def fill_in(frame, name):
    frame.locator("#wf-contact_name").fill(name)
    frame.locator("#wf-email").fill("zoe@example.org")
    frame.locator("#wf-message").fill(HOSTILE)
    frame.locator("#wf-consent").check()
    frame.locator("button[type=submit]").click()


def check_with_axe(page):
    from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # noqa: PLC0415
        Axe,
    )

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_works_in_a_frame_with_and_without_scripts(kit, chromium, shop):
    allowed, forbidden = shop
    complaints = []
    page = chromium.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{allowed}/en?utm_source=Fair&utm_campaign=Spring")
    frame = page.frame_locator("iframe")
    fill_in(frame, HOSTILE)
    frame.get_by_text("Thank you.").wait_for()
    assert complaints == []
    page.goto(f"{forbidden}/en")
    assert any("frame-ancestors" in said for said in complaints)

    bare = chromium.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(f"{allowed}/fr")
    frame = page.frame_locator("iframe")
    fill_in(frame, "Sans script")
    frame.get_by_text("attendez dix secondes").wait_for()
    kit.crm.clock.advance(minutes=1)
    frame.locator("button[type=submit]").click()
    frame.get_by_text("Merci.").wait_for()

    assert made_of(kit) == [
        ("frame", "fr", "Sans script", {}),
        ("frame", "en", HOSTILE, {"source": "Fair", "campaign": "Spring"}),
    ]


def made_of(kit):
    """How each answer came, its language, whom its lead names, and what led here."""
    kit.run_jobs()
    with kit.read() as uow:
        found = list_answers(uow, get_form(uow, 1))
        return [
            (
                one.way,
                one.language,
                get_lead(uow, one.lead_id or 0).contact_name,
                one.origin,
            )
            for one in found
        ]


def test_its_pages_are_for_everybody(kit, chromium, shop):
    with kit.read() as uow:
        assert get_form(uow, 1).frame_hosts == [shop[0]]
    with served(create_app(kit.crm)) as address:
        for scheme in ("light", "dark"):
            context = chromium.new_context(bypass_csp=True, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{address}/p/web_forms/f/contact-us")
            check_with_axe(page)
            page.locator("button[type=submit]").click()
            page.locator(".said").wait_for()
            check_with_axe(page)
