"""Settings of plugins: one Pydantic model each, in the same layers as the core's.

Defaults < database < `[plugin.<id>]` of `crmkit.toml` < `CRMKIT_<ID>__<FIELD>`. Values
that the model refuses make the plugin `misconfigured`; all else goes on.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from enum import EnumType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import orjson
from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import select

from crmkit.core.errors import CrmError, InvalidError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.ledger import SETTING, note_objects
from crmkit.core.revisions import raise_revision
from crmkit.core.secrets import keys_of
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
from crmkit.core.settings import PREFIX, settings_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic.fields import FieldInfo
    from sqlalchemy.orm import Session

    from crmkit.core.settings import Settings
    from crmkit.core.uow import UnitOfWork
    from crmkit.hooks import Plugin

__all__ = [
    "PluginSettings",
    "settings_of",
]

M = TypeVar("M", bound=BaseModel)
_VERSION = "settings_version"


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What one plugin's settings are made of, and what came of it.

    `fixed` is what file and environment say, `places` where; `stored` is the
    database's. `value` is None where `problem` says why not.
    """

    manifest: Plugin
    fixed: Mapping[str, object]
    places: Mapping[str, str]
    stored: Mapping[str, object] = field(default_factory=dict)
    value: BaseModel | None = None
    problem: str = ""

    @property
    def model(self) -> type[BaseModel]:
        """The plugin's model."""
        model: type[BaseModel] = self.manifest.settings or BaseModel
        return model

    def with_stored(self, stored: Mapping[str, object]) -> OwnSettings:
        """The same with what the database holds."""
        own = {name: v for name, v in stored.items() if name in self.model.model_fields}
        value, problem = None, ""
        try:
            value = self.model.model_validate({**own, **self.fixed})
        except ValidationError as error:
            problem = "; ".join(
                f"{self.manifest.id}.{'.'.join(map(str, one['loc']))}: {one['msg']}"
                for one in error.errors(include_url=False, include_input=False)
            )
        return OwnSettings(self.manifest, self.fixed, self.places, own, value, problem)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """The settings of all plugins as a unit sees them, by plugin id."""

    own: Mapping[str, OwnSettings] = field(default_factory=dict)

    @property
    def problems(self) -> Mapping[str, str]:
        """Why plugins are misconfigured, by id."""
        return {key: one.problem for key, one in self.own.items() if one.problem}


def settings_of(uow: UnitOfWork, model: type[M]) -> M:
    """A plugin's settings as they are in this unit, an instance of its model.

    Raises LookupError where no plugin that runs has that model.
    """
    for one in uow.plugin_settings.own.values():
        if isinstance(one.value, model):
            return one.value
    raise LookupError(model.__name__)


def begin_settings(manifests: Iterable[Plugin]) -> PluginSettings:
    """What file and environment say of the plugins that have settings."""
    try:
        said = tomllib.loads(settings_file().read_text("utf-8")).get("plugin", {})
    except (OSError, ValueError):
        said = {}
    own: dict[str, OwnSettings] = {}
    for manifest in manifests:
        if manifest.settings is not None:
            fixed = dict(said.get(manifest.id, {}))
            places = dict.fromkeys(fixed, settings_file().name)
            for name, place, text in _variables(manifest):
                fixed[name], places[name] = text, place
            own[manifest.id] = OwnSettings(manifest, fixed, places).with_stored({})
    return PluginSettings(own)


def _variables(manifest: Plugin) -> Iterable[tuple[str, str, object]]:
    model: type[BaseModel] = manifest.settings or BaseModel
    known = {key.upper(): value for key, value in os.environ.items() if value}
    for name, info in model.model_fields.items():
        place = f"{PREFIX}{manifest.id}__{name}".upper()
        if place in known:
            yield name, place, _from_text(info, known[place])


def _from_text(info: FieldInfo, text: object) -> object:
    """A typed text in the form that the model reads: lists are parted by commas."""
    is_list = get_origin(info.annotation) in {list, tuple, set, frozenset}
    if not isinstance(text, str) or not is_list:
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def read_plugin_settings(
    session: Session, known: PluginSettings, settings: Settings
) -> PluginSettings:
    """`known` with what the database holds now: one statement."""
    if not known.own:
        return known
    rows = session.execute(
        select(Setting.name, Setting.value).where(Setting.name.contains("."))
    )
    stored: dict[str, dict[str, object]] = {}
    for name, (value,) in rows:
        plugin_id, _, own = name.partition(".")
        stored.setdefault(plugin_id, {})[own] = value
    return PluginSettings(
        {
            key: one.with_stored(_present(one, stored.get(key, {}), settings))
            for key, one in known.own.items()
        }
    )


def _present(
    one: OwnSettings, stored: Mapping[str, object], settings: Settings
) -> Mapping[str, object]:
    """What is stored, secrets opened, brought up to the version of the manifest."""
    values = {name: value for name, value in stored.items() if name != _VERSION}
    version = int(str(stored.get(_VERSION, one.manifest.settings_version)))
    if version < one.manifest.settings_version and one.manifest.migrate_settings:
        values = one.manifest.migrate_settings(version, values)
    keys = keys_of(settings)
    for name in secrets_of(one.model) & values.keys():
        try:
            place = place_in_table(f"{one.manifest.id}.{name}")
            values[name] = keys.open(str(values[name]), place)
        except CrmError:
            del values[name]
    return values


def secrets_of(model: type[BaseModel]) -> frozenset[str]:
    """The names of a model's fields that are secret."""
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if SecretStr in (info.annotation, *get_args(info.annotation))
    )


class WrongPluginSettingError(CrmError):
    """A value that the plugin's model refuses."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            mark("“{name}” cannot be this: {reason}."),
            field=name,
            name=name,
            reason=reason,
        )


def change_plugin_settings(uow: UnitOfWork, changes: Mapping[str, object]) -> None:
    """Keep values named `plugin_id.field`, None for the default; for admins alone.

    Raises InvalidError, LockedSettingError or UnknownSettingError, and keeps nothing.
    """
    by_plugin: dict[str, dict[str, object]] = {}
    for name, value in changes.items():
        plugin_id, _, own = name.partition(".")
        _check_name(uow, name)
        if value != HIDDEN:
            by_plugin.setdefault(plugin_id, {})[own] = value
    now = dict(uow.plugin_settings.own)
    for plugin_id, wanted in by_plugin.items():
        now[plugin_id] = _change(uow, now[plugin_id], wanted)
    uow.plugin_settings = PluginSettings(now)
    raise_revision(uow, REVISION)


def _check_name(uow: UnitOfWork, name: str) -> None:
    plugin_id, _, own = name.partition(".")
    one = uow.plugin_settings.own.get(plugin_id)
    if one is None or own not in one.model.model_fields:
        known = [
            f"{key}.{field_name}"
            for key, other in uow.plugin_settings.own.items()
            for field_name in other.model.model_fields
        ]
        raise UnknownSettingError(name, known)
    if own in one.places:
        raise LockedSettingError(name, one.places[own])


def _change(
    uow: UnitOfWork, one: OwnSettings, wanted: Mapping[str, object]
) -> OwnSettings:
    fields = one.model.model_fields
    typed = {n: _from_text(fields[n], v) for n, v in wanted.items() if v is not None}
    kept = {n: v for n, v in one.stored.items() if n not in wanted}
    checked = _checked(one, {**kept, **typed})
    plain = {name: _plain(checked, name) for name in {**kept, **typed}}
    said: Values = {}
    for name in sorted(wanted):
        old, new = one.stored.get(name), plain.get(name)
        if old != new:
            said[f"{one.manifest.id}.{name}"] = _keep(uow, one, name, (old, new))
    if said:
        _note_version(uow, one)
        record(uow, [Fact("settings.changed", ENTITY, 0, 1, said)])
    return one.with_stored(plain)


def _checked(one: OwnSettings, values: Mapping[str, object]) -> BaseModel:
    try:
        return one.model.model_validate({**values, **one.fixed})
    except ValidationError as error:
        raise InvalidError(
            [
                WrongPluginSettingError(
                    f"{one.manifest.id}.{item['loc'][0] if item['loc'] else ''}",
                    str(item["msg"]).removeprefix("Value error, ").rstrip("."),
                )
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _plain(checked: BaseModel, name: str) -> object:
    value = getattr(checked, name)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return orjson.loads(orjson.dumps(checked.model_dump(mode="json")[name]))


def _keep(
    uow: UnitOfWork, one: OwnSettings, name: str, change: tuple[object, object]
) -> tuple[object, object]:
    """Write one setting; the change as the history may know it."""
    full, new = f"{one.manifest.id}.{name}", change[1]
    is_secret = name in secrets_of(one.model)
    if is_secret and new is not None:
        keys = keys_of(uow.settings, makes=True)
        new = keys.seal(str(new), place_in_table(full))
    _write(uow, one.manifest.id, full, new)
    if not is_secret:
        return change
    old, new = (None if value is None else HIDDEN for value in change)
    return old, new


def _note_version(uow: UnitOfWork, one: OwnSettings) -> None:
    full = f"{one.manifest.id}.{_VERSION}"
    _write(uow, one.manifest.id, full, one.manifest.settings_version)


def _write(uow: UnitOfWork, plugin_id: str, full: str, value: object) -> None:
    row = uow.session.scalar(uow.locked(select(Setting).where(Setting.name == full)))
    if value is None:
        if row is not None:
            uow.session.delete(row)
        uow.session.flush()
        return
    if row is None:
        row = Setting(name=full, version=0)
        uow.session.add(row)
    row.value, row.version = [value], row.version + 1
    row.changed_at, row.changed_by = uow.now(), uow.actor.id
    uow.session.flush()
    note_objects(uow.session.connection(), plugin_id, SETTING, [full])


def plugin_settings_with_origin(uow: UnitOfWork) -> list[SettingValue]:
    """Every setting of plugins, with where its value comes from."""
    return [
        _with_origin(one, name, info)
        for _, one in sorted(uow.plugin_settings.own.items())
        for name, info in one.model.model_fields.items()
    ]


def _with_origin(one: OwnSettings, name: str, info: FieldInfo) -> SettingValue:
    is_secret, place = name in secrets_of(one.model), one.places.get(name)
    origin = "database" if name in one.stored else "default"
    if place is not None:
        origin = "environment" if place.startswith(PREFIX) else "file"
    default = _default(info)
    held = one.fixed.get(name, one.stored.get(name, default))
    value = held if one.value is None else getattr(one.value, name)
    return SettingValue(
        name=f"{one.manifest.id}.{name}",
        label=info.title or name.replace("_", " ").capitalize(),
        help=info.description or "",
        section=f"plugin-{one.manifest.id}",
        kind="secret" if is_secret else _kind(info),
        value=_shown(value, is_secret=is_secret),
        default=_shown(default, is_secret=is_secret),
        origin=origin,
        place=place or "",
        is_locked=place is not None,
        is_secret=is_secret,
        choices=_choices(info),
        problem=one.problem if f"{one.manifest.id}.{name}:" in one.problem else "",
        plugin_id=one.manifest.id,
    )


def _default(info: FieldInfo) -> object:
    if info.is_required():
        return None
    default: object = info.get_default(call_default_factory=True, validated_data={})
    return default


def _kind(info: FieldInfo) -> str:
    kinds: dict[Any, str] = {bool: "boolean", int: "integer"}
    return kinds.get(info.annotation, "text")


def _choices(info: FieldInfo) -> tuple[str, ...]:
    if isinstance(info.annotation, EnumType):
        return tuple(str(one.value) for one in info.annotation)
    given = get_args(info.annotation)
    return given if given and all(isinstance(one, str) for one in given) else ()


def _shown(value: object, *, is_secret: bool) -> object:
    if value is None:
        return None
    if is_secret:
        return HIDDEN
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [str(one) for one in value]
    return str(value)
