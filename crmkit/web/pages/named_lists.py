"""The settings of named choices: lost reasons, tags, sources, mediums, campaigns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Campaign,
    CrmError,
    LostReason,
    Medium,
    Named,
    NameDraft,
    NotFoundError,
    Role,
    Source,
    Tag,
    UnitOfWork,
    add_named,
    archive_named,
    get_named,
    list_named,
    mark,
    rename,
    restore_named,
)
from crmkit.web.answers import sentence
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

HERE = "/settings/lists"
KINDS: dict[str, tuple[type[Named], str]] = {
    "lost-reasons": (LostReason, mark("Lost reasons")),
    "tags": (Tag, mark("Tags")),
    "sources": (Source, mark("Sources")),
    "mediums": (Medium, mark("Mediums")),
    "campaigns": (Campaign, mark("Campaigns")),
}


def _kind(uow: UnitOfWork, list_name: str) -> type[Named]:
    uow.require(Role.MANAGER)
    if list_name not in KINDS:
        raise NotFoundError("list", list_name)
    return KINDS[list_name][0]


def _list(
    request: Request,
    uow: UnitOfWork,
    list_name: str,
    errors: dict[str, str] | None = None,
) -> Response:
    table = _kind(uow, list_name)
    tabs = [
        (sentence(request, uow, label), f"{HERE}/{name}", name == list_name)
        for name, (_, label) in KINDS.items()
    ]
    return settings_page(
        request,
        uow,
        "settings/named.html",
        422 if errors else 200,
        list_at=f"{HERE}/{list_name}",
        label=sentence(request, uow, KINDS[list_name][1]),
        tabs=tabs,
        used=list_named(uow, table),
        archived=list_named(uow, table, archived=True),
        errors=errors or {},
    )


@routes.get(HERE + "/{list_name}")
def show_list(request: Request, list_name: str) -> Response:
    """The choices of a kind."""
    with work(request) as uow:
        return _list(request, uow, list_name)


@routes.post(HERE + "/{list_name}")
def add(
    request: Request, list_name: str, name: Annotated[str, Form()] = ""
) -> Response:
    """A new choice."""
    with work(request) as uow:
        table = _kind(uow, list_name)
        try:
            add_named(uow, table, NameDraft(name=name))
        except (CrmError, ValidationError) as error:
            return _list(request, uow, list_name, say_errors(request, uow, error))
        return go_to(f"{HERE}/{list_name}")


@routes.post(HERE + "/{list_name}/{record_id}")
def change(
    request: Request, list_name: str, record_id: int, name: Annotated[str, Form()] = ""
) -> Response:
    """Another name for a choice."""
    with work(request) as uow:
        named = get_named(uow, _kind(uow, list_name), record_id)
        try:
            rename(uow, named, NameDraft(name=name))
        except (CrmError, ValidationError) as error:
            return _list(request, uow, list_name, say_errors(request, uow, error))
        return go_to(f"{HERE}/{list_name}")


@routes.post(HERE + "/{list_name}/{record_id}/archive")
def archive(request: Request, list_name: str, record_id: int) -> Response:
    """Offer a choice no longer; records that have it keep it."""
    with work(request) as uow:
        archive_named(uow, get_named(uow, _kind(uow, list_name), record_id))
        return go_to(f"{HERE}/{list_name}")


@routes.post(HERE + "/{list_name}/{record_id}/restore")
def restore(request: Request, list_name: str, record_id: int) -> Response:
    """Offer a choice again."""
    with work(request) as uow:
        restore_named(uow, get_named(uow, _kind(uow, list_name), record_id))
        return go_to(f"{HERE}/{list_name}")
