"""Mail goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import (
    MailServerError,
    begin_sending,
    deliver_letter,
    letter_to_try,
    mail_server,
    note_sent,
    note_unsent,
    outbox_folder,
    write_mail_of_stage,
)
from crmkit.hooks import JobKind

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

# With the waits between them (15 s, 1, 4, 16 min, then 1 h) they span half a day.
_ATTEMPTS = 15
_SUBJECT = "crmkit sends mail"
_TEXT = "This mail shows that crmkit reaches your mail server."


def send(job: JobRun) -> None:
    """Hand one message in; where the server is away, it is tried again later."""
    message_id = int(job.arguments["message_id"])
    with job.work() as uow:
        letter, settings = begin_sending(uow, message_id), uow.settings
    if letter is None:
        return
    try:
        deliver_letter(settings, letter)
    except MailServerError as error:
        is_final = error.is_final or job.job.attempts >= _ATTEMPTS
        with job.work() as uow:
            note_unsent(uow, message_id, error, is_final=is_final)
            if is_final:
                job.finish(uow, {"sent": False})
        if not is_final:
            raise
        return
    with job.work() as uow:
        note_sent(uow, message_id)
        job.finish(uow, {"sent": True})


def write_of_stage(job: JobRun) -> None:
    """Write the mail of a stage to the customer of a lead that came into it."""
    asked = job.arguments
    ids = [int(asked[name]) for name in ("lead_id", "stage_id", "template_id")]
    with job.work() as uow:
        message = write_mail_of_stage(uow, *ids)
        job.finish(uow, {"message_id": message.id if message else None})


def send_trial(job: JobRun) -> None:
    """Send a mail to who asked for it, and say where it went."""
    with job.read() as uow:
        letter, settings = letter_to_try(uow, _SUBJECT, _TEXT), uow.settings
    deliver_letter(settings, letter)
    server = mail_server(settings)
    where = server.host if server else str(outbox_folder(settings))
    with job.work() as uow:
        job.finish(uow, {"to": letter.recipients[0], "where": where})


JOBS = (
    JobKind(
        "send_mail",
        send,
        max_attempts=_ATTEMPTS,
        retries_refusals=True,
    ),
    JobKind("send_trial_mail", send_trial),
    JobKind("write_mail_of_stage", write_of_stage),
)
