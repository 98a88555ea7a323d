"""Mails of a lead's page, and the trial of the mail server."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmkit.core import (
    CrmError,
    Lead,
    MessageDraft,
    NotFoundError,
    Role,
    UnitOfWork,
    attach_file,
    cancel_message,
    get_lead,
    get_message,
    mark,
    write_message,
)
from crmkit.web.answers import sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.timeline import noted
from crmkit.web.uploads import open_upload
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

WRITTEN = mark("Mail to {names} goes out in a moment")
HELD_BACK = mark("The mail was held back")
POLICY = (
    "default-src 'none'; sandbox allow-popups allow-popups-to-escape-sandbox; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
MOST_FILES = 20
_BETWEEN = re.compile(r"[,;\s]+")


class NoSubjectError(CrmError):
    """A mail that says nothing of what it is about."""

    def __init__(self) -> None:
        super().__init__(mark("Give the mail a subject."), field="subject")


class NoWordsError(CrmError):
    """A mail without words."""

    def __init__(self) -> None:
        super().__init__(mark("Write something first."), field="text")


class MailForm(BaseModel):
    """A mail as it is typed; addresses stand between commas.

    `file` are new files, `attachment_ids` those that the lead has.
    """

    to: str = Field(default="", max_length=5000)
    cc: str = Field(default="", max_length=5000)
    subject: str = Field(default="", max_length=250)
    text: str = Field(default="", max_length=100_000)
    reply_to_id: Blank = None
    file: list[UploadFile] = Field(default=[], max_length=MOST_FILES)
    attachment_ids: list[int] = Field(default=[], max_length=MOST_FILES)

    def draft(self, uow: UnitOfWork, lead: Lead) -> MessageDraft:
        """The mail, its new files attached to the lead; raises where something lacks.

        That is a subject, words, or what a file needs.
        """
        if not self.subject.strip():
            raise NoSubjectError
        if not self.text.strip():
            raise NoWordsError
        return MessageDraft(
            to=_split(self.to),
            cc=_split(self.cc),
            subject=self.subject,
            text=self.text,
            reply_to_id=self.reply_to_id,
            attachment_ids=(*self.attachment_ids, *self._attach(uow, lead)),
        )

    def _attach(self, uow: UnitOfWork, lead: Lead) -> list[int]:
        sent = [one for one in self.file if one.filename or one.size]
        return [attach_file(uow, lead, *open_upload(one)).id for one in sent]


def _split(typed: str) -> tuple[str, ...]:
    return tuple(part for part in _BETWEEN.split(typed) if part)


@routes.post("/leads/{lead_id}/messages")
def write(
    request: Request, lead_id: int, form: Annotated[MailForm, Form()]
) -> Response:
    """A new mail."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        message = write_message(uow, lead, form.draft(uow, lead))
        said = sentence(request, uow, WRITTEN).format(names=", ".join(message.to))
        return noted(request, uow, lead, said, change_id=uow.change_id)


@routes.post("/messages/{message_id}/cancel")
def cancel(request: Request, message_id: int) -> Response:
    """Hold a mail back."""
    with work(request) as uow:
        message = get_message(uow, message_id)
        lead = get_lead(uow, message.record_id)
        cancel_message(uow, lead, message)
        return noted(request, uow, lead, sentence(request, uow, HELD_BACK))


@routes.get("/messages/{message_id}/body")
def read_body(request: Request, message_id: int) -> Response:
    """A mail as its sender formatted it, made harmless, in a page that runs nothing.

    It was sanitised when it came; the policy forbids what that might have missed.
    """
    with work(request) as uow:
        message = get_message(uow, message_id)
        if message.html is None:
            raise NotFoundError("message", message_id)
        head = '<!doctype html><meta charset="utf-8"><title>-</title>'
        headers = {"content-security-policy": POLICY}
        return HTMLResponse(head + message.html, headers=headers)


@routes.post("/settings/mail/test")
def try_server(request: Request) -> Response:
    """Send a mail to whoever asks; the job's page tells whether it went."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        job_id = uow.enqueue("send_trial_mail")
        return RedirectResponse(f"/jobs/{job_id}", status_code=303)
