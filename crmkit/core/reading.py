"""Records as scripts get them: plain values by name, read as rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select
from sqlalchemy.orm import aliased

from crmkit.core.access import in_reach, in_scope
from crmkit.core.activities import Activity, state_on
from crmkit.core.columns import read_values
from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.custom.tables import LeadCustom
from crmkit.core.custom.values import load_values
from crmkit.core.db import join_texts
from crmkit.core.events import Event
from crmkit.core.fields import Field, FieldType, fields_of, find_field
from crmkit.core.leads import Lead, visible
from crmkit.core.leads.questions import lead_not_found
from crmkit.core.listing import ListQuery, criterion_of, first_rows, read_rows, sort_of
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.paging import after, cursor_of
from crmkit.core.stages import Stage
from crmkit.core.tags import LeadTag, Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from crmkit.core.uow import Reach, UnitOfWork

__all__ = [
    "describe_contact",
    "read_contacts",
    "read_events",
    "read_fields",
    "read_lead",
    "read_leads",
]

_BETWEEN = "\x1f"
_ADDRESS = ("street", "street2", "zip", "city", "state", "country")
_ACTIVITY = ("type", "summary", "due_on", "due_at")
_PLAIN = (
    "id version kind status archived_at name contact_id contact_name company_name "
    "email phone website street street2 zip city state country language stage_id "
    "team_id owner_id priority expected_revenue currency base_revenue probability "
    "probability_is_manual automatic_probability weighted_revenue expected_close "
    "lost_reason_id lost_note created_at updated_at stage_entered_at assigned_at "
    "qualified_at closed_at"
).split()
_LEAD = [*_PLAIN, "source", "medium", "campaign", "tags"]
_NEXT = slice(len(_LEAD), len(_LEAD) + 1 + len(_ACTIVITY))
_CONTACT = (
    "id version kind name company_id email phone website vat street street2 zip "
    "city state country language industry employees owner_id created_at "
    "updated_at"
).split()


def _name_of(kind: Any, column: Any) -> Any:
    named = select(kind.name).where(kind.id == column).correlate(Lead)
    return named.scalar_subquery()


def _tags() -> Any:
    return (
        select(join_texts(Tag.name, _BETWEEN))
        .join(LeadTag, LeadTag.tag_id == Tag.id)
        .where(LeadTag.lead_id == Lead.id)
        .correlate(Lead)
        .scalar_subquery()
    )


_select_leads = (
    select(
        *(getattr(Lead, name) for name in _PLAIN),
        _name_of(Source, Lead.source_id).label("source"),
        _name_of(Medium, Lead.medium_id).label("medium"),
        _name_of(Campaign, Lead.campaign_id).label("campaign"),
        _tags().label("tags"),
        Lead.next_activity_id,
        *(getattr(Activity, name).label(f"activity_{name}") for name in _ACTIVITY),
    )
    .select_from(Lead)
    .join(Stage, Stage.id == Lead.stage_id)
    .outerjoin(Activity, Activity.id == Lead.next_activity_id)
)


def read_lead(uow: UnitOfWork, lead_id: int) -> dict[str, Any]:
    """The lead of that id as scripts get it, if the actor may see it."""
    query = _one_visible(uow.actor.reach)
    row = uow.run(query, {"lead_id": lead_id}).one_or_none()
    if row is None:
        raise lead_not_found(uow, lead_id)
    return _with_custom(uow, "lead", [_lead(row, uow.today())])[0]


@lru_cache(maxsize=512)
def _one_visible(reach: Reach) -> Select[Any]:
    """The statement of one lead, by the parameter `lead_id`."""
    seen = in_reach(reach, Lead.owner_id, Lead.team_id)
    return _select_leads.where(
        Lead.id == bindparam("lead_id"), Lead.deleted_at.is_(None), seen
    )


def read_leads(
    uow: UnitOfWork, query: ListQuery
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of leads as scripts get them, and the cursor of the next."""

    def criterion() -> ColumnElement[bool]:
        found = visible(uow) & criterion_of(uow, "lead", query.filter, "")
        return found if query.archived else found & Lead.archived_at.is_(None)

    rows, cursor = _page(uow, "lead", _select_leads, criterion, query)
    today = uow.today()
    found_leads = [_lead(row, today) for row in rows]
    return _with_custom(uow, "lead", found_leads), cursor


def read_contacts(
    uow: UnitOfWork, query: ListQuery
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of contacts as scripts get them, and the cursor of the next."""

    def criterion() -> ColumnElement[bool]:
        found = criterion_of(uow, "contact", query.filter, "")
        return visible_contacts(uow) & found

    statement = select(*(getattr(Contact, name) for name in _CONTACT))
    rows, cursor = _page(uow, "contact", statement, criterion, query)
    found_contacts = [_nest(dict(zip(_CONTACT, row, strict=False))) for row in rows]
    return _with_custom(uow, "contact", found_contacts), cursor


def describe_contact(uow: UnitOfWork, contact: Contact) -> dict[str, Any]:
    """A contact as scripts get it."""
    values = _nest({name: getattr(contact, name) for name in _CONTACT})
    return _with_custom(uow, "contact", [values])[0]


def _with_custom(
    uow: UnitOfWork, entity: str, records: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """`records` with the values of their custom fields, empty ones as null."""
    known = [f.name for f in fields_of(uow, entity).values() if f.is_custom]
    ids = [values["id"] for values in records]
    held = load_values(uow, entity, ids)
    related = [f.name for f in fields_of(uow, entity).values() if f.is_related]
    shown = read_values(uow, entity, related, ids) if related else {}
    for values in records:
        own = held[values["id"]] | shown.get(values["id"], {})
        values["custom"] = {slug: own.get(slug) for slug in known}
    return records


def _page(
    uow: UnitOfWork,
    entity: str,
    statement: Select[Any],
    criterion: Callable[[], ColumnElement[bool]],
    query: ListQuery,
) -> tuple[Sequence[Row[Any]], str | None]:
    sort = sort_of(uow, entity, query.sort)

    def build() -> Select[*tuple[Any, ...]]:
        ordered = statement.add_columns(*sort.labels).where(criterion())
        return first_rows(uow, entity, after(ordered, sort, query.cursor), query)

    rows = read_rows(uow, entity, (query, sort), build)
    shown = rows[: query.limit]
    if len(rows) <= query.limit:
        return shown, None
    last = shown[-1]._mapping  # noqa: SLF001  (a row's public mapping is named so)
    return shown, cursor_of(sort, sort.keys_of(last), last["id"])


def _lead(row: Row[Any], today: date) -> dict[str, Any]:
    values = dict(zip(_LEAD, row, strict=False))
    tags = values["tags"]
    values["tags"] = sorted(tags.split(_BETWEEN)) if tags else []
    number, *planned = row[_NEXT]
    values["next_activity"] = None
    if number is not None:
        activity = dict(zip(_ACTIVITY, planned, strict=True))
        state = state_on(activity["due_on"], today)
        values["next_activity"] = {"id": number, **activity, "state": state}
    return _nest(values)


def _nest(values: dict[str, Any]) -> dict[str, Any]:
    values["address"] = {name: values.pop(name) for name in _ADDRESS}
    return values


def _shown(uow: UnitOfWork, field: Field) -> Any:
    """What a field of the catalogue reads as: for a record, its name."""
    if field.type is FieldType.TAGS:
        return _tags()
    if field.is_many and field.named is not None:
        number, folded = field.named.selected_columns[:2]
        table = folded.table.c
        shown = table.name if "name" in table else table.text
        return (
            field.named.with_only_columns(join_texts(shown, _BETWEEN))
            .where(number == field.column)
            .scalar_subquery()
        )
    if field.holder is not None:
        beside = field.holder.record_id == _number_of(field)
        return select(field.column).where(beside).scalar_subquery()
    if field.named is None:
        return field.column
    number, folded = field.named.selected_columns
    if field.type is FieldType.CONTACT:
        other = aliased(Contact)
        seen = visible_contacts(uow, other) & (other.id == field.column)
        return select(other.name).where(seen).scalar_subquery()
    name = folded.table.c.name
    return select(name).where(number == field.column).scalar_subquery()


def _number_of(field: Field) -> Any:
    return Lead.id if field.holder is LeadCustom else Contact.id


def read_fields(
    uow: UnitOfWork, entity: str, names: Sequence[str], query: ListQuery
) -> Iterator[dict[str, Any]]:
    """Every record of a filter as values by field name, records by their names.

    It reads pages of 500, so that a long list is never held in memory.
    """
    kind: Any = Lead if entity == "lead" else Contact
    fields = [find_field(uow, entity, name) for name in names]
    columns = [_shown(uow, field).label(f"f_{field.name}") for field in fields]
    several = {f.name for f in fields if f.type in {FieldType.TAGS, FieldType.CHOICES}}
    criterion = visible(uow) if entity == "lead" else visible_contacts(uow)
    criterion = criterion & criterion_of(uow, entity, query.filter, query.words)
    if query.narrowed is not None:
        criterion &= query.narrowed
    last = 0
    while True:
        rows = uow.session.execute(
            select(kind.id, *columns)
            .where(criterion, kind.id > last)
            .order_by(kind.id)
            .limit(500)
        ).all()
        for row in rows:
            values = dict(zip(names, row[1:], strict=True))
            for name in several & values.keys():
                if values[name]:
                    values[name] = sorted(values[name].split(_BETWEEN))
            yield values
        if not rows:
            return
        last = rows[-1][0]


def read_events(
    uow: UnitOfWork,
    *,
    lead_id: int | None,
    kind: str | None,
    before: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Events of leads that the actor may see, newest first, older than `before`."""
    query = (
        select(Event)
        .join(Lead, Lead.id == Event.record_id)
        .where(Event.entity == "lead", in_scope(uow, Lead.owner_id, Lead.team_id))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if lead_id is not None:
        query = query.where(Event.record_id == lead_id)
    if kind is not None:
        query = query.where(Event.kind == kind)
    if before is not None:
        query = query.where(Event.id < before)
    return [
        {
            "id": event.id,
            "at": event.at,
            "actor_id": event.actor_id,
            "kind": event.kind,
            "lead_id": event.record_id,
            "version": event.version,
            "change_id": event.change_id,
            "undoes": event.undoes,
            "values": event.values,
        }
        for event in uow.session.scalars(query)
    ]
