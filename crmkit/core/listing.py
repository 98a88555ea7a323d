"""Lists of leads and contacts: filtered, sorted, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select, true

from crmkit.core.cards import Card, read_cards, select_cards
from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.errors import CrmError, mark
from crmkit.core.fields import UnknownFieldError, find_field
from crmkit.core.filters import parse_filter
from crmkit.core.filters.sql import compile_filter
from crmkit.core.leads import Lead, visible
from crmkit.core.paging import Sort, after, cursor_of, read_cursor
from crmkit.core.search import SEARCHED, first_matching, matching
from crmkit.core.stages import Stage
from crmkit.core.sums import Amount, Total, money_sums, read_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from sqlalchemy import Row, Select

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "ListQuery",
    "Page",
    "count_contacts",
    "criterion_of",
    "list_contacts",
    "list_leads",
    "sum_leads",
]


MOST_SORTS = 4


class SortError(CrmError):
    """The order names too many fields, or one of them twice."""

    def __init__(self) -> None:
        super().__init__(
            mark("A list is sorted by at most {count} fields, each named once."),
            field="sort",
            count=MOST_SORTS,
        )


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What of an entity to list: filter text, words, order, page.

    `narrowed` is a further criterion, such as that of one group of leads.
    """

    filter: str = ""
    words: str = ""
    sort: str = "-created_at"
    cursor: str | None = None
    limit: int = 50
    archived: bool = False
    narrowed: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows and where the next begins."""

    rows: tuple[Any, ...]
    next_cursor: str | None
    sort: str

    @property
    def has_more(self) -> bool:
        """Whether there are rows behind these."""
        return self.next_cursor is not None


def criterion_of(
    uow: UnitOfWork, entity: str, filter_text: str, words: str
) -> ColumnElement[bool]:
    """The criterion of a filter's text and of words to be found."""
    narrowed: ColumnElement[bool] = true()
    if filter_text.strip():
        narrowed = compile_filter(uow, entity, parse_filter(filter_text))
    if words.strip():
        narrowed = narrowed & matching(uow, entity, words)
    return narrowed


def sort_of(uow: UnitOfWork, entity: str, text: str) -> Sort:
    """The order that `text` names: fields with commas between, `-` for descending.

    Raises SortError where there are more than four, or one is named twice.
    """
    names = [name.strip() for name in text.split(",")]
    if len(names) > MOST_SORTS or len(
        {name.removeprefix("-") for name in names}
    ) != len(names):
        raise SortError
    first, *then = (_sort_by(uow, entity, name) for name in names)
    return replace(first, then=tuple(then))


def _sort_by(uow: UnitOfWork, entity: str, text: str) -> Sort:
    name = text.removeprefix("-")
    found = find_field(uow, entity, name)
    if not found.is_sortable:
        raise UnknownFieldError(name)
    column = found.folded if found.folded is not None else found.column
    number: Any = Lead.id if entity == "lead" else Contact.id
    if name == "stage":
        column = Stage.position
    return Sort(name, column, number, text.startswith("-"), found.holder)


def leads_found(uow: UnitOfWork, query: ListQuery) -> Any:
    """The criterion of the leads of `query`, of those that the actor may see."""
    narrowed = visible(uow) & criterion_of(uow, "lead", query.filter, query.words)
    if query.narrowed is not None:
        narrowed &= query.narrowed
    return narrowed if query.archived else narrowed & Lead.archived_at.is_(None)


def list_leads(uow: UnitOfWork, query: ListQuery) -> Page:
    """A page of leads as cards, in one statement."""
    sort = sort_of(uow, "lead", query.sort)

    def build() -> Select[*tuple[Any, ...]]:
        found = leads_found(uow, replace(query, words=""))
        statement = select_cards(*sort.labels).where(found)
        return first_rows(uow, "lead", after(statement, sort, query.cursor), query)

    rows = read_rows(uow, "cards", (query, sort), build)
    cards: tuple[Card, ...] = tuple(read_cards(uow, rows[: query.limit]))
    return Page(cards, _cursor(sort, rows, query.limit), sort.text)


def read_rows(
    uow: UnitOfWork,
    what: str,
    asked: tuple[ListQuery, Sort],
    build: Callable[[], Select[*tuple[Any, ...]]],
) -> Sequence[Row[Any]]:
    """The rows of a list, whose statement is kept for the next that asks the same.

    One with words or a criterion of its own is built each time, and so is one whose
    filter depends on the moment.
    """
    query, sort = asked
    is_own = query.words or query.narrowed is not None
    if is_own or not _lasts(uow, what, query.filter):
        return uow.run(build()).all()
    place = read_cursor(sort, query.cursor)
    kind = (sort.text, query.limit, query.archived, place and place.empty)
    means: tuple[Hashable, ...] = (uow.actor.reach, uow.settings.contacts_for_all)
    if query.filter:
        today = (uow.today(), uow.settings.zone, uow.hooks.disabled)
        means = (*means, query.filter, *today)
    statement = uow.catalogue.kept((what, kind, means), build)
    return uow.run(statement, place and place.parameters).all()


def _lasts(uow: UnitOfWork, what: str, text: str) -> bool:
    """Whether a filter finds the same by the same criterion all day."""
    if not text:
        return True
    entity = "contact" if what == "contact" else "lead"
    known = uow.catalogue.fields[entity].items()

    def name_computed() -> list[str]:
        return [name for name, field in known if field.computed is not None]

    computed = uow.catalogue.kept(("computed", entity), name_computed)
    return not any(name in text for name in computed)


def first_rows(
    uow: UnitOfWork,
    entity: str,
    ordered: Select[*tuple[Any, ...]],
    query: ListQuery,
) -> Select[*tuple[Any, ...]]:
    """The statement of the rows of `ordered` that words find: a page, and one more."""
    most = query.limit + 1
    if query.words.strip():
        record_id = SEARCHED[entity].record_id
        ids = ordered.with_only_columns(record_id)
        first = first_matching(uow, query.words, entity, ids, most)
        ordered = ordered.where(record_id.in_(first))
    return ordered.limit(most)


def _cursor(sort: Sort, rows: Any, limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return cursor_of(sort, sort.keys_of(last._mapping), last.id)  # noqa: SLF001


def sum_leads(uow: UnitOfWork, query: ListQuery) -> Total:
    """Count and sums of the whole filter, whatever the page shows."""
    rows: Iterable[Any] = uow.run(
        select(Lead.currency, func.count(), *money_sums())
        .where(leads_found(uow, query))
        .group_by(Lead.currency)
    )
    total = Total(0, Amount(), Amount())
    for currency, count, *sums in rows:
        amount, weighted = read_sums(currency, sums)
        total = Total(
            total.count + count, total.sum + amount, total.weighted_sum + weighted
        )
    return total


def list_contacts(uow: UnitOfWork, query: ListQuery) -> Page:
    """A page of contacts, in one statement."""
    sort = sort_of(uow, "contact", query.sort)
    statement = (
        select(Contact, *sort.labels, Contact.id)
        .where(visible_contacts(uow))
        .where(criterion_of(uow, "contact", query.filter, ""))
    )
    if query.narrowed is not None:
        statement = statement.where(query.narrowed)
    ordered = after(statement, sort, query.cursor)
    rows = uow.session.execute(first_rows(uow, "contact", ordered, query)).all()
    contacts = tuple(row[0] for row in rows[: query.limit])
    return Page(contacts, _cursor(sort, rows, query.limit), sort.text)


def count_contacts(uow: UnitOfWork, query: ListQuery) -> int:
    """How many contacts the whole filter finds."""
    found = select(func.count()).select_from(Contact).where(contacts_found(uow, query))
    return uow.session.scalar(found) or 0


def contacts_found(uow: UnitOfWork, query: ListQuery) -> ColumnElement[bool]:
    """The criterion of the contacts of `query`, of those that the actor may see."""
    asked = criterion_of(uow, "contact", query.filter, query.words)
    return visible_contacts(uow) & asked
