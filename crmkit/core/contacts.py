"""Contacts: people and companies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    column,
    exists,
    insert,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.access import in_scope
from crmkit.core.addressed import (
    DERIVED_FROM,
    Addressed,
    AddressedDraft,
    derive_addressed,
    fold_any,
)
from crmkit.core.custom.values import check_new, edit_values, said, save_values
from crmkit.core.db import Base
from crmkit.core.drafts import RecordId
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, UnknownChoiceError, mark
from crmkit.core.events import Fact, record
from crmkit.core.search import index_records, is_searched, searched_texts
from crmkit.core.types import choice
from crmkit.core.uow import Role
from crmkit.core.users import known_users
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Contact",
    "ContactDraft",
    "ContactKind",
    "companies_by_name",
    "create_contact",
    "create_contacts",
    "delete_contact",
    "edit_contact",
    "get_contact",
    "get_deleted_contact",
    "recall_contact",
    "visible_contacts",
]


class ContactKind(StrEnum):
    """Whether a contact is a human being or a firm."""

    PERSON = "person"
    COMPANY = "company"


class Contact(Addressed, Base):
    """A person or a company; a person may belong to a company."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_name", "name_folded", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind))
    name: Mapped[str] = mapped_column(String(250))
    name_folded: Mapped[str] = mapped_column(String(250))
    company_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    vat: Mapped[str | None] = mapped_column(String(32))
    industry: Mapped[str | None] = mapped_column(String(250))
    industry_folded: Mapped[str | None] = mapped_column(String(250))
    employees: Mapped[str | None] = mapped_column(String(64))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ContactDraft(AddressedDraft):
    """A new contact, as it comes through a door. Lengths are characters."""

    name: str = Field(min_length=1, max_length=250)
    kind: ContactKind = ContactKind.PERSON
    company_id: RecordId | None = None
    vat: str | None = Field(default=None, max_length=32)
    industry: str | None = Field(default=None, max_length=250)
    employees: str | None = Field(default=None, max_length=64)
    owner_id: RecordId | None = None
    custom: dict[str, Any] = Field(default_factory=dict, max_length=200)


class NoCompanyError(CrmError):
    """The contact that was named as the company is a person, or it itself."""

    def __init__(self) -> None:
        super().__init__(
            mark("A contact can only belong to a company."), field="company_id"
        )


_lead = table(
    "lead",
    column("contact_id"),
    column("owner_id"),
    column("team_id"),
    column("deleted_at"),
)


def visible_contacts(
    uow: UnitOfWork, of: type[Contact] = Contact
) -> ColumnElement[bool]:
    """The criterion of contacts that the actor may see and that are not in the bin.

    `of` is an alias of Contact, where the query needs one.
    """
    return of.deleted_at.is_(None) & contacts_in_scope(uow, of)


def contacts_in_scope(
    uow: UnitOfWork, of: type[Contact] = Contact
) -> ColumnElement[bool]:
    """The criterion of contacts that the actor may see, in the bin or not."""
    if uow.settings.contacts_for_all or uow.actor.can_be(Role.ALL):
        return true()
    leads = (
        select(_lead.c.contact_id)
        .where(_lead.c.contact_id == of.id, _lead.c.deleted_at.is_(None))
        .where(in_scope(uow, _lead.c.owner_id, _lead.c.team_id))
    )
    mine = or_(of.owner_id == uow.actor.id, of.created_by_id == uow.actor.id)
    return or_(mine, exists(leads))


def get_contact(uow: UnitOfWork, contact_id: int) -> Contact:
    """The contact of that id, if the actor may see it."""
    return _one(uow, contact_id, visible_contacts(uow))


def get_deleted_contact(uow: UnitOfWork, contact_id: int) -> Contact:
    """The contact of that id in the bin, if the actor could see it outside."""
    return _one(
        uow, contact_id, Contact.deleted_at.is_not(None) & contacts_in_scope(uow)
    )


def _one(uow: UnitOfWork, contact_id: int, criterion: ColumnElement[bool]) -> Contact:
    query = select(Contact).where(Contact.id == contact_id, criterion)
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError("contact", contact_id)
    return found


def known_contacts(uow: UnitOfWork, ids: set[int]) -> set[int]:
    """Those of `ids` that are contacts which the actor may see."""
    query = select(Contact.id).where(Contact.id.in_(ids), visible_contacts(uow))
    return set(uow.session.scalars(query))


def companies_by_name(uow: UnitOfWork, names: Sequence[str]) -> dict[str, int]:
    """Ids of the companies of these names, by folded name; the oldest of a name."""
    folded = {fold(name) for name in names}
    rows = uow.session.execute(
        select(Contact.name_folded, Contact.id)
        .where(Contact.kind == ContactKind.COMPANY, Contact.name_folded.in_(folded))
        .where(visible_contacts(uow))
        .order_by(Contact.id.desc())
    )
    return {name: contact_id for name, contact_id in rows}  # noqa: C416  (a Result has keys)


def create_contact(uow: UnitOfWork, draft: ContactDraft) -> Contact:
    """A new contact."""
    return create_contacts(uow, [draft])[0]


def create_contacts(uow: UnitOfWork, drafts: Sequence[ContactDraft]) -> list[Contact]:
    """New contacts, in the order of `drafts`."""
    if not drafts:
        return []
    _check_companies(uow, [draft.company_id for draft in drafts])
    _check_owners(uow, [draft.owner_id for draft in drafts])
    given = [(draft.custom, None) for draft in drafts]
    custom = check_new(uow, "contact", given, known_contacts)
    now = uow.now()
    rows = [_row(uow, draft, now) for draft in drafts]
    contacts = list(
        uow.session.scalars(
            insert(Contact).returning(Contact, sort_by_parameter_order=True),
            rows,
            execution_options={"render_nulls": True},
        )
    )
    pairs = list(zip(contacts, drafts, custom, strict=True))
    save_values(uow, "contact", {one.id: values for one, _, values in pairs})
    record(
        uow,
        [
            Fact("contact.created", "contact", one.id, 1, _filled(draft) | said(values))
            for one, draft, values in pairs
        ],
    )
    index_records(uow, "contact", searched_texts("contact", contacts))
    return contacts


def _row(uow: UnitOfWork, draft: ContactDraft, now: datetime) -> dict[str, Any]:
    values = {name: value for name, value in draft if name != "custom"}
    return {
        **values,
        **_derived(uow, values),
        "created_by_id": uow.actor.id,
        "created_at": now,
        "updated_at": now,
    }


def _derived(uow: UnitOfWork, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name_folded": fold(values["name"]),
        "industry_folded": fold_any(values.get("industry")),
        **derive_addressed(values, uow.settings.country),
    }


def _filled(draft: ContactDraft) -> dict[str, tuple[Any, Any]]:
    return {
        name: (None, value)
        for name, value in draft
        if value is not None and name != "custom"
    }


def edit_contact(
    uow: UnitOfWork,
    contact: Contact,
    changes: Mapping[str, Any],
    based_on: Based = None,
) -> None:
    """Change fields of `contact`; `based_on` is the version that the user saw.

    Raises StaleError where somebody changed one of these fields since.
    """
    names = ContactDraft.model_fields.keys() - {"custom"}
    current = {name: getattr(contact, name) for name in names}
    draft = ContactDraft(**{**current, **changes})
    wanted = {name: getattr(draft, name) for name in changes if name != "custom"}
    if wanted.get("company_id") == contact.id:
        raise NoCompanyError
    _check_companies(uow, [wanted.get("company_id")])
    if wanted.get("owner_id") != contact.owner_id:
        _check_owners(uow, [wanted.get("owner_id")])
    changed = apply_edit(uow, "contact", contact, wanted, based_on)
    changed |= edit_values(
        uow, ("contact", contact.id), draft.custom, based_on, known_contacts
    )
    if not changed:
        return
    searched = (*DERIVED_FROM, "name", "industry")
    values = {name: getattr(contact, name) for name in searched}
    for name, value in _derived(uow, values).items():
        setattr(contact, name, value)
    _save(uow, contact, "contact.changed", changed)


def delete_contact(uow: UnitOfWork, contact: Contact) -> None:
    """Put `contact` into the bin; leads that name it keep what they show of it."""
    contact.deleted_at = uow.now()
    _save(uow, contact, "contact.deleted", {})


def recall_contact(uow: UnitOfWork, contact: Contact) -> None:
    """Take `contact` out of the bin."""
    contact.deleted_at = None
    _save(uow, contact, "contact.restored", {})


def _save(
    uow: UnitOfWork, contact: Contact, kind: str, changed: dict[str, tuple[Any, Any]]
) -> None:
    contact.version += 1
    contact.updated_at = uow.now()
    uow.session.flush()
    record(uow, [Fact(kind, "contact", contact.id, contact.version, changed)])
    if is_searched("contact", changed):
        index_records(uow, "contact", searched_texts("contact", [contact]))


def _check_companies(uow: UnitOfWork, ids: Sequence[int | None]) -> None:
    wanted = {company_id for company_id in ids if company_id is not None}
    if not wanted:
        return
    found = set(
        uow.session.scalars(
            select(Contact.id)
            .where(Contact.id.in_(wanted), Contact.kind == ContactKind.COMPANY)
            .where(visible_contacts(uow))
        )
    )
    if wanted - found:
        raise NoCompanyError


def _check_owners(uow: UnitOfWork, ids: Sequence[int | None]) -> None:
    """Raise UnknownChoiceError for an owner who is not there, or not any more."""
    wanted = {owner_id for owner_id in ids if owner_id is not None} - {uow.actor.id}
    if wanted and (missing := wanted - known_users(uow, wanted)):
        raise UnknownChoiceError("owner_id", min(missing))
