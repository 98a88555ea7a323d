"""Mail that comes in, for scripts, below /api/v1/p/email_alias."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from crmkit.core import Role, settings_of
from crmkit.web import json_answer, sentence, work
from crmkit_email_alias.addresses import (
    AddressDraft,
    add_address,
    drop_address,
    list_addresses,
)
from crmkit_email_alias.arriving import count_mails, get_mail, list_mails, read_again
from crmkit_email_alias.describing import (
    describe_address,
    describe_mail,
    describe_mailbox,
)
from crmkit_email_alias.mailboxes import (
    FETCH,
    MailboxDraft,
    add_mailbox,
    drop_mailbox,
    list_mailboxes,
)
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import MailState

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import UnitOfWork

routes = APIRouter(tags=["email_alias"])
PLUGIN = "email_alias"


class Mail(TypedDict):
    """A mail that came in, and what it became."""

    id: int
    received_at: datetime
    processed_at: datetime | None
    source: str
    mailbox_id: int | None
    subject: str
    state: str
    message_id: int | None
    outcome: str | None
    lead_id: int | None
    reason: str | None


class Mails(TypedDict):
    """Mails, the newest first."""

    items: list[Mail]
    next_cursor: int | None
    has_more: bool


class Count(TypedDict):
    """How many mails of a source came to the same end."""

    source: str
    state: str
    what: str
    count: int


class Counts(TypedDict):
    """The numbers of each source."""

    items: list[Count]


class ShownAddress(TypedDict):
    """An address of a team; `address` is empty as long as no domain is set."""

    id: int
    name: str
    address: str | None
    team_id: int | None
    owner_id: int | None
    kind: str


class Addresses(TypedDict):
    """Every address."""

    items: list[ShownAddress]


class ShownMailbox(TypedDict):
    """A mailbox, and why the last look at it failed."""

    id: int
    host: str
    port: int
    security: str
    user: str
    folder: str
    team_id: int | None
    owner_id: int | None
    visibility: str
    checked_at: datetime | None
    problem: str | None


class Mailboxes(TypedDict):
    """Every mailbox."""

    items: list[ShownMailbox]


class Started(TypedDict):
    """The job that fetches."""

    job_id: int


def words_of(request: Request, uow: UnitOfWork) -> Callable[[str], str]:
    """The plugin's sentences in the actor's language."""
    return lambda text: sentence(request, uow, text, PLUGIN)


@routes.get("/mails", response_model=Mails)
def read_mails(
    request: Request,
    state: MailState | None = None,
    cursor: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Mails that came in, and what each became."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        found = list_mails(uow, state=state, before=cursor, limit=limit + 1)
        say = words_of(request, uow)
        items = [describe_mail(mail, say) for mail in found[:limit]]
        more = len(found) > limit
        last = items[-1]["id"] if more else None
        return json_answer({"items": items, "next_cursor": last, "has_more": more})


@routes.get("/counts", response_model=Counts)
def read_counts(request: Request) -> Response:
    """How many mails came, by source and what became of them."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        names = ("source", "state", "what", "count")
        items = [dict(zip(names, one, strict=True)) for one in count_mails(uow)]
        return json_answer({"items": items})


@routes.post("/mails/{mail_id}/again", response_model=Mail)
def again(request: Request, mail_id: int) -> Response:
    """Have a mail read anew that failed or was refused."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        mail = get_mail(uow, mail_id)
        read_again(uow, mail)
        return json_answer(describe_mail(mail, words_of(request, uow)))


@routes.get("/addresses", response_model=Addresses)
def read_addresses(request: Request) -> Response:
    """The addresses of teams."""
    with work(request) as uow:
        domain = settings_of(uow, MailRules).domain
        items = [describe_address(one, domain) for one in list_addresses(uow)]
        return json_answer({"items": items})


@routes.post("/addresses", status_code=HTTPStatus.CREATED, response_model=ShownAddress)
def create_address(request: Request, draft: AddressDraft) -> Response:
    """A new address of a team."""
    with work(request) as uow:
        address = add_address(uow, draft)
        shown = describe_address(address, settings_of(uow, MailRules).domain)
        return json_answer(shown, status=HTTPStatus.CREATED)


@routes.delete("/addresses/{address_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_address(request: Request, address_id: int) -> Response:
    """Take an address away."""
    with work(request) as uow:
        drop_address(uow, address_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.get("/mailboxes", response_model=Mailboxes)
def read_mailboxes(request: Request) -> Response:
    """The mailboxes that mails are fetched from."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        items = [describe_mailbox(box) for box in list_mailboxes(uow)]
        return json_answer({"items": items})


@routes.post("/mailboxes", status_code=HTTPStatus.CREATED, response_model=ShownMailbox)
def create_mailbox(request: Request, draft: MailboxDraft) -> Response:
    """A new mailbox."""
    with work(request) as uow:
        box = add_mailbox(uow, draft)
        return json_answer(describe_mailbox(box), status=HTTPStatus.CREATED)


@routes.delete("/mailboxes/{mailbox_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_mailbox(request: Request, mailbox_id: int) -> Response:
    """Fetch from a mailbox no longer."""
    with work(request) as uow:
        drop_mailbox(uow, mailbox_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.post("/fetch", status_code=HTTPStatus.ACCEPTED, response_model=Started)
def fetch(request: Request) -> Response:
    """Fetch from every mailbox now."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        job_id = uow.enqueue(FETCH, key="all")
        return json_answer({"job_id": job_id}, status=HTTPStatus.ACCEPTED)
