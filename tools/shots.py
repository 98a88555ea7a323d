"""Takes pictures of the pages: wide and phone, light and dark, in shots/.

Serves a small demo database of its own. PAGES says which pages at which widths; what
opens in a page is opened by a key. Six of them are written into docs/pictures/, too.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from crmkit.cli.demo.making import PASSWORD

from tools.distributions import ROOT

TARGET = ROOT / "shots"
LEADS = 400
EMAIL = "camille@sonde.example"
START_SECONDS = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IN_DOCS = ROOT / "docs" / "pictures"
SIZES: dict[str, ViewportSize] = {
    "1440": {"width": 1440, "height": 900},
    "768": {"width": 768, "height": 1024},
    "390": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


SETTLE_MS = 300
WIDE = ("1440", "390")
EVERY = tuple(SIZES)


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: where it is, or the link on that page to it; a key, what is typed."""

    name: str
    path: str
    widths: tuple[str, ...] = WIDE
    link: str = ""
    key: str = ""
    typed: str = ""


LEAD = 'main a[href^="/leads/"]:not([href*="new"]):not([href*="merge"])'
CONTACT = 'main a[href^="/contacts/"]:not([href*="new"])'
PAGES = (
    Shot("sign-in", "/sign-in"),
    Shot("board", "/pipeline", EVERY),
    Shot("board-by-owner", "/pipeline?group=owner"),
    Shot("board-of-a-day", "/pipeline/past"),
    Shot("list", "/leads", EVERY),
    Shot("list-in-groups", "/leads?group=stage"),
    Shot("lead", "/pipeline", EVERY, link=LEAD),
    Shot("today", "/today", EVERY),
    Shot("calendar", "/activities?show=calendar&filter=+"),
    Shot("contacts", "/contacts"),
    Shot("contact", "/contacts", link=CONTACT),
    Shot("quick-create", "/pipeline", key="c"),
    Shot("palette", "/pipeline", key="Control+k", typed="mi"),
    Shot("settings-plugins", "/settings/plugins", EVERY),
    Shot("settings", "/settings"),
    Shot("start", "/start"),
)
BEST = {
    ("board", "1440", "light"),
    ("board", "390", "dark"),
    ("lead", "1440", "light"),
    ("list-in-groups", "1440", "light"),
    ("today", "1440", "dark"),
    ("palette", "1440", "dark"),
}


class NoServerError(Exception):
    """The server did not answer in time."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} did not answer in {START_SECONDS} seconds.")


def main() -> int:
    """Takes them all; prints where they are."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    IN_DOCS.mkdir(exist_ok=True)
    with serve_demo() as address, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width, size in SIZES.items():
            for scheme in SCHEMES:
                page = open_page(browser, address, size, scheme)
                take_all(page, width, scheme)
        browser.close()
    print(f"{len(list(TARGET.iterdir()))} pictures in {TARGET.relative_to(ROOT)}/")
    return 0


@contextmanager
def serve_demo() -> Iterator[str]:
    """The address of a server with demo data."""
    with tempfile.TemporaryDirectory(prefix="crmkit-shots-") as folder:
        database = f"sqlite:///{Path(folder, 'shots.db')}"
        environment = {**os.environ, "CRMKIT_DATABASE_URL": database}
        crmkit = str(Path(sys.executable).parent / "crmkit")

        fill = [crmkit, "demo", "--no-serve", "--leads", str(LEADS)]
        subprocess.run(fill, env=environment, check=True)  # noqa: S603  # our own command
        port = find_port()
        command = [crmkit, "serve", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, env=environment)  # noqa: S603  # our own command
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            yield address
        finally:
            server.terminate()
            server.wait()


def find_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(address: str) -> None:
    """Returns when the server answers."""
    for _ in range(START_SECONDS * 10):
        try:
            urllib.request.urlopen(f"{address}/healthz").close()  # noqa: S310  # our own server
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise NoServerError(address)


def open_page(
    browser: Browser,
    address: str,
    size: ViewportSize,
    scheme: Literal["light", "dark"],
) -> Page:
    """A fresh browser page of that size and colour scheme, signed out."""
    context = browser.new_context(
        base_url=address, viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    return context.new_page()


def take_all(page: Page, width: str, scheme: str) -> None:
    """A picture of the sign-in, then of each page that this width is asked for."""
    page.goto("/sign-in")
    if width in PAGES[0].widths:
        take(page, PAGES[0], width, scheme)
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/pipeline*")
    for shot in PAGES[1:]:
        if width in shot.widths:
            open_shot(page, shot)
            take(page, shot, width, scheme)


def open_shot(page: Page, shot: Shot) -> None:
    """The page, of a record by the first link to one, with what its key opens."""
    page.goto(shot.path)
    if shot.link:
        page.goto(page.locator(shot.link).first.get_attribute("href") or shot.path)
    page.wait_for_load_state("networkidle")
    if shot.key:
        page.keyboard.press(shot.key)
        page.locator("dialog:modal").wait_for()
    if shot.typed:
        page.keyboard.type(shot.typed)


def take(page: Page, shot: Shot, width: str, scheme: str) -> None:
    """Writes what the window shows; for the guides as a JPEG of few kB."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=TARGET / f"{shot.name}-{width}-{scheme}.png")
    if (shot.name, width, scheme) in BEST:
        name = f"{shot.name}-{width}-{scheme}.jpg"
        page.screenshot(path=IN_DOCS / name, type="jpeg", quality=70)


if __name__ == "__main__":
    sys.exit(main())
