"""A served CRM, and pages of it in a real browser that note whatever goes wrong."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from crmkit.core import (
    BoardQuery,
    LostReason,
    NameDraft,
    add_named,
    get_lead,
    get_stage,
    get_user,
    move_lead,
    pipeline,
    set_password,
    sign_in,
)
from crmkit.hooks import LeadMove, Refusal, check_lead_move
from crmkit.testing import FrozenClock, sample_plugin, served
from crmkit.testing.fixtures import MakeCrm
from crmkit.testing.kit import meet
from crmkit.web import create_app
from crmkit.web.work import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from playwright.sync_api import Browser, BrowserContext, Page

    from crmkit.testing import Kit
    from crmkit.testing.fixtures import Templates

PASSWORD = "correct horse battery"  # noqa: S105  (of people who do not exist)
PATIENCE = 20_000
"""Milliseconds for what is waited for: a machine may have much else to do."""
REFUSALS = ("status of 401", "status of 409", "status of 422", "status of 404")
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI);
});
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The kit's CRM, served on this machine."""

    kit: Kit
    address: str

    def key(self, name: str) -> str:
        """A new sign-in of that person."""
        with self.kit.work() as uow:
            return sign_in(uow, self.kit.people[name], "test")

    def move(self, lead_id: int, stage_id: int) -> None:
        """Somebody else moves a lead."""
        with self.kit.work(self.kit.max) as uow:
            move_lead(uow, get_lead(uow, lead_id), get_stage(uow, stage_id))

    def stage_of(self, lead_id: int) -> int:
        """The stage in which a lead stands."""
        with self.kit.read() as uow:
            return get_lead(uow, lead_id).stage_id

    def sums(self) -> dict[int, tuple[int, Decimal, Decimal]]:
        """Count, sum and weighted sum of each column, by stage."""
        with self.kit.read() as uow:
            columns = pipeline(uow, BoardQuery()).columns
            return {
                column.stage_id: (
                    column.count,
                    column.sum.base,
                    column.weighted_sum.base,
                )
                for column in columns
            }


@contextmanager
def serve(kit: Kit) -> Iterator[Site]:
    """`kit` on a free port of 127.0.0.1; Eve may sign in with PASSWORD."""
    with kit.work() as uow:
        set_password(uow, get_user(uow, kit.eve), PASSWORD)
    with served(create_app(kit.crm)) as address:
        yield Site(kit, address)


@check_lead_move.impl
def _keep_the_locked(ctx: LeadMove) -> Refusal | None:
    if any(lead.name.startswith("Locked") for lead in ctx.leads):
        return Refusal("The budget of this lead is not agreed yet.")
    return None


@contextmanager
def open_site(templates: Templates) -> Iterator[Site]:
    """The kit's company with 90 leads of Valve 00 to 89, on SQLite, served."""
    url = templates.copy("sqlite", (), with_kit=True)
    make = MakeCrm(url, FrozenClock(), templates)
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
    with serve(kit) as opened:
        yield opened
    make.close()
    templates.drop("sqlite", url)


@dataclass(slots=True)
class Visit:
    """Opens pages of a site; `complaints` is what the browser had to say."""

    browser: Browser
    site: Site
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self, path: str, who: str | None = "eve", *, width: int = 1440, **options: Any
    ) -> Page:
        """The page at `path`, opened by that person, in English and light."""
        is_phone = width < 500
        wanted: dict[str, Any] = {
            "viewport": {"width": width, "height": 844 if is_phone else 900},
            "has_touch": is_phone,
            "is_mobile": is_phone,
            "locale": "en-GB",
            "reduced_motion": "reduce",
            "base_url": self.site.address,
            **options,
        }
        context = self.browser.new_context(**wanted)
        context.set_default_timeout(PATIENCE)
        # The first page of a kind compiles its templates, on a busy machine for long.
        context.set_default_navigation_timeout(30_000)
        context.add_init_script(_WATCH)
        self.contexts.append(context)
        if who is not None:
            key, address = self.site.key(who), self.site.address
            context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
        page = context.new_page()
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("request", lambda request: self._note_request(request.url))
        page.goto(path)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(known in text for known in REFUSALS):
            self.complaints.append(text)

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname != "127.0.0.1":
            self.complaints.append(f"asked {url}")

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()


def expect_sums(page: Page, stage_id: int, count: int, *sums: Decimal | int) -> None:
    """The head of a column shows this count, sum and weighted sum, at once or soon."""
    head = page.locator(f"#col-{stage_id}-head")
    whole, weighted = (f"€{amount:,}" for amount in sums)
    expect(head.locator(".ck-sub.ck-num").first).to_have_text(str(count))
    expect(head.locator(".ck-sums strong")).to_have_text(whole)
    expect(head.locator(".ck-sums > span")).to_have_text(f"{weighted} weighted")
