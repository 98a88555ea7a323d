"""The bin for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Draft,
    HitKind,
    RecordId,
    list_deleted,
    purge_records,
    restore_deleted,
)
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["bin"])

Ids = Annotated[tuple[RecordId, ...], Field(min_length=1, max_length=200)]


class RestoreBody(Draft):
    """Which deleted records are to come back."""

    kind: HitKind
    ids: Ids


class PurgeBody(Draft):
    """Which deleted records are to go for good."""

    kind: Literal["lead", "contact"]
    ids: Ids


@routes.get("/bin", response_model=shapes.Page[shapes.BinRecord])
def list_all(
    request: Request,
    kind: Annotated[HitKind, Query()] = HitKind.LEAD,
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """A page of deleted records, the latest first."""
    with work(request) as uow:
        found, further = list_deleted(uow, kind, cursor, limit=limit)
        items = [asdict(one) for one in found]
        has_more = further is not None
        return json_answer(
            {"items": items, "next_cursor": further, "has_more": has_more}
        )


@routes.post("/bin/restore", response_model=shapes.Restored)
def restore(request: Request, body: RestoreBody) -> Response:
    """Take records out of the bin, each by itself."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        count, refused = restore_deleted(uow, body.kind, body.ids, say)
        reasons = [{"id": number, "reason": why} for number, why in refused.items()]
        return json_answer({"restored": count, "refused": reasons})


@routes.post("/bin/purge", response_model=shapes.Purged)
def purge(request: Request, body: PurgeBody) -> Response:
    """Remove deleted records for good; nobody brings them back."""
    with work(request) as uow:
        gone, kept = purge_records(uow, body.kind, body.ids)
        return json_answer({"purged": gone, "kept": kept})
