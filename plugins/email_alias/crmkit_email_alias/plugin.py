"""Mail aliases: mails to a team become leads, and answers find their lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import Role, mark
from crmkit.hooks import (
    Every,
    JobKind,
    JobSchedule,
    LeadLink,
    LinksContext,
    MessageArrangement,
    MessageContext,
    NavigationContext,
    NavigationItem,
    Plugin,
    RegisterJobs,
    RegisterRoutes,
    RegisterSchedules,
    RegisterTables,
    RegisterWatchers,
    Watcher,
    arrange_message,
    name_lead_links,
    place_first_steps,
    place_settings,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
    register_tables,
    register_watchers,
)
from crmkit_email_alias import json_routes, routes
from crmkit_email_alias.addresses import arrange_replies
from crmkit_email_alias.arriving import READ
from crmkit_email_alias.mailboxes import FETCH, fetch_mails
from crmkit_email_alias.processing import read_mails
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import Base, RawMail
from crmkit_email_alias.watching import WATCH, watch_mailboxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy import ColumnCollection
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="email_alias",
    name="Mail aliases",
    summary="Mails to a team become leads, and answers find their lead.",
    settings=MailRules,
    personal_data=(
        "mails as they came, with their senders, recipients and files",
        "names and passwords of mailboxes, the passwords encrypted",
    ),
)
_MINUTE = 60


@register_tables.impl
def keep_mails(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Addresses, mailboxes, mails as they came."""
    del ctx
    return Base


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """What became of each mail; addresses and mailboxes."""
    del ctx
    return [routes.routes]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The same for scripts."""
    del ctx
    return [json_routes.routes]


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """Reading mails that were kept, and fetching new ones."""
    del ctx
    return [
        JobKind(READ, read_mails, mark("Read mails that came in")),
        JobKind(FETCH, fetch_mails, mark("Fetch mails")),
    ]


@register_schedules.impl
def look_each_minute(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    """Every mailbox is looked into once a minute."""
    del ctx
    return [JobSchedule(FETCH, FETCH, Every(_MINUTE))]


@register_watchers.impl
def wait_for_mails(ctx: RegisterWatchers) -> Sequence[Watcher]:
    """What comes into a mailbox is fetched in that moment."""
    del ctx
    return [Watcher(WATCH, watch_mailboxes)]


@arrange_message.impl
def let_answers_come_back(ctx: MessageContext) -> MessageArrangement | None:
    """Answers go to the address of the lead's team, with what nobody guesses."""
    return arrange_replies(ctx.uow, ctx.lead)


@name_lead_links.impl
def go_with_leads(ctx: LinksContext) -> Sequence[LeadLink]:
    """Mails go with the lead that they became when it is merged."""
    del ctx
    columns: ColumnCollection[str, Any] = RawMail.__table__.c
    return [LeadLink("mail", columns["id"], columns["lead_id"])]


@place_first_steps.impl
def show_beginning(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Let mail make leads” among the ways to begin, for admins."""
    if not ctx.uow.actor.can_be(Role.ADMIN):
        return []
    hint = mark("Mail to an address of yours becomes a lead")
    return [NavigationItem(mark("Connect a mailbox"), routes.SETUP, "at", hint)]


@place_settings.impl
def show_places(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Mail that comes in” and “Mail addresses” among the settings."""
    del ctx
    return [
        NavigationItem(mark("Mail that comes in"), routes.MAILS, "inbox"),
        NavigationItem(mark("Mail addresses"), routes.SETUP, "at"),
    ]
