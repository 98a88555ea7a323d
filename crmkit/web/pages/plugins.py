"""The settings of plugins: which there are, how they stand, what they cost and keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    PluginEntry,
    Role,
    State,
    UnitOfWork,
    failed_hooks,
    mark,
    plan_uninstall,
    remedy_of,
    switch_plugin,
)
from crmkit.web.answers import sentence
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.settings import plugin_section
from crmkit.web.plugin_facts import costs_of, find_entry
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from crmkit.app import Crm

routes = APIRouter(include_in_schema=False)

HERE = "/settings/plugins"
STATE_LABELS = {
    State.AVAILABLE: mark("not loaded"),
    State.ACTIVE: mark("active"),
    State.DISABLED: mark("switched off"),
    State.FAILED: mark("failed"),
    State.BLOCKED: mark("blocked"),
    State.INCOMPATIBLE: mark("incompatible"),
    State.NEEDS_MIGRATION: mark("needs migration"),
    State.CONFLICT: mark("conflict"),
    State.MISCONFIGURED: mark("wrong settings"),
    State.ORPHANED: mark("not installed"),
}
_CALM = {State.ACTIVE, State.DISABLED, State.AVAILABLE}


@dataclass(frozen=True, slots=True)
class ShownPlugin:
    """A plugin in the reader's words."""

    id: str
    name: str
    version: str
    summary: str
    state: State
    state_label: str
    error: str
    remedy: str
    trace: str
    is_wrong: bool
    is_on: bool
    can_switch: bool


@routes.get(HERE)
def show_plugins(request: Request) -> Response:
    """Every plugin, and how it stands."""
    crm = crm_of(request)
    with work(request) as uow:
        uow.require(Role.ADMIN)
        entries = [crm.plugins.entries[key] for key in sorted(crm.plugins.entries)]
        plugins = [_shown(request, uow, crm, entry) for entry in entries]
        return settings_page(request, uow, "settings/plugins.html", plugins=plugins)


@routes.get(f"{HERE}/{{plugin_id}}")
def show_plugin(request: Request, plugin_id: str) -> Response:
    """One plugin: why it stands so, what it costs, and what it keeps."""
    crm = crm_of(request)
    with work(request) as uow:
        uow.require(Role.ADMIN)
        entry = find_entry(crm, plugin_id)
        manifest = entry.manifest
        return settings_page(
            request,
            uow,
            "settings/plugin.html",
            plugin=_shown(request, uow, crm, entry),
            requires=manifest.requires if manifest else (),
            personal_data=manifest.personal_data if manifest else (),
            costs=costs_of(crm, plugin_id),
            failed=failed_hooks(uow, plugin_id),
            kept=plan_uninstall(uow, plugin_id),
            section=plugin_section(request, uow, plugin_id),
        )


@routes.post(f"{HERE}/{{plugin_id}}")
def switch(
    request: Request, plugin_id: str, enabled: Annotated[bool, Form()]
) -> Response:
    """Switch a plugin on or off, in every process from its next request on."""
    with work(request) as uow:
        entry = find_entry(crm_of(request), plugin_id)
        switch_plugin(uow, entry.id, is_enabled=enabled)
        return RedirectResponse(f"{HERE}/{entry.id}", status_code=303)


def _shown(
    request: Request, uow: UnitOfWork, crm: Crm, entry: PluginEntry
) -> ShownPlugin:
    state = crm.state_of(entry, uow.hooks.disabled)
    remedy, manifest = remedy_of(state), entry.manifest
    return ShownPlugin(
        id=entry.id,
        name=entry.name,
        version=entry.version,
        summary=manifest.summary if manifest else "",
        state=state,
        state_label=sentence(request, uow, STATE_LABELS[state]),
        error=entry.error,
        remedy=sentence(request, uow, remedy) if remedy else "",
        trace=entry.trace,
        is_wrong=state not in _CALM,
        is_on=entry.id not in uow.hooks.disabled,
        can_switch=state is not State.ORPHANED,
    )
