"""An answer to every hook, as docs/hooks.md shows it.

A type checker compares each with its hook.
"""

# ruff: noqa: D103, ARG001, PLR2004, TC001, TC003
# They are shown as a reader would write them, under the text that explains them.

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from threading import Event

from fastapi import APIRouter
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.requests import Request
from starlette.responses import Response

from crmkit import core
from crmkit.core import (
    Lead,
    TakenBack,
    Undoable,
    UnitOfWork,
    plugin_base,
    split_fields,
)
from crmkit.hooks import (
    Badge,
    BlobContext,
    CardsContext,
    ContactPanelContext,
    DailyAt,
    Duplicate,
    DuplicatesContext,
    FieldGroup,
    FieldsContext,
    FieldUse,
    FileContext,
    JobKind,
    JobSchedule,
    LeadLink,
    LeadMove,
    LeadOwner,
    LeadPanelContext,
    LeadRows,
    LeadsChanged,
    LeadsContext,
    LeadsMerged,
    LinksContext,
    ListColumn,
    ListContext,
    MessageArrangement,
    MessageContext,
    NavigationContext,
    NavigationItem,
    Panel,
    PanelLine,
    PlacesContext,
    Reason,
    RecordsPurge,
    Refusal,
    RegisterJobs,
    RegisterRoutes,
    RegisterSchedules,
    RegisterTables,
    RegisterUndo,
    RegisterWatchers,
    Watcher,
    arrange_fields,
    arrange_message,
    blob_dropped,
    check_file,
    check_lead_move,
    check_purge,
    choose_owner,
    estimate_probability,
    extend_leads,
    find_duplicates,
    lead_changed,
    lead_created,
    lead_deleted,
    lead_lost,
    lead_merged,
    lead_moved,
    lead_qualified,
    lead_restored,
    lead_unmerged,
    lead_won,
    name_field_uses,
    name_lead_links,
    open_blob,
    place_card_badges,
    place_contact_panel,
    place_first_steps,
    place_lead_panel,
    place_list_actions,
    place_list_columns,
    place_my_menu,
    place_navigation,
    place_settings,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
    register_tables,
    register_undo,
    register_watchers,
    store_blob,
)
from crmkit.jobs import Crm, JobRun
from crmkit.web import json_answer, work

Base = plugin_base("visits")
ROOM = Path("/srv/files")
DESK = 1


class Visit(Base):  # type: ignore[misc, valid-type]  # made at run time
    """A visit to whoever a lead is about."""

    __tablename__ = "visits__visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey(Lead.__table__.c.id))


def greet(run: JobRun) -> None:
    """Greet the owner of a lead."""


@register_tables.impl
def bring_tables(ctx: RegisterTables) -> type[DeclarativeBase]:
    return Base


@register_pages.impl
def bring_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    return [APIRouter()]


@register_api.impl
def bring_api(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    routes = APIRouter(tags=[ctx.plugin_id])

    @routes.get("/today")
    def read_today(request: Request) -> Response:
        """The day where the company is."""
        with work(request) as uow:
            return json_answer({"day": uow.today()})

    return [routes]


def load_visits(uow: UnitOfWork, ids: set[int]) -> Mapping[int, Visit]:
    found = uow.session.scalars(uow.locked(select(Visit).where(Visit.id.in_(ids))))
    return {visit.id: visit for visit in found}


def give_back(uow: UnitOfWork, visit: Visit, event: core.Event) -> TakenBack:
    back, kept = split_fields(visit, event)
    for name, value in back.items():
        setattr(visit, name, value)
    return TakenBack(f"Visit {visit.id}", kept=kept)


@register_undo.impl
def bring_ways_back(ctx: RegisterUndo) -> Mapping[str, Undoable]:
    return {"visits": Undoable(load_visits, give_back)}


@register_jobs.impl
def bring_jobs(ctx: RegisterJobs) -> Sequence[JobKind]:
    return [JobKind("visits.greet", greet, "Greet the owner")]


@register_schedules.impl
def bring_schedules(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    return [JobSchedule("visits.each_morning", "visits.greet", DailyAt(7))]


def watch_gate(crm: Crm, stop: Event) -> None:
    """Have somebody greeted whenever the gate opens."""
    while not stop.wait(1):
        if Path("/srv/gate/open").exists():
            with crm.work() as uow:
                uow.enqueue("visits.greet", key="gate")


@register_watchers.impl
def bring_watchers(ctx: RegisterWatchers) -> Sequence[Watcher]:
    return [Watcher("visits.watch_gate", watch_gate)]


@lead_created.impl
def greet_owners(ctx: LeadsContext) -> None:
    for lead in ctx.leads:
        ctx.uow.enqueue("visits.greet", lead_id=lead.id)


@lead_changed.impl
def note_new_owner(ctx: LeadsChanged) -> None:
    if "owner_id" in ctx.fields:
        for lead in ctx.leads:
            ctx.uow.enqueue("visits.greet", lead_id=lead.id)


@lead_moved.impl
def prepare_visit(ctx: LeadsContext) -> None:
    for lead in ctx.leads:
        ctx.uow.session.add(Visit(lead_id=lead.id))


@lead_qualified.impl
def plan_visit(ctx: LeadsContext) -> None:
    ctx.uow.session.add_all(Visit(lead_id=lead.id) for lead in ctx.leads)


@lead_won.impl
def ring_the_bell(ctx: LeadsContext) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.leads])


@lead_lost.impl
def ask_why(ctx: LeadsContext) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.leads])


@lead_restored.impl
def take_up_again(ctx: LeadsContext) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.leads])


@lead_deleted.impl
def forget(ctx: LeadsContext) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.leads])


@find_duplicates.impl
def find_neighbours(ctx: DuplicatesContext) -> Sequence[Duplicate]:
    if ctx.draft is None or ctx.draft.city != "Lyon":
        return []
    return [Duplicate(1, (Reason("Both are in {city}", {"city": "Lyon"}),))]


@arrange_message.impl
def let_answers_come_to_the_team(ctx: MessageContext) -> MessageArrangement | None:
    if ctx.lead.team_id is None:
        return None
    return MessageArrangement(reply_to=f"team-{ctx.lead.team_id}@example.org")


@lead_merged.impl
def tell_who_lost_a_lead(ctx: LeadsMerged) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.sources])


@lead_unmerged.impl
def tell_who_has_it_again(ctx: LeadsMerged) -> None:
    ctx.uow.enqueue("visits.greet", leads=[lead.id for lead in ctx.sources])


@name_lead_links.impl
def name_visits(ctx: LinksContext) -> Sequence[LeadLink]:
    columns = Visit.__table__.c
    return [LeadLink("visits", columns.id, columns.lead_id)]


@check_lead_move.impl
def need_an_owner(ctx: LeadMove) -> Refusal | None:
    if ctx.stage.is_won and any(lead.owner_id is None for lead in ctx.leads):
        return Refusal("A lead without an owner cannot be won.", field="owner_id")
    return None


@estimate_probability.impl
def estimate(ctx: LeadsContext) -> Mapping[int, Decimal] | None:
    return {lead.id: Decimal(75) for lead in ctx.leads if lead.priority == 3}


@choose_owner.impl
def give_to_the_desk(ctx: LeadsContext) -> Mapping[int, LeadOwner] | None:
    return {lead.id: LeadOwner(lead.team_id, DESK) for lead in ctx.leads}


@extend_leads.impl
def tell_length(ctx: LeadRows) -> Mapping[int, Mapping[str, object]]:
    return {lead_id: {"visits": 0} for lead_id in ctx.ids}


@arrange_fields.impl
def group_fields(ctx: FieldsContext) -> Sequence[FieldGroup] | None:
    measures = tuple(name for name in ctx.names if name.startswith("size_"))
    return [FieldGroup("Measures", measures)] if measures else None


@name_field_uses.impl
def name_routes(ctx: FieldUse) -> Sequence[str]:
    uses = ctx.entity == "lead" and ctx.name == "size_of_route"
    return ["Visits: length of a route"] if uses else []


@store_blob.impl
def store_on_disk(ctx: FileContext) -> str | None:
    with (ROOM / ctx.sha256).open("wb") as file:
        file.writelines(ctx.chunks())
    return f"visits:{ctx.sha256}"


@open_blob.impl
def read_from_disk(ctx: BlobContext) -> Iterator[bytes] | None:
    place = ctx.blob.place or ""
    if not place.startswith("visits:"):
        return None
    return iter([(ROOM / place.removeprefix("visits:")).read_bytes()])


@blob_dropped.impl
def remove_later(ctx: PlacesContext) -> None:
    ctx.uow.enqueue("visits.greet", places=list(ctx.places))


@check_file.impl
def refuse_large_pictures(ctx: FileContext) -> Refusal | None:
    if ctx.media_type.startswith("image/") and ctx.size > 5_000_000:
        return Refusal("Send a picture of less than 5 MB.", field="file")
    return None


@check_purge.impl
def keep_for_ten_years(ctx: RecordsPurge) -> Refusal | None:
    if ctx.entity == "lead" and 1 in ctx.ids:
        return Refusal("The books need this lead.")
    return None


@place_navigation.impl
def show_in_navigation(ctx: NavigationContext) -> Sequence[NavigationItem]:
    return [NavigationItem("Visits", "/p/visits", "map-pin")]


@place_my_menu.impl
def show_in_my_menu(ctx: NavigationContext) -> Sequence[NavigationItem]:
    return [NavigationItem("My visits", "/p/visits/mine", "map-pin")]


@place_list_actions.impl
def show_in_lists(ctx: ListContext) -> Sequence[NavigationItem]:
    if ctx.entity != "lead":
        return []
    return [NavigationItem("Plan a round", f"/p/visits?q={ctx.words}", "map-pin")]


@place_settings.impl
def show_in_settings(ctx: NavigationContext) -> Sequence[NavigationItem]:
    return [NavigationItem("Visits", "/p/visits/settings", "map-pin")]


@place_first_steps.impl
def show_first_step(ctx: NavigationContext) -> Sequence[NavigationItem]:
    hint = "Addresses of your customers on a map"
    return [NavigationItem("Plan visits", "/p/visits", "map-pin", hint)]


@place_lead_panel.impl
def show_panel(ctx: LeadPanelContext) -> Panel | None:
    if ctx.lead.city is None:
        return None
    line = PanelLine("Drive to {city}", parts={"city": ctx.lead.city})
    return Panel("Visits", (line,))


@place_contact_panel.impl
def show_beside_contact(ctx: ContactPanelContext) -> Panel | None:
    if ctx.contact.city is None:
        return None
    line = PanelLine("Drive to {city}", parts={"city": ctx.contact.city})
    return Panel("Visits", (line,))


@place_card_badges.impl
def show_badges(ctx: CardsContext) -> Mapping[int, Sequence[Badge]]:
    new = [card.id for card in ctx.cards if card.version == 1]
    return {lead_id: [Badge("New", "accent")] for lead_id in new}


@place_list_columns.impl
def show_columns(ctx: CardsContext) -> Sequence[ListColumn]:
    return [ListColumn("Changes", {card.id: card.version for card in ctx.cards})]
