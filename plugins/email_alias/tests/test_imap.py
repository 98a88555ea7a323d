"""Mails are fetched from a real IMAP server, each once, however often it breaks off."""

from __future__ import annotations

import random
import select as sockets
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from crmkit.core import Lead, MessageVisibility, get_lead, messages_of
from crmkit_email_alias.mailboxes import (
    FETCH,
    MailboxDraft,
    add_mailbox,
    drop_mailbox,
    list_mailboxes,
)
from crmkit_email_alias.tables import Mailbox, RawMail, Security
from plugins.email_alias.tests.dovecot import PASSWORD, USER, put_mail, running_dovecot

pytestmark = [
    pytest.mark.plugins("email_alias"),
    pytest.mark.databases("sqlite"),
]


@pytest.fixture(scope="module")
def server():
    """A mail server: its port, and the folder of its mailbox."""
    # Its processes are another user's, who may not look into the folders of tests.
    folder = Path(tempfile.mkdtemp(prefix="box"))
    run = Path(tempfile.mkdtemp(prefix="run"))
    with running_dovecot(folder, run) as port:
        yield port, folder
    for made in (folder, run):
        shutil.rmtree(made, ignore_errors=True)


def deliver(folder, name):
    text = f"From: {name}@example.org\r\nSubject: {name}\r\n\r\nHello\r\n"
    put_mail(folder, f"{name}.test", text.encode())


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
    port, folder = server
    deliver(folder, "one")
    add(kit, port, visibility=MessageVisibility.SUBJECT, owner_id=kit.ann)
    fetch(kit)
    deliver(folder, "two")
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
    port, _ = server
    wrong = add(kit, port, password="wrong")  # noqa: S106
    fetch(kit)
    assert "did not take the name or password" in problem(kit)
    with kit.work(kit.eve) as uow:
        drop_mailbox(uow, wrong)
    add(kit, port, folder="Nowhere")
    fetch(kit)
    assert problem(kit) == "There is no folder Nowhere on 127.0.0.1."
    add(kit, 9)
    fetch(kit)
    assert "does not answer" in problem(kit)


class CuttingProxy(Thread):
    """Passes on what is said to a server, and cuts each connection somewhere."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.is_cutting = target, True
        self.random = random.Random(7)  # noqa: S311  (the same each time)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    @override
    def run(self):
        with suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                left = self.random.randint(0, 1500) if self.is_cutting else 10**9
                Thread(target=self.carry, args=(client, left), daemon=True).start()

    def carry(self, client, left):
        address = ("127.0.0.1", self.target)
        with client, socket.create_connection(address) as server, suppress(OSError):
            while left > 0:
                for end in sockets.select([client, server], [], [])[0]:
                    data = end.recv(min(left, 4096))
                    left = left - len(data) if data else 0
                    (server if end is client else client).sendall(data)


def test_a_connection_that_is_cut_anywhere_loses_and_doubles_nothing(kit, server):
    port, folder = server
    for number in range(12):
        deliver(folder, f"cut{number}")
    proxy = CuttingProxy(port)
    proxy.start()
    number = add(kit, proxy.port)
    for _ in range(25):
        fetch(kit)
    proxy.is_cutting = False
    fetch(kit)
    proxy.socket.close()
    found = [name for name in names(kit) if name.startswith("cut")]
    assert len(found) == len(set(found)) == 12
    with kit.read() as uow:
        assert uow.session.get_one(Mailbox, number).problem == ""
