"""The page of the bin: what was deleted, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    HitKind,
    Role,
    list_deleted,
    mark,
    purge_records,
    restore_deleted,
)
from crmkit.web.answers import changed, is_part, page, sentence
from crmkit.web.pages.search import KIND_LABELS
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

ROWS = 80
MOST = 500
RESTORED = mark("{count} restored")
PARTLY = mark("{count} restored; {why}")
PURGED = mark("{count} gone for good")
KEPT = mark("{count} gone for good; a plugin keeps {kept}")
_PATHS = {HitKind.LEAD: "/leads/", HitKind.CONTACT: "/contacts/"}


class BinForm(BaseModel):
    """The ticked records of a kind."""

    kind: HitKind = HitKind.LEAD
    ids: list[int] = []
    is_sure: bool = False


@routes.get("/bin")
def show_bin(
    request: Request,
    kind: HitKind = HitKind.LEAD,
    cursor: Annotated[str, Query()] = "",
) -> Response:
    """What is in the bin, or its next rows."""
    with work(request) as uow:
        records, further = list_deleted(uow, kind, cursor or None, limit=ROWS)
        labels = [
            (one.value, sentence(request, uow, label))
            for one, label in KIND_LABELS.items()
        ]
        return page(
            request,
            uow,
            "bin/_more.html" if is_part(request) and cursor else "bin/page.html",
            here="bin",
            kind=kind.value,
            kinds=labels,
            records=records,
            next_cursor=further or "",
            query={"kind": kind.value},
            bin_days=uow.settings.bin_days,
            can_purge=uow.actor.can_be(Role.ADMIN) and kind is not HitKind.ACTIVITY,
        )


@routes.post("/bin/restore")
def restore(request: Request, form: Annotated[BinForm, Form()]) -> Response:
    """Take the ticked records out of the bin."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        count, refused = restore_deleted(uow, form.kind, form.ids[:MOST], say)
        why = " ".join(sorted(set(refused.values())))
        text = say(PARTLY if refused else RESTORED).format(count=count, why=why)
        return changed(request, uow, text)


@routes.post("/bin/purge")
def purge(request: Request, form: Annotated[BinForm, Form()]) -> Response:
    """Ask whether the ticked records may go for good; then let them go."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        if form.kind is HitKind.ACTIVITY or not form.ids:
            return RedirectResponse(f"/bin?kind={form.kind}", status_code=303)
        if not form.is_sure:
            is_script = request.headers.get("hx-request") == "true"
            template = "bin/_purge.html" if is_script else "bin/purge.html"
            return page(request, uow, template, here="bin", form=form)
        gone, kept = purge_records(uow, form.kind.value, form.ids[:MOST])
        text = sentence(request, uow, KEPT if kept else PURGED)
        said = text.format(count=len(gone), kept=len(kept))
        if request.headers.get("hx-request") != "true":
            return RedirectResponse(f"/bin?kind={form.kind}", status_code=303)
        return page(request, uow, "bin/_gone.html", sentence=said)
