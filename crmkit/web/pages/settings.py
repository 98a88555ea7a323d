"""The settings page: what an admin changes, and what he can only read."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from zoneinfo import available_timezones

from babel import Locale
from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    InvalidError,
    SettingValue,
    UnitOfWork,
    change_settings,
    mark,
    settings_with_origin,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.places import settings_places
from crmkit.web.rendering import LANGUAGES
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

routes = APIRouter(include_in_schema=False)

SECTIONS = {
    "general": mark("General"),
    "money": mark("Money"),
    "access": mark("Access"),
    "records": mark("Records"),
    "mail": mark("Mail"),
    "watching": mark("Slow work"),
    "server": mark("Server"),
}
OWN_SETTINGS = mark("Settings of the plugin")
SAVED = mark("The settings are saved.")
WAS, CLEAR = "was-", "clear-"
ON, OFF = "true", "false"


class SettingsForm(BaseModel):
    """A section as it was sent: each setting by name, what it was by `was-` and name.

    `reset` names one that goes back to its default; `clear-` and name empties a secret.
    """

    model_config = ConfigDict(extra="allow")

    section: str = ""
    reset: str = ""

    def changes(self) -> dict[str, object]:
        """The settings that somebody changed, with what was typed."""
        if self.reset:
            return {self.reset: None}
        sent = self.model_extra or {}
        names = [key.removeprefix(WAS) for key in sent if key.startswith(WAS)]
        typed = {name: self.typed(name) for name in names}
        found = {name: text for name, text in typed.items() if text != sent[WAS + name]}
        return {**found, **self._cleared()}

    def typed(self, name: str) -> str:
        """What was typed for a setting; a box that was not ticked sends nothing."""
        sent = self.model_extra or {}
        is_box = sent.get(WAS + name) in {ON, OFF}
        return str(sent.get(name, OFF if is_box else ""))

    def _cleared(self) -> dict[str, None]:
        sent = self.model_extra or {}
        names = [key for key in sent if key.startswith(CLEAR)]
        return {name.removeprefix(CLEAR): None for name in names}


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting in the reader's words, as its field shows it."""

    one: SettingValue
    label: str
    help: str
    text: str
    was: str
    default: str
    problem: str
    error: str
    options: tuple[tuple[str, str], ...]

    @property
    def value_label(self) -> str:
        """Its value in a word, as a list of settings shows it."""
        shown = {ON: "✓", OFF: ""}.get(self.was, self.was)
        return dict(self.options).get(self.was, shown)


@routes.get("/settings")
def show_settings(request: Request) -> Response:
    """All sections."""
    with work(request) as uow:
        return _page(request, uow)


@routes.post("/settings")
def save_settings(request: Request, form: Annotated[SettingsForm, Form()]) -> Response:
    """Keep what was changed in one section, or show it again with what is wrong."""
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                change_settings(uow, form.changes())
        except ValidationError as error:
            return _page(request, uow, form, _by_field(request, uow, error))
        except InvalidError as error:
            found = {one.field or "": _text(request, uow, one) for one in error.errors}
            return _page(request, uow, form, found)
        except CrmError as error:
            if error.field is None:
                raise
            return _page(request, uow, form, {error.field: _text(request, uow, error)})
        said = sentence(request, uow, SAVED)
        return changed(request, uow, said, href=place_of(form.section))


def place_of(section: str) -> str:
    """The page on which a section stands."""
    _, _, plugin_id = section.partition("plugin-")
    return f"/settings/plugins/{plugin_id}" if plugin_id else "/settings"


def plugin_section(
    request: Request, uow: UnitOfWork, plugin_id: str
) -> tuple[str, str, list[ShownSetting]] | None:
    """The section with a plugin's settings, as `settings/_section.html` shows it."""
    shower, name = _Shower(request, uow, None, {}), f"plugin-{plugin_id}"
    own = [one for one in settings_with_origin(uow) if one.section == name]
    if not own:
        return None
    label = sentence(request, uow, OWN_SETTINGS)
    return name, label, [shower.show(one) for one in own]


def show_setting(request: Request, uow: UnitOfWork, one: SettingValue) -> ShownSetting:
    """A setting as its page shows it before anything is typed."""
    return _Shower(request, uow, None, {}).show(one)


def _text(request: Request, uow: UnitOfWork, error: CrmError) -> str:
    return error.text(lambda text: sentence(request, uow, text))


def _by_field(
    request: Request, uow: UnitOfWork, error: ValidationError
) -> dict[str, str]:
    found = field_errors(error.errors(), lambda text: sentence(request, uow, text))
    return {one["field"]: one["message"] for one in found}


def _page(
    request: Request,
    uow: UnitOfWork,
    form: SettingsForm | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    every = settings_with_origin(uow)
    shower = _Shower(request, uow, form, errors or {})
    labels = {name: sentence(request, uow, label) for name, label in SECTIONS.items()}
    if form is not None and form.section not in labels:
        # A plugin's own, refused; it stands on a page of its own.
        labels[form.section] = sentence(request, uow, OWN_SETTINGS)
    sections = [
        (name, label, [shower.show(one) for one in every if one.section == name])
        for name, label in labels.items()
    ]
    is_script = bool(errors) and request.headers.get("hx-request") == "true"
    known = {shown.one.name for _, _, own in sections for shown in own}
    return page(
        request,
        uow,
        "settings/_refused.html" if is_script else "settings/page.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        here="settings",
        settings_places=settings_places(request, uow),
        sections=sections,
        section=form.section if form else "",
        others=[text for name, text in (errors or {}).items() if name not in known],
        zones=sorted(available_timezones()),
    )


@dataclass(frozen=True, slots=True)
class _Shower:
    """Shows settings with what was typed and refused, in the reader's language."""

    request: Request
    uow: UnitOfWork
    form: SettingsForm | None
    errors: Mapping[str, str]

    def show(self, one: SettingValue) -> ShownSetting:
        """A setting as its field shows it."""
        was = _as_text(one.value) if not one.is_secret else ""
        is_typed = self.form is not None and WAS + one.name in (
            self.form.model_extra or {}
        )
        text = self.form.typed(one.name) if self.form and is_typed else was
        return ShownSetting(
            one=one,
            label=self._say(one.label, one.plugin_id),
            help=self._say(one.help, one.plugin_id),
            text="" if one.is_secret else text,
            was=was,
            default=_as_text(one.default),
            problem=self._say(one.problem),
            error=self.errors.get(one.name, ""),
            options=_options(one, self.uow.actor.locale),
        )

    def _say(self, text: str, plugin_id: str = "") -> str:
        return sentence(self.request, self.uow, text, plugin_id) if text else ""


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return ON if value else OFF
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _options(one: SettingValue, locale: str) -> tuple[tuple[str, str], ...]:
    """What can be chosen, as pairs of value and label; empty for what is typed."""
    make = _CHOICES.get(one.name)
    if make is not None:
        return make(Locale.parse(locale))
    return tuple((choice, choice) for choice in one.choices)


def _countries(locale: Locale) -> tuple[tuple[str, str], ...]:
    known = [(c, n) for c, n in locale.territories.items() if c.isalpha()]
    return tuple(sorted(known, key=lambda pair: pair[1]))


def _currencies(locale: Locale) -> tuple[tuple[str, str], ...]:
    known = sorted(locale.currencies.items())
    return tuple((code, f"{code} · {name}") for code, name in known)


def _languages(_locale: Locale) -> tuple[tuple[str, str], ...]:
    return tuple(LANGUAGES.items())


_CHOICES: Mapping[str, Callable[[Locale], tuple[tuple[str, str], ...]]] = {
    "country": _countries,
    "base_currency": _currencies,
    "locale": _languages,
}
