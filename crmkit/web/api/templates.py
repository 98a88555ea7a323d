"""Templates of mails, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    MailTemplate,
    MailTemplateDraft,
    RecordId,
    add_template,
    archive_template,
    edit_template,
    fill_template,
    get_lead,
    get_template,
    list_templates,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["messages"])


class PreviewDraft(BaseModel):
    """The lead whose values are put in."""

    model_config = ConfigDict(extra="forbid")

    lead_id: RecordId


def describe_template(template: MailTemplate) -> dict[str, Any]:
    """A template as scripts get it."""
    names = ("id", "version", "name", "texts", "archived_at")
    return {name: getattr(template, name) for name in names}


@routes.get("/templates", response_model=shapes.Items[shapes.MailTemplate])
def read_all(request: Request) -> Response:
    """The templates in use, by name."""
    with work(request) as uow:
        return json_answer(
            {"items": [describe_template(one) for one in list_templates(uow)]}
        )


@routes.post("/templates", status_code=201, response_model=shapes.MailTemplate)
def create(request: Request, draft: MailTemplateDraft) -> Response:
    """A new template; its places are checked."""
    with work(request) as uow:
        return record_answer(
            request, describe_template(add_template(uow, draft)), status=201
        )


@routes.get("/templates/{template_id}", response_model=shapes.MailTemplate)
def read(request: Request, template_id: int) -> Response:
    """One template."""
    with work(request) as uow:
        return record_answer(request, describe_template(get_template(uow, template_id)))


@routes.patch(
    "/templates/{template_id}",
    response_model=shapes.MailTemplate,
    openapi_extra=merge_patch(MailTemplateDraft),
)
def change(
    request: Request, template_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names; `texts` is replaced as a whole."""
    with work(request) as uow:
        template = get_template(uow, template_id)
        known = {"name": template.name, "texts": template.texts}
        draft = MailTemplateDraft.model_validate({**known, **changes})
        edit_template(uow, template, draft, version_of(request))
        return record_answer(request, describe_template(template))


@routes.delete("/templates/{template_id}", status_code=204)
def delete(request: Request, template_id: int) -> Response:
    """Take a template out of use."""
    with work(request) as uow:
        archive_template(uow, get_template(uow, template_id))
        return Response(status_code=204)


@routes.post("/templates/{template_id}/preview", response_model=shapes.FilledTemplate)
def preview(request: Request, template_id: int, draft: PreviewDraft) -> Response:
    """The words of a template with the values of a lead, in its language."""
    with work(request) as uow:
        template = get_template(uow, template_id)
        filled = fill_template(uow, template, get_lead(uow, draft.lead_id))
        return json_answer(asdict(filled))
