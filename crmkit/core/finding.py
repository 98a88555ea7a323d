"""Search across leads, contacts and activities: what words find, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.activities import Activity, ActivityState, state_on
from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.drafts import check_text
from crmkit.core.highlights import Marks, mark_words
from crmkit.core.leads import Lead, Status, visible
from crmkit.core.search import (
    SEARCHED,
    Term,
    first_matching,
    is_found,
    join_words,
    terms_of,
)
from crmkit.core.words import fold, phone_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Select

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Hit",
    "HitKind",
    "Hits",
    "find_records",
]

CANDIDATES = 500
_BETWEEN = " · "
# How much a word weighs by where it stands: the whole word in the title, its
# beginning there, in the second line, anywhere else.
_WHOLE, _BEGUN, _BESIDE, _ELSEWHERE = 8, 5, 3, 1
_FROM_THE_START, _OVER = 4, -2


class HitKind(StrEnum):
    """What a search finds."""

    LEAD = "lead"
    CONTACT = "contact"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that words found: its title, and a line that says more of it.

    `marks` hold the places of the words, by `title` and `line`: pairs of the first
    character, counted from 0, and the one behind the last. `state` is a lead's status,
    a contact's kind, or how an activity stands; an activity names its lead.
    """

    kind: HitKind
    id: int
    title: str
    line: str
    marks: dict[str, Marks]
    state: str
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class Hits:
    """The best hits, and whether there are more than were asked for."""

    items: tuple[Hit, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: HitKind
    id: int
    title: str
    beside: tuple[str | None, ...]
    elsewhere: tuple[tuple[str | None, tuple[str | None, ...]], ...]
    state: str
    is_over: bool = False
    lead_id: int | None = None
    company_id: int | None = None


def find_records(
    uow: UnitOfWork, words: str, kinds: Iterable[HitKind] = HitKind, *, limit: int = 20
) -> Hits:
    """What the actor may see of these kinds that `words` find, the best first.

    Of each kind the newest 500 records are ranked. A text without a word finds none.
    One statement a kind, and one for the companies of the contacts that are answered.
    """
    check_text({"q": words})
    terms, folded = terms_of(words), fold(words)
    if not terms:
        return Hits((), has_more=False)
    found = list(chain.from_iterable(_READERS[kind](uow, words) for kind in kinds))
    ranked = sorted(found, key=lambda one: (-_score(one, terms, folded), -one.id))
    best = ranked[:limit]
    companies = _companies(uow, best)
    hits = tuple(_hit(one, terms, companies.get(one.company_id)) for one in best)
    return Hits(hits, has_more=len(ranked) > limit)


def _first(uow: UnitOfWork, entity: str, words: str, rows: Any) -> Any:
    """The candidates of `rows`, which are of an entity and what the actor may see."""
    number = SEARCHED[entity].record_id
    ids: Select[int] = rows.with_only_columns(number).order_by(number.desc())
    first = first_matching(uow, words, entity, ids, CANDIDATES)
    return uow.session.execute(rows.where(number.in_(first)))


def _leads(uow: UnitOfWork, words: str) -> Iterable[_Candidate]:
    names = (
        "id name company_name contact_name email phone phone_e164 city website status "
        "archived_at"
    ).split()
    rows = select(*(getattr(Lead, name) for name in names)).where(visible(uow))
    for row in _first(uow, "lead", words, rows):
        yield _Candidate(
            HitKind.LEAD,
            row.id,
            row.name,
            (row.company_name, row.contact_name),
            _reached(row),
            row.status.value,
            row.status is not Status.OPEN or row.archived_at is not None,
        )


def _reached(row: Any) -> tuple[tuple[str | None, tuple[str | None, ...]], ...]:
    """What is shown only where it was what the words found, and its spellings."""
    numbers = tuple(phone_words(row.phone, row.phone_e164))
    plain = (row.email, row.city, row.website)
    return ((row.phone, numbers), *((text, (text,)) for text in plain))


def _contacts(uow: UnitOfWork, words: str) -> Iterable[_Candidate]:
    names = (
        "id name kind email phone phone_e164 city website industry vat company_id"
    ).split()
    columns = (getattr(Contact, name) for name in names)
    rows = select(*columns).where(visible_contacts(uow))
    for row in _first(uow, "contact", words, rows):
        more = ((row.industry, (row.industry,)), (row.vat, (row.vat,)))
        yield _Candidate(
            HitKind.CONTACT,
            row.id,
            row.name,
            (),
            (*_reached(row), *more),
            row.kind.value,
            company_id=row.company_id,
        )


def _activities(uow: UnitOfWork, words: str) -> Iterable[_Candidate]:
    rows = (
        select(
            Activity.id,
            Activity.summary,
            Activity.due_on,
            Activity.done_at,
            Activity.lead_id,
            Lead.name.label("lead_name"),
        )
        .join(Lead, Lead.id == Activity.lead_id)
        .where(Activity.deleted_at.is_(None), visible(uow))
    )
    today = uow.today()
    for row in _first(uow, "activity", words, rows):
        is_done = row.done_at is not None
        state = ActivityState.DONE if is_done else state_on(row.due_on, today)
        yield _Candidate(
            HitKind.ACTIVITY,
            row.id,
            row.summary,
            (row.lead_name,),
            (),
            state.value,
            is_done,
            row.lead_id,
        )


_READERS = {
    HitKind.LEAD: _leads,
    HitKind.CONTACT: _contacts,
    HitKind.ACTIVITY: _activities,
}


def _score(one: _Candidate, terms: Sequence[Term], folded: str) -> int:
    title = join_words([one.title]).split()
    beside = join_words(one.beside).split()
    score = _OVER if one.is_over else 0
    if fold(one.title).startswith(folded):
        score += _FROM_THE_START
    for term in terms:
        if is_found(term, title):
            is_whole = any(set(row) <= set(title) for row in term)
            score += _WHOLE if is_whole else _BEGUN
        else:
            score += _BESIDE if is_found(term, beside) else _ELSEWHERE
    return score


def _companies(
    uow: UnitOfWork, found: Iterable[_Candidate]
) -> dict[int | None, str | None]:
    ids = {one.company_id for one in found if one.company_id is not None}
    if not ids:
        return {}
    rows = uow.session.execute(
        select(Contact.id, Contact.name).where(
            Contact.id.in_(ids), visible_contacts(uow)
        )
    )
    return {row.id: row.name for row in rows}


def _hit(one: _Candidate, terms: Sequence[Term], company: str | None) -> Hit:
    parts = [text for text in (company, *one.beside) if text]
    seen = join_words([one.title, *parts]).split()
    missing = [term for term in terms if not is_found(term, seen)]
    for text, spellings in one.elsewhere:
        its_words = join_words(spellings).split()
        if text and any(is_found(term, its_words) for term in missing):
            parts.append(text)
    if not parts and one.kind is HitKind.CONTACT:
        parts = [text for text, _ in one.elsewhere if text][:1]
    line = _BETWEEN.join(parts)
    marks = {"title": mark_words(one.title, terms), "line": mark_words(line, terms)}
    return Hit(one.kind, one.id, one.title, line, marks, one.state, one.lead_id)
