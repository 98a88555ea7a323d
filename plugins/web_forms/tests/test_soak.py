"""Thousands of answers while servers and workers are killed: each is one lead."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Event, Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from crmkit.core import Lead
from crmkit_web_forms.forms import FIRST_FIELDS, FormDraft, add_form
from crmkit_web_forms.tables import Answer, AnswerState

pytestmark = [pytest.mark.plugins("web_forms"), pytest.mark.soak]

POSTS = {"sqlite": 2_000, "postgresql": 20_000}
PATIENCE = 1_800


class _Stay(HTTPRedirectHandler):
    @override
    def redirect_request(self, *_, **__):
        return None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def running(url, *arguments):
    """A command of crmkit as a process group, started anew whenever it was killed."""
    over, started = Event(), []
    environment = {**os.environ, "CRMKIT_DATABASE_URL": url}
    environment |= {"CRMKIT_JOB_LEASE_SECONDS": "5"}
    environment |= {"CRMKIT_SECRET_KEY": "a key that is of this test alone"}

    def keep():
        while not over.is_set():
            command = [sys.executable, "-m", "crmkit", *arguments]
            with subprocess.Popen(  # noqa: S603  (our own interpreter)
                command, env=environment, start_new_session=True
            ) as process:
                started.append(process)
                process.wait()

    thread = Thread(target=keep)
    thread.start()
    try:
        yield lambda: kill(started[-1])
    finally:
        over.set()
        kill(started[-1])
        thread.join()


def kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def post(opener, port, path, number):
    """Send one answer until a server says that it is kept."""
    data = {"contact_name": f"Visitor {number}", "email": f"v{number}@example.org"}
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            address = f"http://127.0.0.1:{port}{path}"
            opener.open(address, urlencode(data).encode(), timeout=30)
        except HTTPError as error:
            if error.code == 303:
                return
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    raise AssertionError(number)


def send_all(ports, path, numbers):
    opener = build_opener(_Stay)
    for number in numbers:
        post(opener, ports[number % len(ports)], path, number)


def count(kit, *criteria):
    with kit.read() as uow:
        query = select(func.count()).select_from(Answer).where(*criteria)
        return uow.session.scalar(query)


def test_each_answer_is_one_lead_whoever_is_killed(kit, crm_database):
    most = int(os.environ.get("CRMKIT_SOAK_POSTS", POSTS[crm_database]))
    with kit.work() as uow:
        draft = FormDraft(title="Soak", fields=FIRST_FIELDS, per_hour=1_000_000)
        path = f"/p/web_forms/f/{add_form(uow, draft).slug}"
    url = kit.crm.engine.url.render_as_string(hide_password=False)
    is_large = crm_database == "postgresql"
    ports = [free_port() for _ in range(2 if is_large else 1)]
    with running(url, "serve", "--port", str(ports[0])) as stop_first:
        others: list[tuple[str, ...]]
        others = [("serve", "--port", str(port)) for port in ports[1:]]
        others += [("worker",), ("worker",)] if is_large else []
        with several(url, others) as stops:
            victims = stops[-2:] if is_large else [stop_first]
            live_through(kit, ports, path, most, victims)
    with kit.read() as uow:
        leads = uow.session.scalar(select(func.count()).select_from(Lead))
        mails = uow.session.scalar(select(func.count(func.distinct(Lead.email))))
    assert (leads, mails) == (most, most)


@contextmanager
def several(url, commands):
    """The kills of several commands that run."""
    if not commands:
        yield []
        return
    with running(url, *commands[0]) as stop, several(url, commands[1:]) as rest:
        yield [stop, *rest]


def live_through(kit, ports, path, most, victims):
    """Send everything from four threads, and kill somebody every five seconds."""
    threads = [
        Thread(target=send_all, args=(ports, path, range(start, most, 4)))
        for start in range(4)
    ]
    for thread in threads:
        thread.start()
    ends, kills = time.monotonic() + PATIENCE, 0
    is_made = Answer.state == AnswerState.LEAD
    while count(kit, is_made) < most:
        assert time.monotonic() < ends, f"{count(kit, is_made)} of {most}"
        time.sleep(5)
        if count(kit) < most or kills < 3:
            victims[kills % len(victims)]()
            kills += 1
    for thread in threads:
        thread.join()
    print(f"{kills} kills")  # noqa: T201  (a figure of the soak)
