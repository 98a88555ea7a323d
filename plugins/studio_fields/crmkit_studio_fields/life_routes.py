"""What becomes of a field: hidden, shown again, deleted for ever, made fast."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    begin_purge,
    get_field,
    hide_field,
    list_field_uses,
    recall_field,
)
from crmkit.web import settings_page, work
from crmkit_studio_fields.routes import Where

routes = APIRouter()


@routes.post("/fields/{field_id}/hide")
def hide(request: Request, field_id: int) -> Response:
    """Take a field out of every form and list; values stay."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        hide_field(uow, field)
        return Where(entity=field.entity).to()


@routes.post("/fields/{field_id}/recall")
def recall(request: Request, field_id: int) -> Response:
    """Show a hidden field again."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        recall_field(uow, field)
        return Where(entity=field.entity).to()


@routes.get("/fields/{field_id}/delete")
def ask_delete(request: Request, field_id: int) -> Response:
    """What is lost where a hidden field is deleted for ever."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        uses = list_field_uses(uow, field)
        return settings_page(
            request, uow, "studio_fields/delete.html", field=field, uses=uses
        )


@routes.post("/fields/{field_id}/delete")
def delete_for_ever(request: Request, field_id: int) -> Response:
    """Delete a hidden field and its values, in a job."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        begin_purge(uow, field)
        return Where(entity=field.entity).to()


@routes.post("/fields/{field_id}/index")
def index(request: Request, field_id: int) -> Response:
    """Build an index in a job, so that filters by the field are fast."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        uow.enqueue("index_field", key=str(field.id), field_id=field.id)
        return Where(entity=field.entity).to()
