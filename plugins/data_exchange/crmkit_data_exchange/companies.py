"""The companies that leads and people name: found, linked, made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import (
    ContactDraft,
    ContactKind,
    PastLeadDraft,
    companies_by_name,
    create_contacts,
    fold,
)
from crmkit_data_exchange.problems import NO_COMPANY, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.directory import Directory
    from crmkit_data_exchange.placed_rows import Placed


def link_companies(
    uow: UnitOfWork, directory: Directory, plan: Sequence[Placed]
) -> None:
    """Link leads to the company of their name, people to the one they belong to.

    A lead whose company is not there is not linked. A person's row is refused then,
    unless the company will be made, or other rows bring it.
    """
    directory.coming |= {
        fold(item.draft.name)
        for item in plan
        if isinstance(item.draft, ContactDraft)
        and item.draft.kind is ContactKind.COMPANY
    }
    names = {name for item in plan if (name := _company_of(item))}
    known = companies_by_name(uow, sorted(names)) if names else {}
    for item in plan:
        name = _company_of(item)
        if not name:
            continue
        if (company_id := known.get(fold(name))) is not None:
            set_link(item, company_id)
        elif fold(name) not in directory.coming:
            _miss(directory, item, name)


def _miss(directory: Directory, item: Placed, name: str) -> None:
    is_made = "contacts" in directory.creates
    if is_made or isinstance(item.draft, ContactDraft):
        directory.missing.note("contacts", name)
    if isinstance(item.draft, ContactDraft) and not is_made:
        item.refuse(Problem("", name, NO_COMPANY))


def create_companies(
    uow: UnitOfWork, directory: Directory, plan: Sequence[Placed]
) -> None:
    """Make the companies that rows name and neither the CRM nor the file has.

    Those that other rows made since these were planned are found.
    """
    lonely: dict[str, list[Placed]] = {}
    for item in plan:
        name = _company_of(item)
        if name and link_of(item) is None and fold(name) not in directory.coming:
            lonely.setdefault(fold(name), []).append(item)
    lonely.pop("", None)
    if not lonely:
        return
    for name, company_id in companies_by_name(uow, list(lonely)).items():
        for item in lonely.pop(name):
            set_link(item, company_id)
    drafts = [
        ContactDraft(name=_company_of(items[0]) or "", kind=ContactKind.COMPANY)
        for items in lonely.values()
    ]
    companies = create_contacts(uow, drafts)
    for company, items in zip(companies, lonely.values(), strict=True):
        for item in items:
            set_link(item, company.id)


def list_waiting(plan: Sequence[Placed]) -> list[Placed]:
    """The people who belong to a company that other rows of the file bring."""
    return [
        item
        for item in plan
        if isinstance(item.draft, ContactDraft)
        and item.drafted.company
        and link_of(item) is None
    ]


def link_waiting(uow: UnitOfWork, waiting: Sequence[Placed]) -> None:
    """Link people to the companies that are there by now; refuse the others' rows."""
    names = {item.drafted.company or "" for item in waiting}
    known = companies_by_name(uow, sorted(names)) if names else {}
    for item in waiting:
        name = item.drafted.company or ""
        if fold(name) in known:
            set_link(item, known[fold(name)])
        else:
            item.refuse(Problem("", name, NO_COMPANY))


def _company_of(item: Placed) -> str | None:
    if isinstance(item.draft, PastLeadDraft):
        return item.draft.company_name
    return item.drafted.company


def link_of(item: Placed) -> int | None:
    """The id of a lead's contact, or of a person's company."""
    if isinstance(item.draft, PastLeadDraft):
        return item.draft.contact_id
    return item.draft.company_id


def set_link(item: Placed, contact_id: int | None) -> None:
    """Link a lead to its contact, or a person to his company."""
    if isinstance(item.draft, PastLeadDraft):
        item.draft.contact_id = contact_id
    else:
        item.draft.company_id = contact_id
