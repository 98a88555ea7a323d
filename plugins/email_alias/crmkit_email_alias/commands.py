"""`crmkit mail`: receive, fetch, listen, list."""

from __future__ import annotations

import signal
import sys
from threading import Event
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from crmkit.cli import FailedError, answer, json_option, open_for_command, table
from crmkit.core import JobState, get_job, sentence_of_job
from crmkit.jobs import run_here
from crmkit_email_alias.arriving import (
    Arrival,
    get_mail,
    keep_mail,
    list_mails,
    read_again,
    read_later,
)
from crmkit_email_alias.describing import describe_outcome
from crmkit_email_alias.mailboxes import FETCH, list_mailboxes
from crmkit_email_alias.tables import MailState

if TYPE_CHECKING:
    from crmkit.jobs import Crm

STDIN = "stdin"
_SECONDS = 60.0


@click.group()
def mail() -> None:
    """Leads that come in by mail: receive, fetch, listen, list, again."""


@mail.command()
@click.option("--wait", is_flag=True, help="Read it at once and tell what it became.")
@click.option("--to", "recipients", multiple=True, help="The envelope's recipient.")
@json_option
def receive(*, wait: bool, recipients: tuple[str, ...], as_json: bool) -> None:
    """Take a mail in from standard input."""
    crm = open_for_command()
    raw = sys.stdin.buffer.read()
    with crm.work() as uow:
        kept = keep_mail(uow, raw, Arrival(STDIN, recipients))
        mail_id, waits = kept.id, kept.state is MailState.RECEIVED
    if not wait:
        answer({"id": mail_id}, as_json=as_json, text=f"Mail {mail_id} is kept.")
        return
    if waits:
        _read(crm, mail_id)
    said = _outcome(crm, mail_id)
    reason = said["reason"] or f"lead {said['lead_id']}"
    answer(said, as_json=as_json, text=f"{said['outcome']}: {reason}")


def _read(crm: Crm, mail_id: int) -> None:
    """Have what waits read, here or by a worker that has begun already."""
    end = monotonic() + _SECONDS
    while monotonic() < end:
        with crm.work() as uow:
            job_id = read_later(uow)
        run_here(crm, job_id)
        with crm.read() as uow:
            if get_mail(uow, mail_id).state is not MailState.RECEIVED:
                return
        sleep(0.1)
    message = "The mail is kept and waits; look whether a worker runs."
    raise FailedError(message)


def _outcome(crm: Crm, mail_id: int) -> dict[str, Any]:
    with crm.read() as uow:
        return describe_outcome(get_mail(uow, mail_id), str)


@mail.command()
@json_option
def fetch(*, as_json: bool) -> None:
    """Fetch what is new from every mailbox now."""
    crm = open_for_command()
    with crm.work() as uow:
        job_id = uow.enqueue(FETCH, key="all")
    run_here(crm, job_id)
    with crm.read() as uow:
        job = get_job(uow, job_id)
        boxes = list_mailboxes(uow)
        if job.state is not JobState.DONE:
            raise FailedError(sentence_of_job(job, str) or f"The job is {job.state}.")
        fetched = (job.result or {}).get("fetched", 0)
        problems = {f"{box.user}@{box.host}": box.problem for box in boxes}
    wrong = {name: problem for name, problem in problems.items() if problem}
    lines = [f"{fetched} mails fetched from {len(problems)} mailboxes."]
    lines += [f"{name}: {problem}" for name, problem in wrong.items()]
    said = {"fetched": fetched, "mailboxes": len(problems), "problems": wrong}
    answer(said, as_json=as_json, text=lines)
    if wrong:
        raise click.exceptions.Exit(1)


@mail.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=2424, show_default=True, type=click.IntRange(1, 65535))
def listen(host: str, port: int) -> None:
    """Take mails in by LMTP, from a mail server on this network, until interrupted."""
    from crmkit_email_alias.listening import Listener  # noqa: PLC0415

    listener, stop = Listener(open_for_command(), host, port), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        listener.start()
    except OSError as error:
        message = f"Nothing can listen on {host}:{port}: {error.strerror}"
        raise FailedError(message) from error
    click.echo(f"Mails are taken in by LMTP on {host}:{port}.")
    stop.wait()
    listener.stop()


@mail.command(name="list")
@click.option("--state", type=click.Choice([one.value for one in MailState]))
@click.option("--limit", default=20, type=click.IntRange(1, 1000))
@json_option
def show(*, state: str | None, limit: int, as_json: bool) -> None:
    """List the mails that came, and what each became."""
    crm = open_for_command()
    with crm.read() as uow:
        wanted = MailState(state) if state else None
        mails = [
            {
                "id": one.id,
                "received_at": one.received_at,
                "from": one.from_address,
                "subject": one.subject,
                **describe_outcome(one, str),
            }
            for one in list_mails(uow, state=wanted, limit=limit)
        ]
    heads = ("id", "from", "subject", "outcome", "lead", "reason")
    keys = ("id", "from", "subject", "outcome", "lead_id", "reason")
    rows = [[str(one[key] or "") for key in keys] for one in mails]
    answer({"items": mails}, as_json=as_json, text=table(heads, rows))


@mail.command()
@click.argument("number", type=int)
@json_option
def again(number: int, *, as_json: bool) -> None:
    """Read mail NUMBER anew, which failed or was refused."""
    crm = open_for_command()
    with crm.work() as uow:
        read_again(uow, get_mail(uow, number))
    _read(crm, number)
    said = _outcome(crm, number)
    answer(said, as_json=as_json, text=f"{said['outcome']}: {said['reason'] or ''}")
