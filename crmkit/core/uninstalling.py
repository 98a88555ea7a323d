"""Taking away what a plugin left in the database, with a plan before and a copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import MetaData, Table, delete, func, inspect, select, text

from crmkit.core.custom.definitions import CustomField
from crmkit.core.errors import CrmError, mark
from crmkit.core.jobs.schedules import Schedule
from crmkit.core.ledger import TABLE, PluginObject, objects_of
from crmkit.core.permissions import PermissionRule
from crmkit.core.queue import Job, JobState
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.setting_rows import Setting
from crmkit.core.switches import PluginSwitch
from crmkit.core.uow import Role
from crmkit.core.views import SavedView

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "UninstallPlan",
    "export_plugin",
    "plan_uninstall",
    "purge_plugin",
]

_BATCH = 500


@dataclass(slots=True)
class UninstallPlan:
    """What a plugin left: tables with their rows, and the names of all else.

    `fields` are `entity.slug`, `views` the saved views whose filter, columns or groups
    name one of them, `jobs` how many of its jobs there are and `waiting` how many of
    these are not done.
    """

    plugin_id: str
    tables: dict[str, int] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    schedules: list[str] = field(default_factory=list)
    permissions: list[str] = field(default_factory=list)
    jobs: int = 0
    waiting: int = 0
    views: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the plugin left nothing."""
        return not (
            self.tables
            or self.fields
            or self.settings
            or self.schedules
            or self.permissions
            or self.jobs
        )


class RunningPluginError(CrmError):
    """What a plugin works with is not taken from under it."""

    status = HTTPStatus.CONFLICT

    def __init__(self, plugin_id: str) -> None:
        super().__init__(
            mark("{plugin} is switched on; disable it before its data is removed."),
            plugin=plugin_id,
        )


def plan_uninstall(uow: UnitOfWork, plugin_id: str) -> UninstallPlan:
    """What the plugin left in the database; it need not be installed any more."""
    uow.require(Role.ADMIN)
    connection = uow.session.connection()
    known = objects_of(connection, plugin_id)
    there = set(inspect(connection).get_table_names())
    tables = [name for name in known.get(TABLE, []) if name in there]
    jobs = select(func.count(Job.id)).where(Job.plugin_id == plugin_id)
    open_ = jobs.where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))
    slugs = uow.session.execute(
        select(CustomField.entity, CustomField.slug)
        .where(CustomField.plugin_id == plugin_id)
        .order_by(CustomField.entity, CustomField.slug)
    ).all()
    return UninstallPlan(
        plugin_id,
        tables={name: _count(connection, name) for name in tables},
        fields=[f"{entity}.{slug}" for entity, slug in slugs],
        settings=_names(uow, Setting.name, plugin_id),
        schedules=_names(uow, Schedule.name, plugin_id),
        permissions=_names(uow, PermissionRule.name, plugin_id),
        jobs=uow.session.scalar(jobs) or 0,
        waiting=uow.session.scalar(open_) or 0,
        views=_views_with(uow, {slug for _, slug in slugs}),
    )


def _count(connection: Connection, name: str) -> int:
    table = Table(name, MetaData())
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _names(uow: UnitOfWork, column: Any, plugin_id: str) -> list[str]:
    """Rows of core tables that are kept by the plugin's id, a dot, and a name."""
    query = select(column).where(column.startswith(f"{plugin_id}.", autoescape=True))
    return list(uow.session.scalars(query.order_by(column)))


def _views_with(uow: UnitOfWork, slugs: set[str]) -> list[str]:
    if not slugs:
        return []
    rows = uow.session.execute(
        select(
            SavedView.name, SavedView.filter, SavedView.columns, SavedView.group_by
        ).where(SavedView.deleted_at.is_(None))
    )
    named = {f'"{slug}"' for slug in slugs} | {f'"custom.{slug}"' for slug in slugs}
    found = []
    for name, *parts in rows:
        said = orjson.dumps(parts).decode()
        if any(one in said for one in named):
            found.append(name)
    return sorted(found)


def export_plugin(uow: UnitOfWork, plugin_id: str, folder: Path) -> list[Path]:
    """Files in `folder` with all rows of the plugin's tables, a JSON object a line.

    `plan.json` beside them says what else there is of it.
    """
    plan = plan_uninstall(uow, plugin_id)
    folder.mkdir(parents=True, exist_ok=True)
    connection = uow.session.connection()
    files = [folder / f"{name}.jsonl" for name in plan.tables]
    for name, file in zip(plan.tables, files, strict=True):
        table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
        names = [str(column.name) for column in table.columns]
        query = select(table).execution_options(yield_per=_BATCH)
        with file.open("wb") as out, connection.execute(query) as found:
            for row in found:
                said = dict(zip(names, row, strict=True))
                out.write(orjson.dumps(said, default=_plain) + b"\n")
    about = folder / "plan.json"
    about.write_bytes(orjson.dumps(plan, option=orjson.OPT_INDENT_2))
    return [*files, about]


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def purge_plugin(
    uow: UnitOfWork, plugin_id: str, *, is_installed: bool
) -> UninstallPlan:
    """Remove all that the plugin left, for ever; what there was.

    The history keeps what happened. One that is installed stays switched off, and
    begins anew after its migrations. Raises RunningPluginError while it is on.
    """
    plan = plan_uninstall(uow, plugin_id)
    if is_installed and plugin_id not in uow.hooks.disabled:
        raise RunningPluginError(plugin_id)
    session = uow.session
    _drop(session.connection(), list(plan.tables))
    own = f"{plugin_id}."
    for column in (Setting.name, Schedule.name, PermissionRule.name):
        owned = column.startswith(own, autoescape=True)
        session.execute(_removal(column.class_, owned))
    session.execute(_removal(CustomField, CustomField.plugin_id == plugin_id))
    session.execute(_removal(Job, Job.plugin_id == plugin_id))
    session.execute(_removal(PluginObject, PluginObject.plugin_id == plugin_id))
    if not is_installed:
        session.execute(_removal(PluginSwitch, PluginSwitch.plugin_id == plugin_id))
    raise_revision(uow, SETUP)
    return plan


def _removal(kind: Any, criterion: Any) -> Any:
    removal = delete(kind).where(criterion)
    return removal.execution_options(synchronize_session=False)


def _drop(connection: Connection, names: list[str]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    if not names:
        return
    if connection.dialect.name == "postgresql":
        listed = ", ".join(map(quote, names))
        connection.execute(text(f"DROP TABLE {listed}"))
        return
    # Rows may point at each other; at the end of the unit none is left to point.
    connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    for name in _children_first(connection, names):
        connection.execute(text(f"DROP TABLE {quote(name)}"))


def _children_first(connection: Connection, names: list[str]) -> list[str]:
    parents: dict[str, set[str]] = {name: set() for name in names}
    for (_, name), keys in inspect(connection).get_multi_foreign_keys().items():
        for key in keys:
            parent = key["referred_table"]
            if name in parents and parent in parents and name != parent:
                parents[parent].add(name)
    try:
        return list(TopologicalSorter(parents).static_order())
    except CycleError:
        return names
