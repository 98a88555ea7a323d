"""What belongs to which plugin, written down as it is made.

Uninstalling reads this, also when the plugin's package is gone; names prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

__all__ = [
    "PluginObject",
]

TABLE, FIELD, JOB, SCHEDULE, SETTING = "table", "field", "job", "schedule", "setting"


class PluginObject(Base):
    """A table, field, kind of job, schedule or setting that a plugin brought."""

    __tablename__ = "plugin_object"
    __table_args__ = (UniqueConstraint("plugin_id", "kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))


def note_objects(
    connection: Connection, plugin_id: str, kind: str, names: Iterable[str]
) -> None:
    """Write down that a plugin brought these; what is known stays as it is."""
    rows = [{"plugin_id": plugin_id, "kind": kind, "name": name} for name in names]
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(PluginObject).on_conflict_do_nothing(), rows)


def objects_of(connection: Connection, plugin_id: str) -> dict[str, list[str]]:
    """The names of what a plugin brought, by kind."""
    found: dict[str, list[str]] = {}
    query = select(PluginObject.kind, PluginObject.name)
    query = query.where(PluginObject.plugin_id == plugin_id)
    for kind, name in connection.execute(query.order_by(PluginObject.id)):
        found.setdefault(kind, []).append(name)
    return found


def owners_of_objects(connection: Connection) -> set[str]:
    """Ids of the plugins that brought something."""
    return set(connection.execute(select(PluginObject.plugin_id).distinct()).scalars())
