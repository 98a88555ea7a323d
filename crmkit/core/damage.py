"""What is broken in a database: pages, references, tables, and what follows from facts.

Each question reads whole tables: it is for a command, not for a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import column, exists, func, inspect, literal, select, table, text

from crmkit.core.activities import Activity
from crmkit.core.db import Base
from crmkit.core.declarations import answers_of
from crmkit.core.events import Event, LeadPast
from crmkit.core.leads.table import Lead, weigh
from crmkit.core.search import SEARCHED
from crmkit.hooks import RegisterTables, register_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import CompoundSelect, Connection, MetaData, Select

    from crmkit.core.plugins import Plugins

_BATCH = 1000
_SHOWN = 5
_PAST = "crmkit db rebuild past makes it anew."
_WORDS = "crmkit db rebuild search makes them anew."


def find_damage(connection: Connection) -> Iterator[str]:
    """A sentence for each kind of thing that is broken, with the first ids."""
    for look in (
        _pages,
        _references,
        _tables,
        _past,
        _steps,
        _next_activities,
        _weighted,
        _words,
    ):
        yield from look(connection)


def find_damage_of_plugins(connection: Connection, plugins: Plugins) -> Iterator[str]:
    """A sentence for each table of a running plugin that is not as its classes say."""
    for entry in plugins.active():
        asked = RegisterTables(entry.id)
        for base in answers_of(plugins, entry, register_tables, asked):
            for found in drift_of_plugin(connection, base.metadata, entry.id):
                change = found[0] if isinstance(found, list) else found
                owner = f"the plugin {entry.id}"
                yield f"A table of {owner} is not as its classes say: {_named(change)}."


def drift_of_plugin(
    connection: Connection, metadata: MetaData, plugin_id: str
) -> list[Any]:
    """How a plugin's tables differ from what the classes of `metadata` say."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  (see drift_of)
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    def is_its(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or (name or "").startswith(f"{plugin_id}__")

    options = {"include_name": is_its, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def drift_of(connection: Connection, metadata: MetaData) -> list[Any]:
    """How the tables differ from what the classes of `metadata` say."""
    # Ten megabytes, for the doctor alone.
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    options = {"compare_type": True, "include_object": _is_ours}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def _is_ours(
    _thing: object, name: str | None, kind: str, _reflected: object, _compared: object
) -> bool:
    """Whether a class of the core says it: indexes of words are each database's own."""
    name = name or ""
    if kind == "table":
        is_other = name.startswith(("ck_version__", "procrastinate_"))
        # A plugin's tables are its own: <plugin id>__<noun>.
        return not is_other and "__" not in name and "_words_fts" not in name
    is_field = kind == "index" and name.startswith("ix_custom_")
    return name != "vector" and not name.endswith("_words_vector") and not is_field


def _pages(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for line in connection.execute(text("PRAGMA integrity_check")).scalars():
        if line != "ok":
            yield f"The file is damaged: {line}. Restore the last backup."


def _references(connection: Connection) -> Iterator[str]:
    for (_, name), keys in inspect(connection).get_multi_foreign_keys().items():
        for key in keys:
            own, theirs = key["constrained_columns"][0], key["referred_columns"][0]
            child = table(name, column(own))
            parent = table(key["referred_table"], column(theirs)).alias("parent")
            there = exists().where(parent.c[theirs] == child.c[own])
            lost = select(func.count()).where(child.c[own].is_not(None), ~there)
            count = connection.scalar(lost.select_from(child))
            if count:
                rows = "1 row" if count == 1 else f"{count:,} rows"
                noun = key["referred_table"]
                yield f"{rows} of {name}: {own} points at no {noun}."


def _tables(connection: Connection) -> Iterator[str]:
    for found in drift_of(connection, Base.metadata):
        change = found[0] if isinstance(found, list) else found
        yield f"A table is not as the migrations made it: {_named(change)}."


def _named(change: tuple[Any, ...]) -> str:
    what, things = str(change[0]).replace("_", " "), change[1:]
    names = (getattr(thing, "name", thing) for thing in things)
    return " ".join([what, *(name for name in names if isinstance(name, str))])


def _past(connection: Connection) -> Iterator[str]:
    """Leads whose row of the present in `lead_past` is not what they are."""
    named = {
        "is_archived": Lead.archived_at.is_not(None),
        "is_deleted": Lead.deleted_at.is_not(None),
    }
    lead, past = Lead.__table__.c, LeadPast.__table__.c
    left_out = {"id", "lead_id", "from_at", "to_at", *named}
    same = [
        past[name].is_not_distinct_from(lead[name])
        for name in past.keys()  # noqa: SIM118  (iterating gives columns)
        if name not in left_out
    ]
    same += [past[name] == criterion for name, criterion in named.items()]
    now = exists().where(past.lead_id == Lead.id, past.to_at.is_(None), *same)
    yield from _told(
        connection, select(Lead.id).where(~now), "lead_past is wrong", _PAST
    )


def _steps(connection: Connection) -> Iterator[str]:
    """Leads whose past does not go from each version on to the next."""
    following = func.lead(LeadPast.from_at).over(
        partition_by=LeadPast.lead_id, order_by=LeadPast.id
    )
    rows = select(LeadPast.lead_id, LeadPast.to_at, following.label("next")).subquery()
    broken = select(rows.c.lead_id).where(rows.c.to_at.is_distinct_from(rows.c.next))
    versions = (
        select(func.count(Event.version.distinct()))
        .where(Event.entity == literal("lead"), Event.record_id == LeadPast.lead_id)
        .correlate(LeadPast)
        .scalar_subquery()
    )
    uneven = (
        select(LeadPast.lead_id)
        .group_by(LeadPast.lead_id)
        .having(func.count() != versions)
    )
    query = broken.union(uneven)
    yield from _told(connection, query, "lead_past and events differ", _PAST)


def _next_activities(connection: Connection) -> Iterator[str]:
    due = (
        select(func.min(Activity.due_from))
        .where(Activity.lead_id == Lead.id, Activity.done_at.is_(None))
        .where(Activity.deleted_at.is_(None))
        .correlate(Lead)
        .scalar_subquery()
    )
    wrong = select(Lead.id).where(Lead.next_activity_at.is_distinct_from(due))
    remedy = "Plan or finish an activity of it to bring it up to date."
    yield from _told(connection, wrong, "the next activity is wrong", remedy)


def _weighted(connection: Connection) -> Iterator[str]:
    query = select(
        Lead.id, Lead.expected_revenue, Lead.probability, Lead.weighted_revenue
    )
    rows = connection.execute(query.execution_options(yield_per=_BATCH))
    wrong = [
        lead_id
        for lead_id, amount, probability, weighted in rows
        if weigh(amount, probability) != weighted
    ]
    if wrong:
        yield _sentence("lead", wrong, "the weighted revenue is wrong", "Edit it.")


def _words(connection: Connection) -> Iterator[str]:
    for entity, found in SEARCHED.items():
        there = exists().where(found.key == found.record_id)
        query = select(found.record_id).where(~there)
        yield from _told(connection, query, "no words to find it by", _WORDS, entity)


def _told(
    connection: Connection,
    query: Select[Any] | CompoundSelect[Any],
    what: str,
    remedy: str,
    entity: str = "lead",
) -> Iterator[str]:
    ids = list(connection.execute(query).scalars())
    if ids:
        yield _sentence(entity, sorted(ids), what, remedy)


def _sentence(entity: str, ids: list[int], what: str, remedy: str) -> str:
    shown = ", ".join(map(str, ids[:_SHOWN]))
    left = len(ids) - _SHOWN
    more = f" and {left:,} more" if left > 0 else ""
    return f"{entity} {shown}{more}: {what}. {remedy}"
