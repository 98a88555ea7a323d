"""Settings for scripts: what holds, where it comes from, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CompanySettings,
    Settings,
    SettingValue,
    UnitOfWork,
    change_settings,
    settings_with_origin,
)
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable

routes = APIRouter(tags=["system"])


@routes.get("/settings", response_model=shapes.Items[shapes.Setting])
def list_settings(request: Request) -> Response:
    """Every setting with its value and where that comes from; secrets are masked."""
    with work(request) as uow:
        return _answer(request, uow, uow.settings)


@routes.patch(
    "/settings",
    response_model=shapes.Items[shapes.Setting],
    openapi_extra=merge_patch(CompanySettings),
)
def edit_settings(
    request: Request, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names; null gives the default back."""
    with work(request) as uow:
        settings = change_settings(uow, changes)
        # Forms send text for everything, scripts numbers for numbers.
        named = {
            name: value
            for name, value in changes.items()
            if value is not None and "." not in name
        }
        CompanySettings.model_validate(named, strict=True)
        return _answer(request, uow, settings)


def _answer(request: Request, uow: UnitOfWork, settings: Settings) -> Response:
    def say(text: str) -> str:
        return sentence(request, uow, text) if text else ""

    every = settings_with_origin(uow, settings)
    return json_answer({"items": [describe_setting(one, say) for one in every]})


def describe_setting(one: SettingValue, say: Callable[[str], str]) -> dict[str, Any]:
    """A setting in the form that scripts get."""
    return {
        "name": one.name,
        "label": say(one.label),
        "help": say(one.help),
        "section": one.section,
        "kind": one.kind,
        "value": one.value,
        "default": one.default,
        "origin": one.origin,
        "place": one.place,
        "locked": one.is_locked,
        "secret": one.is_secret,
        "choices": list(one.choices),
        "problem": say(one.problem),
    }
