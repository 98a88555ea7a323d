"""Leads for scripts: list, create, read, edit, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    LeadDraft,
    RecordId,
    UnitOfWork,
    add_extensions,
    create_lead,
    delete_lead,
    edit_lead,
    get_lead,
    get_stage,
    move_lead,
    read_lead,
    read_leads,
    sum_leads,
)
from crmkit.web.answers import json_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Asked, Exact, Extended
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["leads"])


class AddressBody(BaseModel):
    """An address, its parts under one name."""

    model_config = ConfigDict(extra="forbid")

    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


class LeadBody(LeadDraft):
    """A new lead; its address comes as parts or under `address`."""

    address: AddressBody | None = None

    def draft(self) -> LeadDraft:
        """What the core takes."""
        values = self.model_dump(exclude={"address"}, exclude_unset=True)
        if self.address is not None:
            values |= self.address.model_dump(exclude_unset=True)
        return LeadDraft(**values)


class StageChoice(BaseModel):
    """The stage that a merge-patch names, if it names one."""

    stage_id: RecordId | None


def flatten(changes: dict[str, Any]) -> dict[str, Any]:
    """A merge-patch with the parts of `address` in the place of it."""
    flat = {name: value for name, value in changes.items() if name != "address"}
    if "address" in changes:
        address = changes["address"]
        parts = AddressBody.model_validate({} if address is None else address)
        flat |= parts.model_dump(exclude_unset=changes["address"] is not None)
    return flat


def lead_answer(uow: UnitOfWork, lead_id: int, *, status: int = 200) -> Response:
    """The lead as it is now, with its version as ETag.

    It is always answered whole: what follows from other records (its next activity,
    its probability, what plugins say) changes without a new version.
    """
    record = read_lead(uow, lead_id)
    add_extensions(uow, [record])
    return json_answer(
        record, status=status, headers={"etag": f'"{record["version"]}"'}
    )


@routes.get("/leads", response_model=shapes.Page[shapes.Lead])
def list_all(
    request: Request, query: Asked, total: Exact = "", ext: Extended = ""
) -> Response:
    """A page of leads."""
    with work(request) as uow:
        items, cursor = read_leads(uow, query)
        if ext:
            add_extensions(uow, items, None if ext == "all" else ext.split(","))
        answer: dict[str, Any] = {"items": items, "next_cursor": cursor}
        answer["has_more"] = cursor is not None
        if total == "exact":
            answer["total"] = sum_leads(uow, query).count
        return json_answer(answer)


@routes.post("/leads", status_code=201, response_model=shapes.Lead)
def create(request: Request, body: LeadBody) -> Response:
    """A new lead."""
    with work(request) as uow:
        lead = create_lead(uow, body.draft())
        return lead_answer(uow, lead.id, status=201)


@routes.get("/leads/{lead_id}", response_model=shapes.Lead)
def read(request: Request, lead_id: int) -> Response:
    """One lead."""
    with work(request) as uow:
        return lead_answer(uow, lead_id)


@routes.patch(
    "/leads/{lead_id}",
    response_model=shapes.Lead,
    openapi_extra=merge_patch(LeadBody),
)
def edit(
    request: Request, lead_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names; `stage_id` moves the lead."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        based_on, wanted = version_of(request), flatten(changes)
        stage_id = StageChoice(stage_id=wanted.pop("stage_id", None)).stage_id
        edit_lead(uow, lead, wanted, based_on)
        if stage_id is not None:
            move_lead(uow, lead, get_stage(uow, stage_id), based_on)
        return lead_answer(uow, lead_id)


@routes.delete("/leads/{lead_id}", status_code=204)
def delete(request: Request, lead_id: int) -> Response:
    """Put a lead into the bin."""
    with work(request) as uow:
        delete_lead(uow, get_lead(uow, lead_id))
        return Response(status_code=204)
