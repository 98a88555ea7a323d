"""Mails are fetched from a real IMAP server, each once, however often it breaks off."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crmkit.core import Lead, MessageVisibility, get_lead, messages_of
from crmkit_email_alias.mailboxes import (
    FETCH,
    MailboxDraft,
    add_mailbox,
    drop_mailbox,
    list_mailboxes,
)
from crmkit_email_alias.tables import Mailbox, RawMail, Security
from plugins.email_alias.tests.cutting import CuttingProxy
from plugins.email_alias.tests.dovecot import PASSWORD, USER, put_mail, running_dovecot

pytestmark = [
    pytest.mark.plugins("email_alias"),
    pytest.mark.databases("sqlite"),
]


@pytest.fixture(scope="module")
def server():
    """The ports of a mail server."""
    # Its processes are another user's, who may not look into the folders of tests.
    folder = Path(tempfile.mkdtemp(prefix="box"))
    run = Path(tempfile.mkdtemp(prefix="run"))
    with running_dovecot(folder, run) as ports:
        yield ports
    for made in (folder, run):
        shutil.rmtree(made, ignore_errors=True)


def deliver(server, name):
    text = f"From: {name}@example.org\r\nSubject: {name}\r\n\r\nHello\r\n"
    put_mail(server.lmtp, text.encode())


def add(kit, port, **fields):
    values = {"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD}
    draft = MailboxDraft(security=Security.NONE, **(values | fields))
    with kit.work(kit.eve) as uow:
        return add_mailbox(uow, draft).id


def fetch(kit):
    with kit.work() as uow:
        uow.enqueue(FETCH, key="all")
    kit.run_jobs()


def names(kit):
    with kit.read() as uow:
        return sorted(uow.session.scalars(select(Lead.name)))


def problem(kit):
    with kit.read() as uow:
        return [box.problem for box in list_mailboxes(uow)][-1]


def test_mails_are_fetched_once_and_a_mailbox_narrows_who_reads_them(kit, server):
    deliver(server, "one")
    add(kit, server.imap, visibility=MessageVisibility.SUBJECT, owner_id=kit.ann)
    fetch(kit)
    deliver(server, "two")
    fetch(kit)
    fetch(kit)
    assert names(kit) == ["one", "two"]
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(RawMail)) == 2
        lead = uow.session.scalars(select(Lead)).first()
    with kit.read(kit.eve) as uow:
        (mail,) = messages_of(uow, get_lead(uow, lead.id))
        assert (mail.subject, mail.text) == (lead.name, "")


def test_what_is_wrong_with_a_mailbox_is_said(kit, server):
    wrong = add(kit, server.imap, password="wrong")  # noqa: S106
    fetch(kit)
    assert "did not take the name or password" in problem(kit)
    with kit.work(kit.eve) as uow:
        drop_mailbox(uow, wrong)
    add(kit, server.imap, folder="Nowhere")
    fetch(kit)
    assert problem(kit) == "There is no folder Nowhere on 127.0.0.1."
    add(kit, 9)
    fetch(kit)
    assert "does not answer" in problem(kit)


IS_SOAK = os.environ.get("CRMKIT_PROFILE") == "soak"
CUTS, KILLS = (400, 200) if IS_SOAK else (8, 1)
# So much a server and a client say to each other until eight mails are fetched.
MOST_SAID = 4_000


def come_once(kit, prefix, number):
    """Whether each of so many mails is one lead, all kept and none twice."""
    found = [name for name in names(kit) if name.startswith(prefix)]
    return len(found) == len(set(found)) == number


def test_a_connection_that_is_cut_anywhere_loses_and_doubles_nothing(kit, server):
    for number in range(8):
        deliver(server, f"cut{number}")
    chance = random.Random(7)  # noqa: S311  (the same each time)
    with CuttingProxy(server.imap) as proxy:
        mailbox_id = add(kit, proxy.port)
        for _ in range(CUTS):
            proxy.cut_after(chance.randint(0, MOST_SAID))
            fetch(kit)
        proxy.cut_after(None)
        fetch(kit)
    assert come_once(kit, "cut", 8)
    with kit.read() as uow:
        assert uow.session.get_one(Mailbox, mailbox_id).problem == ""


def fetch_in_process(kit):
    environment = os.environ | {
        "CRMKIT_DATABASE_URL": kit.crm.settings.database_url,
        "CRMKIT_PLUGINS": '["email_alias"]',
    }
    command = [sys.executable, "-m", "crmkit", "mail", "fetch"]
    return subprocess.Popen(command, env=environment)  # noqa: S603  (our own)


def test_a_worker_killed_while_it_fetches_loses_and_doubles_nothing(kit, server):
    for number in range(8):
        deliver(server, f"kill{number}")
    chance = random.Random(7)  # noqa: S311
    with CuttingProxy(server.imap) as proxy:
        add(kit, proxy.port)
        for _ in range(KILLS):
            process = fetch_in_process(kit)
            proxy.cut_after(chance.randint(300, MOST_SAID), process.kill)
            assert process.wait() == -signal.SIGKILL
        proxy.cut_after(None)
        fetch(kit)
    assert come_once(kit, "kill", 8)


def await_lead(kit, name):
    """The seconds until there is a lead of that name."""
    began = time.monotonic()
    while name not in names(kit):
        assert time.monotonic() < began + 30, problem(kit)
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_mail_is_a_lead_at_once_also_after_the_connection_broke(kit, server):
    with CuttingProxy(server.imap) as proxy:
        add(kit, proxy.port)
        deliver(server, "before")
        with kit.working():
            await_lead(kit, "before")
            deliver(server, "idle")
            assert await_lead(kit, "idle") < 2
            proxy.cut_now()
            deliver(server, "broken")
            assert await_lead(kit, "broken") < 5
