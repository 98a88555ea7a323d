"""Search: each word that is asked for begins a word of the record.

A record's words are folded and split in Python, in the same way on both databases;
what a database adds is an index of exact words and their beginnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    ForeignKey,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.custom.tables import HOLDERS
from crmkit.core.custom.values import PREFIX
from crmkit.core.db import Base
from crmkit.core.drafts import check_text
from crmkit.core.uow import Role
from crmkit.core.words import (
    LONGEST_WORD,
    UNSPACED,
    host_of,
    phone_words,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "index_records",
    "matching",
    "rebuild_search",
]

MOST_WORDS = 16
# So many are looked up and sorted in some milliseconds.
MANY = 4000
_SHORTEST_NUMBER = 6


class LeadWords(Base):
    """The words by which a lead is found, parted by blanks."""

    __tablename__ = "lead_words"

    lead_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True
    )
    words: Mapped[str] = mapped_column(Text)


class ContactWords(Base):
    """The words by which a contact is found, parted by blanks."""

    __tablename__ = "contact_words"

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )
    words: Mapped[str] = mapped_column(Text)


class ActivityWords(Base):
    """The words by which an activity is found, parted by blanks."""

    __tablename__ = "activity_words"

    activity_id: Mapped[int] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True
    )
    words: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Searched:
    """An entity that is searched: where its words are kept, what they are made of."""

    words: type[Base]
    columns: frozenset[str]
    texts: Callable[[Any], Iterable[str | None]]

    @property
    def table(self) -> Any:
        """The table of words."""
        return self.words.__table__

    @property
    def key(self) -> Any:
        """The column of that table which names the record."""
        return next(iter(self.table.primary_key))

    @property
    def record_id(self) -> Any:
        """The number of the record in its own table."""
        return next(iter(self.key.foreign_keys)).column


def _lead_texts(lead: Any) -> Iterable[str | None]:
    return (
        lead.name,
        lead.company_name,
        lead.contact_name,
        lead.email,
        host_of(lead.website),
        lead.city,
        *phone_words(lead.phone, lead.phone_e164),
    )


def _contact_texts(contact: Any) -> Iterable[str | None]:
    return (
        contact.name,
        contact.email,
        host_of(contact.website),
        contact.city,
        contact.industry,
        contact.vat,
        *phone_words(contact.phone, contact.phone_e164),
    )


def _activity_texts(activity: Any) -> Iterable[str | None]:
    return (activity.summary,)


_ANY = frozenset({"name", "email", "website", "city", "phone", "phone_e164"})
SEARCHED: Mapping[str, Searched] = {
    "lead": Searched(LeadWords, _ANY | {"company_name", "contact_name"}, _lead_texts),
    "contact": Searched(ContactWords, _ANY | {"industry", "vat"}, _contact_texts),
    "activity": Searched(ActivityWords, frozenset({"summary"}), _activity_texts),
}
# The country decides how a telephone number is read.
_FOLLOWED = "country"


def is_searched(entity: str, changed: Iterable[str]) -> bool:
    """Whether a change of these fields changes the words of a record."""
    names = set(changed)
    is_own = not (SEARCHED[entity].columns | {_FOLLOWED}).isdisjoint(names)
    return is_own or any(name.startswith(PREFIX) for name in names)


def searched_texts(entity: str, records: Iterable[Any]) -> dict[int, Any]:
    """The texts by which records are found, by id; they have their table's columns."""
    texts = SEARCHED[entity].texts
    return {record.id: texts(record) for record in records}


def index_records(
    uow: UnitOfWork, entity: str, texts: Mapping[int, Iterable[str | None]]
) -> None:
    """Make records findable by the words of their `texts`, by id; one statement.

    What they were found by before is replaced.
    """
    custom = _custom_texts(uow, entity, texts)
    both = {number: (*own, *custom.get(number, ())) for number, own in texts.items()}
    _write_words(uow.session.connection(), entity, both if custom else texts)


def _custom_texts(
    uow: UnitOfWork, entity: str, ids: Iterable[int]
) -> dict[int, list[str]]:
    """What records hold in the fields of admins that are searched, by id.

    No statement where no field of the entity is.
    """
    known = uow.catalogue.definitions.get(entity, {})
    slugs = [slug for slug, one in known.items() if one.is_searched]
    if not slugs:
        return {}
    holder = HOLDERS[entity]
    query = select(holder.record_id, holder.data).where(holder.record_id.in_(list(ids)))
    return {
        number: [str(data[slug]) for slug in slugs if slug in data]
        for number, data in uow.session.execute(query)
    }


def reindex(
    connection: Connection, entity: str, after_id: int, limit: int
) -> int | None:
    """Write the words of the next `limit` records' own fields; the last id, or None.

    Begin with `after_id` 0, and go on from each answer, a transaction for each.
    """
    rows = connection.execute(_next_records(entity, after_id, limit)).all()
    _write_words(connection, entity, searched_texts(entity, rows))
    return _last_id(rows)


def _next_records(entity: str, after: int, limit: int) -> Select[Any]:
    found = SEARCHED[entity]
    columns = found.record_id.table.c
    return (
        select(found.record_id, *(columns[name] for name in sorted(found.columns)))
        .where(found.record_id > after)
        .order_by(found.record_id)
        .limit(limit)
    )


def _last_id(rows: Sequence[Any]) -> int | None:
    last: int | None = rows[-1].id if rows else None
    return last


def rebuild_search(
    uow: UnitOfWork, entity: str, after: int = 0, *, limit: int = 500
) -> int | None:
    """Write the words of the next `limit` records anew; the id to go on from, or None.

    Only an admin may. Begin with `after` 0, and go on from each answer, a unit for
    each.
    """
    uow.require(Role.ADMIN)
    rows = uow.run(_next_records(entity, after, limit)).all()
    index_records(uow, entity, searched_texts(entity, rows))
    return _last_id(rows)


def _write_words(
    connection: Connection, entity: str, texts: Mapping[int, Iterable[str | None]]
) -> None:
    if not texts:
        return
    found = SEARCHED[entity]
    key = found.key.name
    rows = [{key: number, "words": join_words(own)} for number, own in texts.items()]
    connection.execute(_put_words(entity, connection.dialect.name), rows)


@lru_cache
def _put_words(entity: str, dialect: str) -> Executable:
    found = SEARCHED[entity]
    insert: Any = (sqlite if dialect == "sqlite" else postgresql).insert(found.table)
    put: Executable = insert.on_conflict_do_update(
        index_elements=[found.key], set_={"words": insert.excluded.words}
    )
    return put


def join_words(texts: Iterable[str | None]) -> str:
    """The words of `texts`, each once, parted by blanks, as they are stored."""
    words = (word for text in texts if text for word in split_words(text))
    return " ".join(dict.fromkeys(part for word in words for part in _findable(word)))


def _findable(word: str) -> Iterable[str]:
    """`word`, and where its script has no blanks between words, each end of it."""
    if word.isascii() or not UNSPACED.search(word):
        return (word,)
    return (word[start:] for start in range(len(word)))


def matching(uow: UnitOfWork, entity: str, words: str) -> ColumnElement[bool]:
    """The criterion of the records that `words` find: each begins one of theirs.

    The order of words does not matter. Digits that follow each other also find the
    number that they make together. The first 16 words count; a text without any word
    finds nothing. It is a criterion on the entity's `id`.
    """
    criterion: ColumnElement[bool] = SEARCHED[entity].record_id.in_(
        matches(uow, entity, words)
    )
    return criterion


def matches(uow: UnitOfWork, entity: str, words: str) -> Select[int]:
    """The ids of the records that `words` find, from the index of words."""
    check_text({"q": words})
    found = SEARCHED[entity]
    terms = terms_of(words)
    if not terms:
        return select(found.key).where(false())
    if uow.session.get_bind().dialect.name == "sqlite":
        name = f"{found.table.name}_fts"
        index = table(name, column("rowid"), column(name))
        query = " AND ".join(map(_fts5_term, terms))
        return select(index.c.rowid).where(index.c[name].op("MATCH")(query))
    query = " & ".join(map(_tsquery_term, terms))
    # Its plan depends on how many records it finds: none that is kept would do.
    literal = bindparam(None, query, Text, literal_execute=True)
    vector: ColumnElement[Any] = literal_column(f"{found.table.name}.vector")
    return select(found.key).where(vector.op("@@")(cast(literal, postgresql.TSQUERY)))


def first_matching(
    uow: UnitOfWork, words: str, entity: str, ordered: Select[int], most: int
) -> Select[int]:
    """The first `most` of `ordered`, ids of an entity, that `words` find, any order.

    Few are looked up and sorted; of many, the first are met soon on the way through
    the order's own index. PostgreSQL sees which it is; to SQLite both ways are given,
    and the one that does not fit ends before it begins.
    """
    if uow.session.get_bind().dialect.name != "sqlite":
        return ordered.where(matching(uow, entity, words)).limit(most)
    found = SEARCHED[entity]
    few = matches(uow, entity, words).limit(MANY + 1).cte("few")
    is_few = select(func.count() <= MANY).select_from(few).scalar_subquery()
    rare = ordered.where(found.record_id.in_(select(few.c[0])))
    common = ordered.where(
        exists().where(found.key == found.record_id, _begins(found, words))
    )
    parts = (
        rare.limit(case((is_few, most), else_=0)).subquery(),
        common.limit(case((is_few, 0), else_=most)).subquery(),
    )
    return select(union_all(*(select(part.c[0]) for part in parts)).subquery().c[0])


def _begins(found: Searched, words: str) -> ColumnElement[bool]:
    """The criterion that the index has, for one record's words: slow for many."""
    kept = literal_column("' '") + found.table.c.words
    return and_(
        true(),
        *(
            or_(*(and_(*(kept.contains(f" {word}") for word in row)) for row in term))
            for term in terms_of(words)
        ),
    )


Term = Sequence[Sequence[str]]
"""What is asked for: one of several spellings, each a row of words."""


def terms_of(words: str) -> list[Term]:
    """The terms of `words`, which must all be found: words, and rows of digits."""
    terms: list[Term] = []
    pieces = split_words(words)[:MOST_WORDS]
    for is_number, run in groupby(pieces, key=str.isdecimal):
        row = list(run)
        joined = "".join(row)[:LONGEST_WORD]
        if is_number and len(row) > 1 and len(joined) >= _SHORTEST_NUMBER:
            terms.append([row, [joined]])
        else:
            terms += [[[word]] for word in row]
    return terms


def is_found(term: Term, words: Iterable[str]) -> bool:
    """Whether a record of these `words`, as they are stored, has what `term` asks."""
    kept = tuple(words)
    return any(
        all(any(word.startswith(part) for word in kept) for part in row) for row in term
    )


def _fts5_term(term: Term) -> str:
    rows = (" AND ".join(f'"{word}"*' for word in row) for row in term)
    return f"({' OR '.join(f'({row})' for row in rows)})"


def _tsquery_term(term: Term) -> str:
    rows = (" & ".join(f"'{word}':*" for word in row) for row in term)
    return f"({' | '.join(f'({row})' for row in rows)})"
