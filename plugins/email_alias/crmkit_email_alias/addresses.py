"""Addresses: of teams, and those to which answers about a lead go."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import Field
from sqlalchemy import bindparam, select

from crmkit.core import (
    CrmError,
    Draft,
    Lead,
    LeadKind,
    NotFoundError,
    RecordId,
    Role,
    get_team,
    get_user,
    mark,
    settings_of,
)
from crmkit.hooks import MessageArrangement
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import Address, ReplyAddress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork

NO_TEAM = "reply"
_ODD = re.compile(r"[^a-z0-9._-]+")
# Mail systems use these themselves.
_RESERVED = frozenset({"mailer-daemon", "postmaster", "bounce", "bounces", "abuse"})


class AddressDraft(Draft):
    """An address of a team; `name` is what stands before the @."""

    name: str = Field(min_length=1, max_length=64)
    team_id: RecordId | None = None
    owner_id: RecordId | None = None
    kind: LeadKind = LeadKind.OPPORTUNITY


class WrongNameError(CrmError):
    """Nothing of a name can stand in an address."""

    plugin_id = "email_alias"

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("“{name}” cannot stand before the @ of an address."),
            field="name",
            name=name,
        )


class TakenError(CrmError):
    """There is such an address already."""

    plugin_id = "email_alias"
    status = HTTPStatus.CONFLICT

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("There is an address “{name}” already."), field="name", name=name
        )


def plain_name(name: str) -> str:
    """`name` as it stands before an @: small letters, digits, dots and dashes."""
    local = name.partition("@")[0]
    bare = unicodedata.normalize("NFKD", local.casefold())
    text = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return _ODD.sub("-", text).strip("-.")


def add_address(uow: UnitOfWork, draft: AddressDraft) -> Address:
    """A new address. Raises WrongNameError and TakenError."""
    uow.require(Role.ADMIN)
    name = plain_name(draft.name)
    if not name or name in _RESERVED:
        raise WrongNameError(draft.name)
    if uow.session.scalar(select(Address.id).where(Address.name == name)) is not None:
        raise TakenError(name)
    if draft.team_id is not None:
        get_team(uow, draft.team_id)
    if draft.owner_id is not None:
        get_user(uow, draft.owner_id)
    address = Address(
        name=name, team_id=draft.team_id, owner_id=draft.owner_id, kind=draft.kind
    )
    uow.session.add(address)
    uow.session.flush()
    return address


def list_addresses(uow: UnitOfWork) -> list[Address]:
    """Every address, by name."""
    return list(uow.session.scalars(select(Address).order_by(Address.name)))


def drop_address(uow: UnitOfWork, address_id: int) -> None:
    """Take an address away; leads that came by it stay."""
    uow.require(Role.ADMIN)
    address = uow.session.get(Address, address_id)
    if address is None:
        raise NotFoundError("address", address_id)
    uow.session.delete(address)
    uow.session.flush()


def own_names(uow: UnitOfWork, recipients: Sequence[str]) -> list[tuple[str, str]]:
    """Of recipients those of our domain: pairs of name and what follows its plus."""
    domain = settings_of(uow, MailRules).domain
    found = []
    for address in recipients:
        local, _, host = address.strip().lower().rpartition("@")
        if local and (not domain or host == domain):
            name, _, token = local.partition("+")
            found.append((plain_name(name), token))
    return found


def address_for(uow: UnitOfWork, recipients: Sequence[str]) -> Address | None:
    """The first address of a team among the recipients."""
    names = [name for name, _ in own_names(uow, recipients)]
    if not names:
        return None
    rows = uow.session.scalars(_named, {"names": names})
    known = {address.name: address for address in rows}
    return next((known[name] for name in names if name in known), None)


_named = select(Address).where(Address.name.in_(bindparam("names", expanding=True)))


def is_own(uow: UnitOfWork, address: str) -> bool:
    """Whether mails from that address are our own."""
    domain = settings_of(uow, MailRules).domain
    host = address.rpartition("@")[2].lower()
    if domain and host == domain:
        return True
    sender = uow.settings.mail_from
    return sender is not None and sender.lower() == address.lower()


def arrange_replies(uow: UnitOfWork, lead: Lead) -> MessageArrangement | None:
    """Let answers come to the address of the lead's team; None without a domain."""
    domain = settings_of(uow, MailRules).domain
    if not domain:
        return None
    query = select(Address.name).where(Address.team_id == lead.team_id)
    name = uow.session.scalar(query.order_by(Address.id).limit(1)) or NO_TEAM
    return MessageArrangement(reply_to=f"{name}+{_token(uow, lead)}@{domain}")


def _token(uow: UnitOfWork, lead: Lead) -> str:
    """What nobody guesses and only who was written to knows."""
    query = select(ReplyAddress).where(ReplyAddress.lead_id == lead.id)
    known = uow.session.scalar(query)
    if known is None:
        known = ReplyAddress(lead_id=lead.id, token=secrets.token_hex(12))
        uow.session.add(known)
    known.used_at = uow.now()
    uow.session.flush()
    return known.token


def lead_behind(uow: UnitOfWork, recipients: Sequence[str]) -> int | None:
    """The id of the lead whose reply address is among the recipients."""
    tokens = [token for _, token in own_names(uow, recipients) if token]
    if not tokens:
        return None
    days = settings_of(uow, MailRules).reply_days
    query = select(ReplyAddress).where(
        ReplyAddress.token.in_(tokens),
        ReplyAddress.used_at > uow.now() - timedelta(days=days),
    )
    known = uow.session.scalar(query.limit(1))
    if known is None:
        return None
    known.used_at = uow.now()
    return known.lead_id
