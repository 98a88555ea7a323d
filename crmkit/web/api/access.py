"""Why somebody may do something with a lead, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import UnitOfWork, Verdict, explain_access
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["access"])


def _verdict(request: Request, uow: UnitOfWork, verdict: Verdict) -> dict[str, Any]:
    reasons = [
        {
            "code": reason.code,
            "holds": reason.holds,
            "text": sentence(request, uow, reason.sentence).format(**reason.parts),
        }
        for reason in verdict.reasons
    ]
    return {"allowed": verdict.allowed, "reasons": reasons}


@routes.get("/access/explain", response_model=shapes.Explanation)
def explain(
    request: Request,
    user_id: Annotated[int, Query()],
    lead_id: Annotated[int, Query()],
) -> Response:
    """Why a user may or may not see, edit, delete and assign a lead.

    Managers ask about everybody, others about themselves.
    """
    with work(request) as uow:
        found = explain_access(uow, user_id, lead_id)
        user, lead = found.user, found.lead
        answer: dict[str, Any] = {
            "user": {"id": user.id, "name": user.name, "role": user.role},
            "lead": {"id": lead.id, "name": lead.name},
        }
        for what in ("see", "edit", "delete", "assign"):
            answer[what] = _verdict(request, uow, getattr(found, what))
        return json_answer(answer)
