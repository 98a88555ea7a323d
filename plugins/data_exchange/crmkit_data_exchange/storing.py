"""Putting rows into the CRM: created or updated, and a reason where neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy.exc import DataError, IntegrityError

from crmkit.core import (
    ContactDraft,
    ContactKind,
    CrmError,
    PastLeadDraft,
    companies_by_name,
    create_contacts,
    create_leads,
    fold,
    get_contact,
    get_lead,
)
from crmkit_data_exchange.drafts import Draft, Drafted, make_draft, note_company
from crmkit_data_exchange.matching import Key, find_records, make_key
from crmkit_data_exchange.problems import DATABASE_REFUSED, SAME, SEVERAL, Problem
from crmkit_data_exchange.tables import Outcome
from crmkit_data_exchange.updating import update_contact, update_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.directory import Directory
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.reading import ReadRow


@dataclass(slots=True)
class Placed:
    """A row with its draft, and what becomes of it."""

    row: ReadRow
    drafted: Drafted
    outcome: Outcome
    record_id: int | None = None
    problems: tuple[Problem, ...] = ()
    key: Key | None = None

    @property
    def draft(self) -> Draft:
        """The row's draft; only a refused row has none."""
        return cast("Draft", self.drafted.draft)

    def refuse(self, problem: Problem, outcome: Outcome = Outcome.FAILED) -> None:
        """Leave the row out, with the reason."""
        self.outcome, self.problems = outcome, (problem,)


def plan_rows(
    uow: UnitOfWork, mapping: Mapping, directory: Directory, rows: Sequence[ReadRow]
) -> list[Placed]:
    """What is to become of each of `rows`; nothing is written."""
    plan = [
        _place(row, make_draft(mapping.entity, row.converted, directory))
        for row in rows
    ]
    _link_companies(uow, directory, [item for item in plan if not item.problems])
    if mapping.match_by:
        _find_targets(uow, mapping, [item for item in plan if not item.problems])
    return plan


def store_rows(
    uow: UnitOfWork, mapping: Mapping, directory: Directory, rows: Sequence[ReadRow]
) -> list[Placed]:
    """Create or update the records of `rows`, and tell what became of each."""
    plan = plan_rows(uow, mapping, directory, rows)
    if "contacts" in directory.creates:
        _create_companies(uow, mapping.entity, plan)
    new = [item for item in plan if item.outcome is Outcome.CREATED]
    later = _list_repeated(new)
    _create(uow, mapping.entity, [item for item in new if id(item) not in later])
    for item in plan:
        if item.outcome is Outcome.UPDATED:
            _update(uow, mapping.entity, item)
    for item in new:
        if id(item) in later:
            _store_repeated(uow, mapping, item)
    return plan


def _place(row: ReadRow, drafted: Drafted) -> Placed:
    outcome = Outcome.FAILED if drafted.problems else Outcome.CREATED
    return Placed(row, drafted, outcome, problems=drafted.problems)


def _company_of(item: Placed) -> str | None:
    if isinstance(item.draft, PastLeadDraft):
        return item.draft.company_name
    return item.drafted.company


def _link_companies(
    uow: UnitOfWork, directory: Directory, plan: Sequence[Placed]
) -> None:
    """Link leads to the company of their name, contacts to the one they belong to."""
    names = {name for item in plan if (name := _company_of(item))}
    if not names:
        return
    known = companies_by_name(uow, sorted(names))
    for item in plan:
        name = _company_of(item)
        if not name:
            continue
        company_id = known.get(fold(name))
        if company_id is not None:
            _link(item.draft, company_id)
        elif isinstance(item.draft, ContactDraft):
            if problem := note_company(name, directory):
                item.refuse(problem)
        elif "contacts" in directory.creates:
            note_company(name, directory)


def _link(draft: Draft, company_id: int) -> None:
    if isinstance(draft, PastLeadDraft):
        draft.contact_id = company_id
    else:
        draft.company_id = company_id


def _create_companies(uow: UnitOfWork, entity: str, plan: Sequence[Placed]) -> None:
    """Make the companies that rows name and nobody knows."""
    lonely: dict[str, list[Placed]] = {}
    for item in plan:
        name = None if item.problems else _company_of(item)
        link = "contact_id" if entity == "lead" else "company_id"
        if name and fold(name) and getattr(item.draft, link) is None:
            lonely.setdefault(fold(name), []).append(item)
    if not lonely:
        return
    drafts = [
        ContactDraft(name=_company_of(items[0]) or "", kind=ContactKind.COMPANY)
        for items in lonely.values()
    ]
    for company, items in zip(
        create_contacts(uow, drafts), lonely.values(), strict=True
    ):
        for item in items:
            _link(item.draft, company.id)


def _find_targets(
    uow: UnitOfWork, mapping: Mapping, plan: Sequence[Placed]
) -> None:
    """Mark the rows whose record is there already, or is not clear."""
    drafts = [item.draft for item in plan]
    found = find_records(uow, mapping.entity, mapping.match_by, drafts)
    for item in plan:
        item.key = make_key(uow, item.draft, mapping.match_by)
        ids = [] if item.key is None else found.get(item.key, [])
        if len(ids) == 1:
            item.outcome, item.record_id = Outcome.UPDATED, ids[0]
        elif ids:
            parts = {"count": len(ids), "fields": ", ".join(mapping.match_by)}
            item.refuse(Problem("", "", SEVERAL, parts), Outcome.SKIPPED)


def _list_repeated(new: Sequence[Placed]) -> set[int]:
    """The rows that are about a record which an earlier one of them makes."""
    seen: set[Key] = set()
    later: set[int] = set()
    for item in new:
        if item.key is None:
            continue
        if item.key in seen:
            later.add(id(item))
        seen.add(item.key)
    return later


def _store_repeated(uow: UnitOfWork, mapping: Mapping, item: Placed) -> None:
    _find_targets(uow, mapping, [item])
    if item.outcome is Outcome.UPDATED:
        _update(uow, mapping.entity, item)
    elif item.outcome is Outcome.CREATED:
        _create(uow, mapping.entity, [item])


def _create(uow: UnitOfWork, entity: str, items: Sequence[Placed]) -> None:
    """Create the records of all `items` at once; of those that fail, half by half.

    So one row that a rule or a plugin refuses costs a few attempts, and none of the
    others its place.
    """
    if not items:
        return
    try:
        with uow.session.begin_nested():
            ids = _create_all(uow, entity, [item.draft for item in items])
    except (CrmError, IntegrityError, DataError) as error:
        if len(items) == 1:
            items[0].refuse(_describe(error))
            return
        middle = len(items) // 2
        _create(uow, entity, items[:middle])
        _create(uow, entity, items[middle:])
        return
    for item, record_id in zip(items, ids, strict=True):
        item.record_id = record_id


def _create_all(uow: UnitOfWork, entity: str, drafts: Sequence[Draft]) -> list[int]:
    if entity == "lead":
        leads = cast("Sequence[PastLeadDraft]", drafts)
        return [lead.id for lead in create_leads(uow, leads)]
    contacts = cast("Sequence[ContactDraft]", drafts)
    return [contact.id for contact in create_contacts(uow, contacts)]


def _update(uow: UnitOfWork, entity: str, item: Placed) -> None:
    record_id = cast("int", item.record_id)
    try:
        with uow.session.begin_nested():
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
