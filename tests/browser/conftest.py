"""One browser, one server and one database for every page that is looked at."""

import shutil

import pytest

from tests.browser.sites import PATIENCE, Visit, open_site

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def site(crm_templates):
    with open_site(crm_templates) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import (  # noqa: PLC0415  (where it is)
        expect,
        sync_playwright,
    )

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, site):
    """Opens pages; the test fails if one of them had an error to report."""
    visits = Visit(browser, site)
    yield visits
    visits.close()
    assert visits.complaints == []
