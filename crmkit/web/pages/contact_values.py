"""What a lead and its contact say differently, copied from one to the other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import CopyTo, copy_values, get_lead, mark
from crmkit.web.answers import changed, sentence
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

TO_LEAD = mark("Copied to the lead")
TO_CONTACT = mark("Copied to the contact")
NOTHING = mark("There was nothing to copy")


class CopyForm(BaseModel):
    """Which fields, and whose values become those of the other."""

    fields: list[str] = Field(default_factory=list, max_length=20)
    to: CopyTo = CopyTo.LEAD


@routes.post("/leads/{lead_id}/contact-values")
def copy(request: Request, lead_id: int, form: Annotated[CopyForm, Form()]) -> Response:
    """Copy values between a lead and its contact."""
    with work(request) as uow:
        copied = copy_values(uow, get_lead(uow, lead_id), form.fields, form.to)
        said = TO_LEAD if form.to is CopyTo.LEAD else TO_CONTACT
        text = sentence(request, uow, said if copied else NOTHING)
        return changed(request, uow, text)
