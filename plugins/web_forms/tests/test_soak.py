"""Thousands of answers and mails while processes are killed: each is one lead."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from crmkit.core import Lead
from crmkit_web_forms.forms import FIRST_FIELDS, FormDraft, add_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLUGINS = ("web_forms", "email_alias")
pytestmark = [pytest.mark.plugins(*PLUGINS), pytest.mark.soak]

SHARE = float(os.environ.get("CRMKIT_SOAK_SHARE", "1"))
KILLS, PAUSE, PATIENCE = 10, 5.0, 3_600
SENDERS = 4


@dataclass(frozen=True, slots=True)
class Campaign:
    """So many answers and mails."""

    posts: int
    mails: int

    @property
    def all(self) -> int:
        return self.posts + self.mails


CAMPAIGNS = {
    "sqlite": Campaign(int(2_000 * SHARE), int(500 * SHARE)),
    "postgresql": Campaign(int(20_000 * SHARE), int(5_000 * SHARE)),
}


class _Stay(HTTPRedirectHandler):
    @override
    def redirect_request(self, *_, **__):
        return None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def running(url: str, *arguments: str) -> Iterator[Callable[[], None]]:
    """What kills a command of crmkit, which is started anew whenever it ends."""
    over = Event()
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "CRMKIT_DATABASE_URL": url,
        "CRMKIT_PLUGINS": json.dumps(PLUGINS),
        "CRMKIT_JOB_LEASE_SECONDS": "5",
        "CRMKIT_SECRET_KEY": "a key that is of this test alone",
    }

    def keep() -> None:
        while not over.is_set():
            command = [sys.executable, "-m", "crmkit", *arguments]
            with subprocess.Popen(  # noqa: S603  (our own interpreter)
                command,
                env=environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
            ) as process:
                started.append(process)
                if over.is_set():
                    kill(process)
                process.wait()

    thread = Thread(target=keep)
    thread.start()
    try:
        yield lambda: kill(started[-1])
    finally:
        over.set()
        if started:
            kill(started[-1])
        thread.join()


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def post(address: str, number: int) -> bool:
    """Whether a server says that it keeps an answer."""
    data = {"contact_name": f"Visitor {number}", "email": f"v{number}@example.org"}
    try:
        build_opener(_Stay).open(address, urlencode(data).encode(), timeout=30)
    except HTTPError as error:
        return error.code == 303
    except OSError:
        pass
    return False


def hand_in(port: int, number: int) -> bool:
    """Whether the listener says that it keeps a mail."""
    text = (
        f"From: Writer {number} <w{number}@example.org>\r\nTo: sales@crm.example\r\n"
        f"Subject: Mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\nHello\r\n"
    )
    try:
        with smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
            client.sendmail("bounce@example.org", ["sales@crm.example"], text)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def send_all(sends: list[Callable[[], bool]]) -> None:
    """Send each until it is kept, as visitors and mail servers do."""
    for send in sends:
        while not send():
            time.sleep(0.1)


@contextmanager
def sending(ports: list[int], path: str, campaign: Campaign) -> Iterator[None]:
    """Answers go to the first ports in turn, mails to the last one."""
    webs, lmtp = ports[:-1], ports[-1]
    sends: list[Callable[[], bool]] = []
    for number in range(campaign.posts):
        address = f"http://127.0.0.1:{webs[number % len(webs)]}{path}"
        sends.append(partial(post, address, number))
        if number * campaign.mails // campaign.posts != (
            (number + 1) * campaign.mails // campaign.posts
        ):
            sends.append(partial(hand_in, lmtp, number))
    threads = [
        Thread(target=send_all, args=(sends[start::SENDERS],), daemon=True)
        for start in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(PATIENCE)


def leads_made(kit) -> int:
    with kit.read() as uow:
        found = select(func.count()).where(Lead.email.is_not(None))
        return int(uow.session.execute(found).scalar_one())


def await_leads(kit, number: int) -> None:
    ends = time.monotonic() + PATIENCE
    while (made := leads_made(kit)) < number:
        assert time.monotonic() < ends, f"{made} of {number} leads"
        time.sleep(0.2)


def kill_by_share(kit, campaign: Campaign, victims) -> int:
    """Kill somebody each time that an eleventh of all has been made."""
    for number in range(KILLS):
        await_leads(kit, campaign.all * (number + 1) // (KILLS + 1))
        victims[number % len(victims)]()
    return KILLS


def kill_by_time(kit, campaign: Campaign, victims) -> int:
    """Kill somebody five seconds after leads were made since the last one was."""
    kills = 0
    while (made := leads_made(kit)) < campaign.all:
        await_leads(kit, made + 1)
        time.sleep(PAUSE)
        victims[kills % len(victims)]()
        kills += 1
    return kills


def test_each_answer_and_each_mail_is_one_lead_whoever_is_killed(kit, crm_database):
    campaign, is_large = CAMPAIGNS[crm_database], crm_database == "postgresql"
    before = leads_made(kit)
    with kit.work() as uow:
        draft = FormDraft(title="Soak", fields=FIRST_FIELDS, per_hour=1_000_000)
        path = f"/p/web_forms/f/{add_form(uow, draft).slug}"
    url = kit.crm.engine.url.render_as_string(hide_password=False)
    ports = [free_port() for _ in range(3 if is_large else 2)]
    commands: list[tuple[str, ...]] = [
        ("serve", "--port", str(port)) for port in ports[:-1]
    ]
    commands.append(("mail", "listen", "--port", str(ports[-1])))
    workers: list[tuple[str, ...]] = [("worker",)] * (2 if is_large else 0)
    began = time.monotonic()
    with ExitStack() as stack:
        stops = [stack.enter_context(running(url, *one)) for one in commands + workers]
        stack.enter_context(sending(ports, path, campaign))
        lives = kill_by_time if is_large else kill_by_share
        kills = lives(kit, campaign, stops[-2:])
        await_leads(kit, campaign.all)
        seconds = time.monotonic() - began
    with kit.read() as uow:
        people = uow.session.scalar(select(func.count(func.distinct(Lead.email))))
    assert (before, leads_made(kit), people) == (0, campaign.all, campaign.all)
    print(f"{campaign.all} in {seconds:.0f} s, {kills} kills")  # noqa: T201  (a figure)
