"""The catalogue of fields and the plugins, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Role, UnitOfWork, YesNo, fields_of, remedy_of, switch_plugin
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.plugin_facts import costs_of, find_entry
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from crmkit.core import PluginEntry

routes = APIRouter(tags=["system"])


class SwitchBody(BaseModel):
    """Whether a plugin is to run."""

    model_config = ConfigDict(extra="forbid")

    enabled: YesNo


@routes.get("/fields", response_model=shapes.Items[shapes.CatalogueField])
def list_fields(request: Request, entity: Annotated[str, Query()] = "lead") -> Response:
    """Every field of an entity."""
    with work(request) as uow:
        items = [
            {
                "id": field.custom_id,
                "name": field.name,
                "label": sentence(request, uow, field.label),
                "type": field.type,
                "is_editable": field.is_editable,
                "is_required": field.is_required,
                "is_importable": field.is_importable,
                "choices": field.choices,
            }
            for field in fields_of(uow, entity).values()
        ]
        return json_answer({"items": items})


def _plugin(
    request: Request, uow: UnitOfWork, entry: PluginEntry, off: frozenset[str]
) -> dict[str, Any]:
    crm, manifest = crm_of(request), entry.manifest
    state = crm.state_of(entry, off)
    remedy = remedy_of(state)
    return {
        "id": entry.id,
        "name": entry.name,
        "version": entry.version,
        "state": state,
        "summary": manifest.summary if manifest else "",
        "error": entry.error,
        "remedy": sentence(request, uow, remedy) if remedy else "",
        "trace": entry.trace,
        "api": manifest.api if manifest else None,
        "requires": manifest.requires if manifest else [],
        "after": manifest.after if manifest else [],
        "conflicts": manifest.conflicts if manifest else [],
        "personal_data": manifest.personal_data if manifest else [],
        "hooks": costs_of(crm, entry.id),
    }


@routes.get("/plugins", response_model=shapes.Items[shapes.Plugin])
def list_plugins(request: Request) -> Response:
    """Every plugin that is installed, and its state."""
    crm = crm_of(request)
    with work(request) as uow:
        uow.require(Role.ADMIN)
        entries = [crm.plugins.entries[key] for key in sorted(crm.plugins.entries)]
        off = uow.hooks.disabled
        items = [_plugin(request, uow, one, off) for one in entries]
        return json_answer({"items": items})


@routes.get("/plugins/{plugin_id}", response_model=shapes.Plugin)
def read_plugin(request: Request, plugin_id: str) -> Response:
    """One plugin."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        entry = find_entry(crm_of(request), plugin_id)
        return json_answer(_plugin(request, uow, entry, uow.hooks.disabled))


@routes.patch("/plugins/{plugin_id}", response_model=shapes.Plugin)
def change_plugin(request: Request, plugin_id: str, body: SwitchBody) -> Response:
    """Switch a plugin on or off, in every process from its next request on."""
    with work(request) as uow:
        entry = find_entry(crm_of(request), plugin_id)
        switch_plugin(uow, plugin_id, is_enabled=body.enabled)
        others = uow.hooks.disabled - {plugin_id}
        off = others if body.enabled else others | {plugin_id}
        return json_answer(_plugin(request, uow, entry, off))
