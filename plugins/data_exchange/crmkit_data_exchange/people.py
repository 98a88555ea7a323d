"""The people that rows of leads name: found in their company, or made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from crmkit.core import (
    Contact,
    ContactDraft,
    ContactKind,
    PastLeadDraft,
    create_contact,
    fold,
    visible_contacts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.directory import Directory
    from crmkit_data_exchange.placed_rows import Placed

Person = tuple[str, int | None]
"""A person's folded name, and the id of the company that he belongs to."""


def note_people(uow: UnitOfWork, directory: Directory, plan: Sequence[Placed]) -> None:
    """Take note of the people of these rows who are not there, for the preview."""
    if "people" not in directory.creates:
        return
    named = _gather(plan)
    known = _find(uow, named)
    for person, items in named.items():
        if person not in known:
            directory.missing.note("people", _lead(items[0]).contact_name or "")


def link_people(uow: UnitOfWork, plan: Sequence[Placed]) -> None:
    """Link each lead to the person that its row names; who is not there is made.

    The leads are linked to their companies by then, which become those of the people.
    """
    named = _gather(plan)
    known = _find(uow, named)
    for person, items in named.items():
        if person not in known:
            known[person] = create_contact(uow, _draft(person, items)).id
        for item in items:
            _lead(item).contact_id = known[person]


def _lead(item: Placed) -> PastLeadDraft:
    return cast("PastLeadDraft", item.draft)


def _gather(plan: Iterable[Placed]) -> dict[Person, list[Placed]]:
    named: dict[Person, list[Placed]] = {}
    for item in plan:
        draft = item.draft
        if isinstance(draft, PastLeadDraft) and (
            name := fold(draft.contact_name or "")
        ):
            named.setdefault((name, draft.contact_id), []).append(item)
    return {person: items for person, items in named.items() if person[0]}


def _find(uow: UnitOfWork, named: Iterable[Person]) -> dict[Person, int]:
    """The ids of those who are there; of two with one name in a company the older."""
    wanted = set(named)
    if not wanted:
        return {}
    rows = uow.session.execute(
        select(Contact.name_folded, Contact.company_id, Contact.id)
        .where(
            visible_contacts(uow),
            Contact.kind == ContactKind.PERSON,
            Contact.name_folded.in_({name for name, _ in wanted}),
        )
        .order_by(Contact.id.desc())
    )
    found = {(name, company): number for name, company, number in rows}
    return {person: number for person, number in found.items() if person in wanted}


def _draft(person: Person, rows: Sequence[Placed]) -> ContactDraft:
    """A person as the first of his rows tells of him."""
    first = _lead(rows[0])
    return ContactDraft(
        name=first.contact_name or "",
        kind=ContactKind.PERSON,
        company_id=person[1],
        email=first.email,
        phone=first.phone,
        country=first.country,
        language=first.language,
    )
