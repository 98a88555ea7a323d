"""Permissions of plugins, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import KnownPermission, Role, UnitOfWork, set_permission
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from collections.abc import Mapping

routes = APIRouter(tags=["permissions"])


class RoleBody(BaseModel):
    """The lowest role that is to have a permission."""

    model_config = ConfigDict(extra="forbid")

    role: Role


def _permission(
    request: Request,
    uow: UnitOfWork,
    known: KnownPermission,
    roles: Mapping[str, Role],
) -> dict[str, Any]:
    role = roles[known.name]
    return {
        "name": known.name,
        "plugin_id": known.plugin_id,
        "label": sentence(request, uow, known.label, known.plugin_id),
        "lowest_role": known.lowest_role,
        "role": role,
        "may": uow.actor.can_be(role) and known.plugin_id not in uow.hooks.disabled,
    }


@routes.get("/permissions", response_model=shapes.Items[shapes.Permission])
def list_all(request: Request) -> Response:
    """What plugins let only some roles do; `may` says whether who asks is of them."""
    every = crm_of(request).plugins.permissions
    with work(request) as uow:
        items = [
            _permission(request, uow, every[name], uow.permissions)
            for name in sorted(every)
        ]
        return json_answer({"items": items})


@routes.patch("/permissions/{permission}", response_model=shapes.Permission)
def change(request: Request, permission: str, body: RoleBody) -> Response:
    """Give a permission to a role and all higher ones, from the next request on."""
    every = crm_of(request).plugins.permissions
    with work(request) as uow:
        set_permission(uow, every, permission, body.role)
        roles = {**uow.permissions, permission: body.role}
        return json_answer(_permission(request, uow, every[permission], roles))
