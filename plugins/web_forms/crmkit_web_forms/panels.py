"""The answer that a lead came from, beside the lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.dates import format_date
from sqlalchemy import select

from crmkit.core import Lead, mark
from crmkit.hooks import Panel, PanelLine
from crmkit_web_forms.asking import askable, said_in
from crmkit_web_forms.permissions import READING
from crmkit_web_forms.tables import Answer, Consent, Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import UnitOfWork

TITLE = mark("From a web form")
AGREED = mark("Agreed to text number {number}")
NOTHING_ASKED = mark("No consent was asked for")
SHOWN = 3
LONGEST = 300


def make_panel(uow: UnitOfWork, lead: Lead) -> Panel | None:
    """The newest answers that are in a lead: form, consent, what was typed."""
    query = (
        select(Answer, Form.title, Consent)
        .join(Form, Form.id == Answer.form_id)
        .outerjoin(Consent, Consent.id == Answer.consent_id)
        .where(Answer.lead_id == lead.id)
        .order_by(Answer.id.desc())
        .limit(SHOWN)
    )
    lines = [
        line
        for answer, title, consent in uow.session.execute(query)
        for line in _lines(uow, answer, title, consent)
    ]
    return Panel(TITLE, tuple(lines)) if lines else None


def _lines(
    uow: UnitOfWork, answer: Answer, title: str, consent: Consent | None
) -> Iterator[PanelLine]:
    here = f"/p/web_forms/forms/{answer.form_id}/answers"
    sent_on = answer.created_at.astimezone(uow.settings.zone).date()
    day = format_date(sent_on, "long", locale=uow.actor.locale)
    parts = {"title": title, "day": day}
    href = here if uow.may(READING) else None
    yield PanelLine("{title}", "{day}", href, parts)
    if consent is None:
        yield PanelLine(NOTHING_ASKED)
    else:
        text = said_in(consent.texts, answer.language)
        asked = {"number": consent.version, "text": text}
        yield PanelLine(AGREED, "{text}", None, asked)
    known = askable(uow)
    for name, typed in answer.values.items():
        value = typed if isinstance(typed, str) else ", ".join(typed)
        if value:
            field = known.get(name)
            is_ours = field is not None and not field.is_custom
            said = {"value": value[:LONGEST], "label": field.label if field else name}
            hint = said["label"] if is_ours else "{label}"
            yield PanelLine("{value}", hint, None, said)
