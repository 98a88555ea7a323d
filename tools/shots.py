"""Takes pictures of the pages: wide and phone, light and dark, in shots/.

Serves a small demo database of its own. Every place of the navigation is
photographed, those of plugins too, and the first lead of the list.
"""

import os
import secrets
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
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools.distributions import ROOT

TARGET = ROOT / "shots"
LEADS = 400
EMAIL = "shots@example.org"
START_SECONDS = 60
SIZES: dict[str, ViewportSize] = {
    "1440": {"width": 1440, "height": 900},
    "390": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class NoServerError(Exception):
    """The server did not answer in time."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} did not answer in {START_SECONDS} seconds.")


def main() -> int:
    """Takes them all; prints where they are."""
    password = secrets.token_urlsafe(12)
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    with serve_demo(password) as address, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium)
        for width, size in SIZES.items():
            for scheme in SCHEMES:
                page = open_page(browser, address, size, scheme)
                take_all(page, password, f"{width}-{scheme}")
        browser.close()
    print(f"{len(list(TARGET.iterdir()))} pictures in {TARGET.relative_to(ROOT)}/")
    return 0


@contextmanager
def serve_demo(password: str) -> Iterator[str]:
    """The address of a server with demo data, and somebody to sign in as."""
    with tempfile.TemporaryDirectory(prefix="crmkit-shots-") as folder:
        database = f"sqlite:///{Path(folder, 'shots.db')}"
        environment = {**os.environ, "CRMKIT_DATABASE_URL": database}
        crmkit = str(Path(sys.executable).parent / "crmkit")

        def call(*arguments: str, words: str | None = None) -> None:
            subprocess.run(  # noqa: S603  # our own command
                [crmkit, *arguments],
                env=environment,
                input=words,
                text=True,
                check=True,
            )

        call("demo", "--no-serve", "--leads", str(LEADS))
        who = ["--name", "Shots", "--role", "admin", "--password-stdin"]
        call("user", "add", EMAIL, *who, words=password)
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


def take_all(page: Page, password: str, suffix: str) -> None:
    """A picture of the sign-in, then of each place, then of a lead."""
    page.goto("/sign-in")
    take(page, f"sign-in-{suffix}")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url("**/pipeline*")
    for place in list_places(page):
        page.goto(place)
        take(page, f"{place.strip('/').replace('/', '-')}-{suffix}")
    page.goto("/leads")
    lead = page.locator('main a[href^="/leads/"]:not([href="/leads/new"])').first
    page.goto(lead.get_attribute("href") or "/leads")
    take(page, f"lead-{suffix}")


def list_places(page: Page) -> list[str]:
    """The addresses in the navigation, each once, in its order."""
    links = page.locator('.ck-nav a[href^="/"]').all()
    return list(dict.fromkeys(link.get_attribute("href") or "/" for link in links))


def take(page: Page, name: str) -> None:
    """Writes what the window shows."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
