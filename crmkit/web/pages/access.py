"""Why somebody may see, edit, delete or assign a lead, or why not, as a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Role, explain_access, get_lead, list_users, mark
from crmkit.web.answers import page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

QUESTIONS = (
    ("see", mark("May see it"), mark("May not see it")),
    ("edit", mark("May edit it"), mark("May not edit it")),
    ("delete", mark("May delete it"), mark("May not delete it")),
    ("assign", mark("May assign it"), mark("May not assign it")),
)


@routes.get("/leads/{lead_id}/access")
def explain(
    request: Request, lead_id: int, user_id: Annotated[Blank, Query()] = None
) -> Response:
    """What a user may do with a lead, and why; managers choose whom they ask about."""
    with work(request) as uow:
        lead, can_choose = get_lead(uow, lead_id), uow.actor.can_be(Role.MANAGER)
        number = user_id or uow.actor.id or 0
        found = explain_access(uow, number, lead.id)

        def say(text: str) -> str:
            return sentence(request, uow, text)

        verdicts = []
        for name, yes, no in QUESTIONS:
            verdict = getattr(found, name)
            reasons = [
                (why.holds, say(why.sentence).format(**why.parts))
                for why in verdict.reasons
            ]
            title = say(yes if verdict.allowed else no)
            verdicts.append((verdict.allowed, title, reasons))
        people = list_users(uow) if can_choose else []
        return page(
            request,
            uow,
            "lead/access.html",
            here="leads",
            lead=lead,
            user=found.user,
            verdicts=verdicts,
            people=[(user.id, user.name) for user in people],
        )
