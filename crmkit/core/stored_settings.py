"""Settings in the database: what an admin chose, and where each value comes from."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, get_args

from pydantic import SecretStr
from sqlalchemy import delete, make_url, select
from sqlalchemy.exc import ArgumentError

from crmkit.core.drafts import check_text
from crmkit.core.errors import CrmError, InvalidError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.plugin_settings import (
    change_plugin_settings,
    plugin_settings_with_origin,
)
from crmkit.core.revisions import raise_revision
from crmkit.core.secrets import SecretKeys, keys_of
from crmkit.core.setting_rows import (
    ENTITY,
    HIDDEN,
    REVISION,
    LockedSettingError,
    Setting,
    SettingValue,
    UnknownSettingError,
    place_in_table,
)
from crmkit.core.settings import (
    LOCALES,
    PREFIX,
    CompanySettings,
    Settings,
    drop_wrong,
)
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo
    from sqlalchemy.orm import Session

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "change_settings",
    "settings_with_origin",
    "stored_settings_over",
    "unopened_secrets",
]

log = logging.getLogger("crmkit.settings")


class ProcessSettingError(CrmError):
    """A process has to know this before it reaches the database."""

    status = HTTPStatus.CONFLICT

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("“{name}” can only be set in crmkit.toml or by {variable}."),
            field=name,
            name=name,
            variable=f"{PREFIX}{name}".upper(),
        )


def load_settings(session: Session, settings: Settings) -> Settings:
    """`settings` with what the database holds now: one statement."""
    keys = keys_of(settings)
    return settings.with_stored(_opened(dict(_rows(session)), keys))


def _rows(session: Session) -> list[tuple[str, Any]]:
    rows = session.execute(select(Setting.name, Setting.value))
    return [(name, value) for name, (value,) in rows if name in known_names()]


def known_names() -> frozenset[str]:
    """The names of the core's settings that the database may hold."""
    return frozenset(CompanySettings.model_fields)


def _opened(stored: Mapping[str, Any], keys: SecretKeys) -> dict[str, object]:
    """What is stored, its secrets opened; one that will not is left out, and logged."""
    values = dict(stored)
    for name in values.keys() & SECRETS:
        try:
            values[name] = keys.open(values[name], place_in_table(name))
        except CrmError as error:
            log.error("setting %s: %s", name, error)  # noqa: TRY400  (no trace helps)
            del values[name]
    return values


def change_settings(uow: UnitOfWork, changes: Mapping[str, object]) -> Settings:
    """Keep these values, None for the default; the settings as they are from then on.

    A plugin's are named `plugin_id.field`; the unit sees those changed at once. Only
    an admin may. Raises CrmError or pydantic's ValidationError for what cannot be.
    The unit itself goes on with the settings that it was opened with.
    """
    uow.require(Role.ADMIN)
    check_text(changes)
    of_plugins = {name: value for name, value in changes.items() if "." in name}
    if of_plugins:
        change_plugin_settings(uow, of_plugins)
        changes = {n: value for n, value in changes.items() if n not in of_plugins}
        if not changes:
            return uow.settings
    changes = {
        name: value
        for name, value in changes.items()
        # Whoever sends back what he was shown of a secret does not change it.
        if not (name in SECRETS and value == HIDDEN)
    }
    _check_names(uow.settings, changes)
    rows = {
        row.name: row
        for row in uow.session.scalars(uow.locked(select(Setting)))
        if row.name in known_names()
    }
    keys = keys_of(uow.settings, makes=any(name in SECRETS for name in changes))
    old = _opened({name: row.value[0] for name, row in rows.items()}, keys)
    wanted = {**drop_wrong(old), **changes}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    checked = uow.settings.check(wanted)
    facts = [
        fact
        for name in sorted(changes)
        if (fact := _keep(uow, rows, name, checked if name in wanted else None, old))
    ]
    if facts:
        record(uow, facts)
        raise_revision(uow, REVISION)
    settings = uow.settings.with_stored(wanted)
    if settings.base_currency != uow.settings.base_currency:
        # This unit still counts in the old one; the job's will count in the new.
        uow.enqueue("refresh_base_amounts", key="closed", closed=True)
    return settings


def _check_names(settings: Settings, changes: Mapping[str, object]) -> None:
    found: list[CrmError] = []
    for name in changes:
        place = settings.place_of(name) if name in Settings.model_fields else None
        if name not in Settings.model_fields:
            found.append(UnknownSettingError(name, Settings.model_fields))
        elif name not in CompanySettings.model_fields:
            found.append(ProcessSettingError(name))
        elif place is not None:
            found.append(LockedSettingError(name, place))
    if found:
        raise found[0] if len(found) == 1 else InvalidError(found)


def _keep(
    uow: UnitOfWork,
    rows: Mapping[str, Setting],
    name: str,
    checked: CompanySettings | None,
    old: Mapping[str, object],
) -> Fact | None:
    """Write one setting; the fact of it, or None if it was so already."""
    row = rows.get(name)
    new = None if checked is None else _plain(checked, name)
    if (row is None and new is None) or (row is not None and old.get(name) == new):
        return None
    shown = _shown_change(name, None if row is None else row.value[0], new)
    if new is None and row is not None:
        uow.session.execute(delete(Setting).where(Setting.id == row.id))
        uow.session.expunge(row)
        return Fact("settings.changed", ENTITY, row.id, row.version + 1, shown)
    if row is None:
        row = Setting(name=name, version=0)
        uow.session.add(row)
    row.value = [seal_value(uow.settings, name, new)]
    row.version += 1
    row.changed_at, row.changed_by = uow.now(), uow.actor.id
    uow.session.flush()
    return Fact("settings.changed", ENTITY, row.id, row.version, shown)


def _plain(checked: CompanySettings, name: str) -> object:
    value = getattr(checked, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def seal_value(settings: Settings, name: str, value: object) -> object:
    """A value as the database holds it: a secret sealed, all else as it is."""
    if name not in SECRETS:
        return value
    return keys_of(settings, makes=True).seal(str(value), place_in_table(name))


def _shown_change(name: str, old: object, new: object) -> Values:
    if name in SECRETS:
        old, new = (None if value is None else HIDDEN for value in (old, new))
    return {name: (old, new)}


def take_back_setting(uow: UnitOfWork, name: str, old: object, new: object) -> bool:
    """Give a setting the value `old` again if it is still `new`; tell whether it was.

    A secret cannot be taken back: the history does not hold it.
    """
    query = select(Setting.value).where(Setting.name == name)
    held = uow.session.scalar(query) or [None]
    if name in SECRETS or new == HIDDEN or held != [new]:
        return False
    change_settings(uow, {name: old})
    return True


def settings_with_origin(
    uow: UnitOfWork, settings: Settings | None = None
) -> list[SettingValue]:
    """Every setting of core and plugins, with where its value comes from, for admins.

    `settings` are the unit's, unless those that `change_settings` gave are passed.
    """
    uow.require(Role.ADMIN)
    shown = settings or uow.settings
    stored = dict(_rows(uow.session))
    own = [
        _with_origin(shown, name, field, stored)
        for name, field in Settings.model_fields.items()
    ]
    return [*own, *plugin_settings_with_origin(uow)]


def stored_settings_over(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Settings that the database holds in vain: names, and what is stronger."""
    uow.require(Role.ADMIN)
    places = {name: uow.settings.place_of(name) for name, _ in _rows(uow.session)}
    return sorted((name, place) for name, place in places.items() if place is not None)


def unopened_secrets(uow: UnitOfWork) -> list[str]:
    """Names of stored secrets that the present key does not open."""
    uow.require(Role.ADMIN)
    rows = [(name, value) for name, value in _rows(uow.session) if name in SECRETS]
    return sorted(n for n, value in rows if _problem(uow.settings, n, {n: value}))


def _with_origin(
    settings: Settings, name: str, field: FieldInfo, stored: Mapping[str, Any]
) -> SettingValue:
    place, is_kept = settings.place_of(name), name in known_names()
    origin = "database" if name in stored else "default"
    if place is not None:
        origin = "environment" if place.startswith(PREFIX) else "file"
    extra = field.json_schema_extra
    return SettingValue(
        name=name,
        label=field.title or name,
        help=field.description or "",
        section=str(extra["section"]) if isinstance(extra, dict) else "",
        kind=_kind(name, field),
        value=show_value(name, getattr(settings, name)),
        default=show_value(name, field.default),
        origin=origin,
        place=place or "",
        is_locked=place is not None or not is_kept,
        is_secret=name in SECRETS,
        choices=_choices(name, field),
        problem=_problem(settings, name, stored) if origin == "database" else "",
    )


def _problem(settings: Settings, name: str, stored: Mapping[str, Any]) -> str:
    if name in SECRETS:
        try:
            keys_of(settings).open(stored[name], place_in_table(name))
        except CrmError as error:
            return error.sentence
    elif name not in drop_wrong({name: stored[name]}):
        return mark("What is stored cannot be any more; the default holds.")
    return ""


def _kind(name: str, field: FieldInfo) -> str:
    if name in SECRETS:
        return "secret"
    if field.annotation is bool:
        return "boolean"
    return "integer" if field.annotation is int else "text"


def _choices(name: str, field: FieldInfo) -> tuple[str, ...]:
    return LOCALES if name == "locale" else tuple(map(str, _literals(field)))


def _literals(field: FieldInfo) -> tuple[object, ...]:
    given = get_args(field.annotation)
    return given if all(isinstance(value, str) for value in given) else ()


def show_value(name: str, value: object) -> object:
    """A value without what is secret in it."""
    if name in SECRETS:
        return None if value is None else HIDDEN
    if name == "database_url":
        try:
            return make_url(str(value)).render_as_string(hide_password=True)
        except ArgumentError:
            return HIDDEN
    return list(value) if isinstance(value, tuple) else value


SECRETS = frozenset(
    name
    for name, field in Settings.model_fields.items()
    if SecretStr in (field.annotation, *get_args(field.annotation))
)
