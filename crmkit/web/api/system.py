"""The catalogue of fields and the plugins, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import NotFoundError, Role, UnitOfWork, YesNo, fields_of, switch_plugin
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from crmkit.app import Crm
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


def _plugin(crm: Crm, uow: UnitOfWork, entry: PluginEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "version": entry.version,
        "state": crm.state_of(entry, uow.hooks.disabled),
        "error": entry.error,
        "requires": entry.manifest.requires if entry.manifest else [],
    }


@routes.get("/plugins", response_model=shapes.Items[shapes.Plugin])
def list_plugins(request: Request) -> Response:
    """Every plugin that is installed, and its state."""
    crm = crm_of(request)
    with work(request) as uow:
        uow.require(Role.ADMIN)
        entries = [crm.plugins.entries[key] for key in sorted(crm.plugins.entries)]
        return json_answer({"items": [_plugin(crm, uow, one) for one in entries]})


def _entry(crm: Crm, plugin_id: str) -> PluginEntry:
    if plugin_id not in crm.plugins.entries:
        raise NotFoundError("plugin", plugin_id)
    return crm.plugins.entries[plugin_id]


@routes.get("/plugins/{plugin_id}", response_model=shapes.Plugin)
def read_plugin(request: Request, plugin_id: str) -> Response:
    """One plugin."""
    crm = crm_of(request)
    with work(request) as uow:
        uow.require(Role.ADMIN)
        return json_answer(_plugin(crm, uow, _entry(crm, plugin_id)))


@routes.patch("/plugins/{plugin_id}", response_model=shapes.Plugin)
def change_plugin(request: Request, plugin_id: str, body: SwitchBody) -> Response:
    """Switch a plugin on or off, in every process from its next request on."""
    crm = crm_of(request)
    with work(request) as uow:
        entry = _entry(crm, plugin_id)
        switch_plugin(uow, plugin_id, is_enabled=body.enabled)
        off = uow.hooks.disabled - {plugin_id}
        disabled = off if body.enabled else off | {plugin_id}
        answer = _plugin(crm, uow, entry) | {"state": crm.state_of(entry, disabled)}
        return json_answer(answer)
