"""Contacts for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    ContactDraft,
    count_contacts,
    create_contact,
    delete_contact,
    describe_contact,
    edit_contact,
    get_contact,
    get_deleted_contact,
    read_contacts,
    recall_contact,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Asked, Exact
from crmkit.web.api.leads import AddressBody, flatten
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["contacts"])


class ContactBody(ContactDraft):
    """A new contact; its address comes as parts or under `address`."""

    address: AddressBody | None = None

    def draft(self) -> ContactDraft:
        """What the core takes."""
        values = self.model_dump(exclude={"address"}, exclude_unset=True)
        if self.address is not None:
            values |= self.address.model_dump(exclude_unset=True)
        return ContactDraft(**values)


@routes.get("/contacts", response_model=shapes.Page[shapes.Contact])
def list_all(request: Request, query: Asked, total: Exact = "") -> Response:
    """A page of contacts."""
    with work(request) as uow:
        items, cursor = read_contacts(uow, query)
        answer: dict[str, Any] = {"items": items, "next_cursor": cursor}
        answer["has_more"] = cursor is not None
        if total == "exact":
            answer["total"] = count_contacts(uow, query)
        return json_answer(answer)


@routes.post("/contacts", status_code=201, response_model=shapes.Contact)
def create(request: Request, body: ContactBody) -> Response:
    """A new contact."""
    with work(request) as uow:
        new = create_contact(uow, body.draft())
        return record_answer(request, describe_contact(uow, new), status=201)


@routes.get("/contacts/{contact_id}", response_model=shapes.Contact)
def read(request: Request, contact_id: int) -> Response:
    """One contact."""
    with work(request) as uow:
        contact = get_contact(uow, contact_id)
        return record_answer(request, describe_contact(uow, contact))


@routes.patch(
    "/contacts/{contact_id}",
    response_model=shapes.Contact,
    openapi_extra=merge_patch(ContactBody),
)
def edit(
    request: Request, contact_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        contact = get_contact(uow, contact_id)
        edit_contact(uow, contact, flatten(changes), version_of(request))
        return record_answer(request, describe_contact(uow, contact))


@routes.delete("/contacts/{contact_id}", status_code=204)
def delete(request: Request, contact_id: int) -> Response:
    """Put a contact into the bin."""
    with work(request) as uow:
        delete_contact(uow, get_contact(uow, contact_id))
        return Response(status_code=204)


@routes.post("/contacts/{contact_id}/restore", response_model=shapes.Contact)
def restore(request: Request, contact_id: int) -> Response:
    """Take a contact out of the bin."""
    with work(request) as uow:
        contact = get_deleted_contact(uow, contact_id)
        recall_contact(uow, contact)
        return record_answer(request, describe_contact(uow, contact))
