"""The page of mail that comes in: what became of each, addresses, mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    LeadKind,
    MessageVisibility,
    Role,
    list_teams,
    list_users,
    mark,
    settings_of,
)
from crmkit.web import settings_page, work
from crmkit_email_alias.addresses import (
    AddressDraft,
    add_address,
    drop_address,
    list_addresses,
)
from crmkit_email_alias.arriving import count_mails, get_mail, list_mails, read_again
from crmkit_email_alias.describing import describe_mail
from crmkit_email_alias.json_routes import words_of
from crmkit_email_alias.mailboxes import (
    FETCH,
    MailboxDraft,
    add_mailbox,
    drop_mailbox,
    list_mailboxes,
)
from crmkit_email_alias.processing import REASONS
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import MailState, Security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import UnitOfWork

routes = APIRouter()
MAILS = "/p/email_alias/mails"
SETUP = "/p/email_alias/setup"
PAGE = 50
WORDS = {
    "lead": mark("became leads"),
    "reply": mark("answers"),
    "": mark("wait"),
}
NOT_A_NUMBER = mark("Write a number from 1 to 65535, or nothing.")
LARGEST_PORT = 65535


class AddressForm(BaseModel):
    """An address as it is typed."""

    name: str = Field(default="", max_length=320)
    team_id: str = ""
    owner_id: str = ""
    kind: LeadKind = LeadKind.OPPORTUNITY


class MailboxForm(BaseModel):
    """A mailbox as it is typed."""

    host: str = Field(default="", max_length=250)
    port: str = Field(default="", max_length=6)
    security: Security = Security.TLS
    user: str = Field(default="", max_length=250)
    password: str = Field(default="", max_length=500)
    folder: str = Field(default="INBOX", max_length=250)
    team_id: str = ""
    owner_id: str = ""
    visibility: MessageVisibility = MessageVisibility.WHOLE


class MissingError(CrmError):
    """Something that every address or mailbox has was not typed."""

    plugin_id = "email_alias"

    def __init__(self, field: str) -> None:
        super().__init__(mark("Fill this in."), field=field)


class PortError(CrmError):
    """A port that is none."""

    plugin_id = "email_alias"

    def __init__(self) -> None:
        super().__init__(NOT_A_NUMBER, field="port")


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < len("9" * 19) else None


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


@routes.get("/mails")
def show_mails(
    request: Request,
    state: MailState | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """What came in, what became of each, and the numbers of each source."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        say = words_of(request, uow)
        found = list_mails(uow, state=state, before=before, limit=PAGE + 1)
        counts = [
            (source, say(REASONS.get(what) or WORDS.get(what, what)), number)
            for source, _, what, number in count_mails(uow)
        ]
        return settings_page(
            request,
            uow,
            "email_alias/mails.html",
            mails=[describe_mail(mail, say) for mail in found[:PAGE]],
            next_before=found[PAGE - 1].id if len(found) > PAGE else None,
            counts=counts,
            state=state,
            states=[one.value for one in MailState],
        )


@routes.post("/mails/{mail_id}/again")
def again(request: Request, mail_id: int) -> Response:
    """Have a mail read anew."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        read_again(uow, get_mail(uow, mail_id))
        return _go(MAILS)


@routes.get("/setup")
def show_setup(request: Request) -> Response:
    """Addresses and mailboxes."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        return _setup(request, uow)


def _setup(
    request: Request,
    uow: UnitOfWork,
    error: CrmError | None = None,
    typed: Mapping[str, object] | None = None,
) -> Response:
    words = words_of(request, uow)
    errors = {error.field or "": error.text(words)} if error else {}
    return settings_page(
        request,
        uow,
        "email_alias/setup.html",
        422 if error else 200,
        addresses=list_addresses(uow),
        boxes=list_mailboxes(uow),
        teams=[(team.id, team.name) for team in list_teams(uow)],
        people=[(user.id, user.name) for user in list_users(uow)],
        domain=settings_of(uow, MailRules).domain,
        errors=errors,
        typed=typed or {},
    )


@routes.post("/addresses")
def create_address(request: Request, form: Annotated[AddressForm, Form()]) -> Response:
    """A new address."""
    with work(request) as uow:
        try:
            if not form.name.strip():
                raise MissingError("name")
            draft = AddressDraft(
                name=form.name[:64],
                team_id=_id(form.team_id),
                owner_id=_id(form.owner_id),
                kind=form.kind,
            )
            add_address(uow, draft)
        except CrmError as error:
            if error.field is None:
                raise
            return _setup(request, uow, error, form.model_dump())
        return _go(SETUP)


@routes.post("/addresses/{address_id}/delete")
def delete_address(request: Request, address_id: int) -> Response:
    """Take an address away."""
    with work(request) as uow:
        drop_address(uow, address_id)
        return _go(SETUP)


@routes.post("/mailboxes")
def create_mailbox(request: Request, form: Annotated[MailboxForm, Form()]) -> Response:
    """A new mailbox, and a first look into it."""
    with work(request) as uow:
        try:
            add_mailbox(uow, _mailbox(form))
        except CrmError as error:
            if error.field is None:
                raise
            typed = form.model_dump(exclude={"password"})
            return _setup(request, uow, error, typed)
        uow.enqueue(FETCH, key="all")
        return _go(SETUP)


def _mailbox(form: MailboxForm) -> MailboxDraft:
    for name in ("host", "user", "password"):
        if not getattr(form, name).strip():
            raise MissingError(name)
    port = _id(form.port.strip()) if form.port.strip() else None
    if form.port.strip() and (port is None or not 0 < port <= LARGEST_PORT):
        raise PortError
    return MailboxDraft(
        host=form.host,
        port=port,
        security=form.security,
        user=form.user,
        password=form.password,
        folder=form.folder.strip() or "INBOX",
        team_id=_id(form.team_id),
        owner_id=_id(form.owner_id),
        visibility=form.visibility,
    )


@routes.post("/mailboxes/{mailbox_id}/delete")
def delete_mailbox(request: Request, mailbox_id: int) -> Response:
    """Fetch from a mailbox no longer."""
    with work(request) as uow:
        drop_mailbox(uow, mailbox_id)
        return _go(SETUP)


@routes.post("/fetch")
def fetch(request: Request) -> Response:
    """Fetch from every mailbox now."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        uow.enqueue(FETCH, key="all")
        return _go(SETUP)
