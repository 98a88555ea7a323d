"""Putting rows into the CRM: created or updated, and a reason where neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy.exc import DataError, IntegrityError

from crmkit.core import (
    ContactDraft,
    CrmError,
    PastLeadDraft,
    create_contacts,
    create_leads,
    get_contact,
    get_lead,
)
from crmkit_data_exchange.companies import (
    create_companies,
    link_of,
    link_waiting,
    list_waiting,
    set_link,
)
from crmkit_data_exchange.people import link_people
from crmkit_data_exchange.planning import find_targets, plan_rows
from crmkit_data_exchange.problems import DATABASE_REFUSED, SAME, Problem
from crmkit_data_exchange.tables import Outcome
from crmkit_data_exchange.updating import update_contact, update_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.directory import Directory
    from crmkit_data_exchange.drafts import Draft
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.matching import Key
    from crmkit_data_exchange.placed_rows import Placed
    from crmkit_data_exchange.reading import ReadRow


def store_rows(
    uow: UnitOfWork, mapping: Mapping, directory: Directory, rows: Sequence[ReadRow]
) -> list[Placed]:
    """Create or update the records of `rows`, and tell what became of each."""
    plan = plan_rows(uow, mapping, directory, rows)
    good = [item for item in plan if not item.problems]
    waiting = list_waiting(good)
    is_waiting = {id(item) for item in waiting}
    later = _list_repeated(good)
    _create(uow, directory, _list_new(good, but=later | is_waiting))
    link_waiting(uow, waiting)
    _create(uow, directory, _list_new(waiting, but=later))
    for item in good:
        if item.outcome is Outcome.UPDATED:
            _update(uow, directory, item)
        elif id(item) in later:
            _store_repeated(uow, mapping, directory, item)
    return plan


def _list_new(items: Sequence[Placed], *, but: set[int]) -> list[Placed]:
    """Those whose record has to be made, without those of `but` (by identity)."""
    return [
        item
        for item in items
        if item.outcome is Outcome.CREATED and id(item) not in but
    ]


def _list_repeated(items: Sequence[Placed]) -> set[int]:
    """The rows that are about a record which an earlier one of them makes."""
    seen: set[Key] = set()
    later: set[int] = set()
    for item in items:
        if item.key is None or item.outcome is not Outcome.CREATED:
            continue
        if item.key in seen:
            later.add(id(item))
        seen.add(item.key)
    return later


def _store_repeated(
    uow: UnitOfWork, mapping: Mapping, directory: Directory, item: Placed
) -> None:
    """Store a row whose record an earlier row made, or failed to make."""
    find_targets(uow, mapping, [item])
    if item.outcome is Outcome.UPDATED:
        _update(uow, directory, item)
    else:
        _create(uow, directory, _list_new([item], but=set()))


def _create(uow: UnitOfWork, directory: Directory, items: Sequence[Placed]) -> None:
    """Create the records of all `items` at once; of those that fail, half by half.

    So one row that a rule or a plugin refuses costs a few attempts, and none of the
    others its place. A company or person that it alone names is not made either.
    """
    if not items:
        return
    linked = [(item, link_of(item)) for item in items]
    try:
        with uow.session.begin_nested():
            _make_named(uow, directory, items)
            ids = _create_all(uow, [item.draft for item in items])
    except (CrmError, IntegrityError, DataError) as error:
        for item, link in linked:
            set_link(item, link)
        if len(items) == 1:
            items[0].refuse(_describe(error))
            return
        middle = len(items) // 2
        _create(uow, directory, items[:middle])
        _create(uow, directory, items[middle:])
        return
    for item, record_id in zip(items, ids, strict=True):
        item.record_id = record_id


def _make_named(uow: UnitOfWork, directory: Directory, items: Sequence[Placed]) -> None:
    """Make the companies and people that rows name and nobody knows; link all."""
    if "contacts" in directory.creates:
        create_companies(uow, directory, items)
    if "people" in directory.creates:
        link_people(uow, items)


def _create_all(uow: UnitOfWork, drafts: Sequence[Draft]) -> list[int]:
    if isinstance(drafts[0], PastLeadDraft):
        leads = cast("Sequence[PastLeadDraft]", drafts)
        return [lead.id for lead in create_leads(uow, leads)]
    contacts = cast("Sequence[ContactDraft]", drafts)
    return [contact.id for contact in create_contacts(uow, contacts)]


def _update(uow: UnitOfWork, directory: Directory, item: Placed) -> None:
    record_id = cast("int", item.record_id)
    try:
        with uow.session.begin_nested():
            _make_named(uow, directory, [item])
            if isinstance(item.draft, PastLeadDraft):
                changed = update_lead(uow, get_lead(uow, record_id), item.draft)
            else:
                contact = get_contact(uow, record_id)
                changed = update_contact(uow, contact, item.draft)
    except (CrmError, IntegrityError, DataError) as error:
        item.refuse(_describe(error))
        return
    if not changed:
        item.refuse(Problem("", "", SAME), Outcome.SKIPPED)


def _describe(error: Exception) -> Problem:
    if isinstance(error, CrmError):
        return Problem.of_error(error)
    return Problem("", "", DATABASE_REFUSED)
