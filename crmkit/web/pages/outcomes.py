"""Winning, losing, restoring a lead, and taking changes back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Lead,
    LostReason,
    Undone,
    UnitOfWork,
    begin_undo,
    can_add_reason,
    find_reason,
    get_lead,
    list_named,
    lose_lead,
    mark,
    needs_lost_reason,
    restore_lead,
    win_lead,
)
from crmkit.web.answers import changed, is_part, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

WON = mark("{lead} is won")
LOST = mark("{lead} is lost")
RESTORED = mark("{lead} is open again")
NEEDS_REASON = mark("A lead in this stage is only lost with a reason.")
UNDONE = mark("Undone")
BEING_UNDONE = mark("It is being undone; it was much.")
SEE_JOB = mark("See how far it is")
PARTLY_UNDONE = mark("Undone, but for what was changed since: {names}")


@routes.post("/leads/{lead_id}/win")
def win(request: Request, lead_id: int) -> Response:
    """Mark a lead won."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        win_lead(uow, lead)
        said = _said(request, uow, WON, lead)
        if request.headers.get("hx-request") != "true":
            return changed(request, uow, said)
        told = {"sentence": said, "change_id": uow.change_id, "href": ""}
        return page(request, uow, "_changed.html", celebrates=True, **told)


def _said(request: Request, uow: UnitOfWork, text: str, lead: Lead) -> str:
    return sentence(request, uow, text).format(lead=lead.name)


class LoseForm(BaseModel):
    """Why a lead is lost; a reason that is not in the list is typed."""

    reason_id: Blank = None
    reason: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=2000)


def _dialog(
    request: Request, uow: UnitOfWork, lead: Lead, form: LoseForm, error: str = ""
) -> Response:
    is_script = is_part(request) or request.headers.get("hx-request") == "true"
    return page(
        request,
        uow,
        "lead/_lose.html" if is_script else "lead/lose.html",
        422 if error else 200,
        lead=lead,
        reasons=[(reason.id, reason.name) for reason in list_named(uow, LostReason)],
        reason_id=form.reason_id or "",
        reason=form.reason,
        note=form.note,
        can_add_reason=can_add_reason(uow),
        error=error,
    )


@routes.get("/leads/{lead_id}/lose")
def ask_reason(request: Request, lead_id: int) -> Response:
    """The dialog that asks why a lead is lost."""
    with work(request) as uow:
        return _dialog(request, uow, get_lead(uow, lead_id), LoseForm())


@routes.post("/leads/{lead_id}/lose")
def lose(request: Request, lead_id: int, form: Annotated[LoseForm, Form()]) -> Response:
    """Mark a lead lost, or ask again for what its stage needs."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        reason = find_reason(uow, form.reason_id, form.reason)
        if reason is None and needs_lost_reason(uow, lead):
            said = sentence(request, uow, NEEDS_REASON)
            return _dialog(request, uow, lead, form, said)
        lose_lead(uow, lead, reason, form.note)
        return changed(request, uow, _said(request, uow, LOST, lead))


@routes.post("/leads/{lead_id}/restore")
def restore(request: Request, lead_id: int) -> Response:
    """Open a lead again."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        restore_lead(uow, lead)
        return changed(request, uow, _said(request, uow, RESTORED, lead))


@routes.post("/changes/{change_id}/undo")
def undo(request: Request, change_id: str) -> Response:
    """Take back a change."""
    with work(request) as uow:
        undone = begin_undo(uow, change_id)
        if isinstance(undone, int):
            href, label = f"/jobs/{undone}", sentence(request, uow, SEE_JOB)
            said = sentence(request, uow, BEING_UNDONE)
            return changed(request, uow, said, href=href, link_label=label)
        return changed(request, uow, _undone(request, uow, undone))


def _undone(request: Request, uow: UnitOfWork, undone: Undone) -> str:
    if not undone.kept:
        return sentence(request, uow, UNDONE)
    names = ", ".join(sorted({kept.name for kept in undone.kept})[:5])
    return sentence(request, uow, PARTLY_UNDONE).format(names=names)
