"""`python -m benchmarks.mailing [MAILS]`: how fast mails are kept, and made leads.

Each mail has a text and an HTML part and is committed by itself, on both databases,
with the plugin `email_alias` alone beside the core. Two processes read what waits, as
two workers on two cores do; the bar is 180 in a second. Beside it stands what the
driver alone needs to write the very same rows, one process, a commit for each mail.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import closing, contextmanager
from email.message import EmailMessage
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy import event, make_url

from crmkit.core import StageDraft, add_stage
from crmkit.jobs import run_due
from crmkit_email_alias.arriving import READ, Arrival, keep_mail

from benchmarks.databases import open_for, postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.synchronize import Barrier

MAILS, READERS = 400, 2
PLUGINS = ("email_alias",)
_LINES, _PARAGRAPHS = 20, 40
_WRITES = ("INSERT", "UPDATE")
_processes = get_context("spawn")


def main(arguments: list[str]) -> int:
    """Print a line for each database."""
    number = int(arguments[0] if arguments else MAILS)
    mails = [_mail(one) for one in range(number)]
    with tempfile.TemporaryDirectory(prefix="crmkit-mails-") as folder:

        def copy_file(url: str, name: str) -> str:
            copied = Path(folder, f"{name}.db")
            copyfile(str(make_url(url).database), copied)
            return f"sqlite:///{copied}"

        _measure("SQLite", f"sqlite:///{Path(folder, 'mails.db')}", mails, copy_file)
        with postgresql(Path(folder, "server")) as url:
            _measure("PostgreSQL", url, mails, _copy_database)
    return 0


def _mail(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Person {number} <person{number}@example.org>"
    mail["To"] = "sales@crm.example"
    mail["Subject"] = f"Mail {number}"
    mail["Message-ID"] = f"<{number}@example.org>"
    quoted = "\nOn Mon, 1 Jan 2026 10:00, A <a@example.org> wrote:\n> One\n> Two\n"
    mail.set_content("Good day,\n" * _LINES + quoted)
    mail.add_alternative("<p>Good day</p>" * _PARAGRAPHS, subtype="html")
    return mail.as_bytes()


def _copy_database(url: str, name: str) -> str:
    """The address of a copy of a database of PostgreSQL."""
    parsed = make_url(url)
    plain = parsed.set(drivername="postgresql", database="template1")
    address = plain.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        source = sql.Identifier(str(parsed.database))
        connection.execute(statement.format(sql.Identifier(name), source))
    return parsed.set(database=name).render_as_string(hide_password=False)


def _measure(
    name: str, url: str, mails: list[bytes], copy: Callable[[str, str], str]
) -> None:
    crm = open_for(url, PLUGINS)
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
    began = time.perf_counter()
    for mail in mails:
        with crm.work() as uow:
            keep_mail(uow, mail, Arrival("bench"))
    kept = len(mails) / (time.perf_counter() - began)
    crm.close()
    alone, other, third = copy(url, "alone"), copy(url, "noted"), copy(url, "raw")
    read = len(mails) / _read_by(READERS, url)
    read_alone = len(mails) / _read_by(1, alone)
    raw = len(mails) / _write_again(third, _writes_of(other))
    print(
        f"{name}: {kept:.0f} mails/s kept; {read:.0f} read by {READERS} processes, "
        f"{read_alone:.0f} by one; the same rows written by the driver alone: {raw:.0f}"
    )


def _read_by(readers: int, url: str) -> float:
    """The seconds in which so many processes read all mails that wait."""
    crm = open_for(url, PLUGINS)
    with crm.work() as uow:
        for number in range(readers):
            uow.enqueue(READ, key=f"reader {number}")
    crm.close()
    ready = _processes.Barrier(readers + 1)
    running = [
        _processes.Process(target=_read, args=(url, ready)) for _ in range(readers)
    ]
    for process in running:
        process.start()
    ready.wait()
    began = time.perf_counter()
    ready.wait()
    seconds = time.perf_counter() - began
    for process in running:
        process.join()
    return seconds


def _read(url: str, ready: Barrier) -> None:
    crm = open_for(url, PLUGINS)
    with crm.read():
        pass
    ready.wait()
    run_due(crm)
    ready.wait()
    crm.close()


def _writes_of(url: str) -> list[list[tuple[str, Any]]]:
    """What reading all mails writes, by transaction."""
    crm = open_for(url, PLUGINS)
    units: list[list[tuple[str, Any]]] = [[]]
    with _listening(crm.engine, units):
        run_due(crm)
    crm.close()
    return [unit for unit in units if unit]


@contextmanager
def _listening(engine: Any, units: list[list[tuple[str, Any]]]) -> Iterator[None]:
    def note(_connection: Any, _cursor: Any, said: str, values: Any, *_: Any) -> None:
        if said.startswith(_WRITES):
            rows = values if isinstance(values, list) else [values]
            units[-1] += [(said, row) for row in rows]

    def end(_connection: Any) -> None:
        units.append([])

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", end)
    yield


def _write_again(url: str, units: list[list[tuple[str, Any]]]) -> float:
    """The seconds in which the driver alone writes that."""
    crm = open_for(url, PLUGINS)
    engine = crm.engine.execution_options(crmkit_writes=True)
    began = time.perf_counter()
    for unit in units:
        with (
            engine.begin() as connection,
            closing(connection.connection.cursor()) as cursor,
        ):
            for said, values in unit:
                cursor.execute(said, values)
                if cursor.description:
                    cursor.fetchall()
    seconds = time.perf_counter() - began
    crm.close()
    return seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
