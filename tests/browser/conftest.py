"""One browser, one server and one database for every page that is looked at."""

import shutil

import pytest

from crmkit.core import LostReason, NameDraft, add_named
from crmkit.hooks import Refusal, check_lead_move
from crmkit.testing import FrozenClock, sample_plugin
from crmkit.testing.fixtures import MakeCrm
from crmkit.testing.kit import meet

from tests.browser.sites import PATIENCE, Visit, serve

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


@check_lead_move.impl
def _keep_the_locked(ctx):
    if any(lead.name.startswith("Locked") for lead in ctx.leads):
        return Refusal("The budget of this lead is not agreed yet.")
    return None


@pytest.fixture(scope="session")
def site(crm_templates):
    url = crm_templates.copy("sqlite", (), with_kit=True)
    make = MakeCrm(url, FrozenClock(), crm_templates)
    kit = meet(make(sample_plugin("lock", _keep_the_locked)))
    with kit.work() as uow:
        for name in ("Price", "No answer"):
            add_named(uow, LostReason, NameDraft(name=name))
    for number in range(90):
        kit.lead(
            f"Valve {number:02}",
            stage_id=kit.proposal if number % 3 else kit.new,
            expected_revenue=1000 * (number + 1),
            company_name=f"Aqua {number}",
            email="sam@example.org" if number % 9 == 0 else None,
        )
    with serve(kit) as served:
        yield served
    make.close()
    crm_templates.drop("sqlite", url)


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
