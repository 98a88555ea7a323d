"""Making a lead of an answer, after it was kept; what fails keeps its reason."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from traceback import format_exc
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import delete, select, update

from crmkit.core import (
    LOCALES,
    Blob,
    CrmError,
    Lead,
    LeadDraft,
    NoteDraft,
    add_note,
    attach_file,
    create_lead,
    get_lead,
    mark,
    open_blob,
    settings_of,
)
from crmkit_web_forms.answers import PROCESS, files_of, get_answer
from crmkit_web_forms.asking import MESSAGE, askable
from crmkit_web_forms.confirming import confirm
from crmkit_web_forms.reading import values_of
from crmkit_web_forms.settings import Options
from crmkit_web_forms.tables import Answer, AnswerState, Form

if TYPE_CHECKING:
    from typing import BinaryIO

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun

FORGET = "web_forms.forget_answers"
BROKEN = mark("Something went wrong while a lead was made of it: {what}")
_OPEN = (AnswerState.WAITING, AnswerState.FAILED)
_IN_MEMORY = 1024 * 1024
_LONGEST_NAME = 250


def process(run: JobRun) -> None:
    """Make a lead of an answer, once; where that fails the answer keeps the reason."""
    answer_id = int(run.arguments["answer_id"]) if run.arguments else 0
    failure = None
    with run.work() as uow:
        answer = get_answer(uow, answer_id)
        if answer.state not in _OPEN:
            run.finish(uow, {"lead_id": answer.lead_id})
            return
        uow.actor = replace(uow.actor, locale=_locale(answer))
        try:
            with uow.session.begin_nested():
                settle(uow, answer)
        except Exception as error:  # noqa: BLE001  (nothing that was sent is lost)
            failure = error
            note_failure(uow, answer, error)
        else:
            run.finish(uow, {"lead_id": answer.lead_id})
    if failure is not None:
        raise failure


def _locale(answer: Answer) -> str:
    return answer.language if answer.language in LOCALES else LOCALES[0]


def note_failure(uow: UnitOfWork, answer: Answer, error: Exception) -> None:
    """Keep with an answer why no lead could be made of it."""
    uow.session.refresh(answer)
    answer.state, answer.processed_at = AnswerState.FAILED, uow.now()
    if isinstance(error, CrmError):
        parts = {name: str(value) for name, value in error.parts.items()}
        answer.reason = {"sentence": error.sentence, "parts": parts}
        answer.reason["plugin_id"] = error.plugin_id
    else:
        what = type(error).__name__
        answer.reason = {"sentence": BROKEN, "parts": {"what": what}}
        answer.trace = format_exc()[-4000:]
    uow.session.flush()


def settle(uow: UnitOfWork, answer: Answer) -> None:
    """Make a lead of an answer, or write a correction on the lead it corrects."""
    form = uow.session.get_one(Form, answer.form_id)
    first = _corrected(uow, answer)
    if first is not None:
        lead = get_lead(uow, first)
        add_note(uow, lead, NoteDraft(text=_as_text(uow, answer, form)))
        answer.state = AnswerState.DUPLICATE
    else:
        lead = _make_lead(uow, answer, form)
        answer.state = AnswerState.LEAD
    _attach(uow, answer, lead)
    answer.lead_id, answer.processed_at = lead.id, uow.now()
    answer.reason = answer.trace = None
    uow.session.flush()
    if answer.state is AnswerState.LEAD:
        # A lead without a confirmation is worth more than neither.
        with suppress(CrmError), uow.session.begin_nested():
            confirm(uow, form, lead)


def _corrected(uow: UnitOfWork, answer: Answer) -> int | None:
    if answer.same_as_id is None:
        return None
    first = uow.session.get(Answer, answer.same_as_id)
    return first.lead_id if first else None


def _make_lead(uow: UnitOfWork, answer: Answer, form: Form) -> Lead:
    values, left = values_of(uow, answer.values)
    message = values.pop(MESSAGE, "")
    known = askable(uow)
    custom = {n: values.pop(n) for n in list(values) if known[n].is_custom}
    title = values.pop("name", "") or _title(form, values)
    draft = LeadDraft(
        **{**values, "name": title[:_LONGEST_NAME]},
        custom=custom,
        kind=form.kind,
        team_id=form.team_id,
        owner_id=form.owner_id,
        tags=tuple(form.tags),
        language=_locale(answer),
        **_origin(answer, form),
    )
    lead = create_lead(uow, draft)
    rest = [f"{name}: {text}" for name, text in left.items()]
    words = "\n".join(filter(None, [message, *rest]))
    if words:
        add_note(uow, lead, NoteDraft(text=words))
    return lead


def _title(form: Form, values: dict[str, Any]) -> str:
    who = ("company_name", "contact_name", "email")
    named = next((str(values[name]) for name in who if values.get(name)), "")
    return f"{form.title}: {named}" if named else form.title


def _origin(answer: Answer, form: Form) -> dict[str, Any]:
    names = ("source", "medium", "campaign")
    return {name: answer.origin.get(name) or getattr(form, name) for name in names}


def _as_text(uow: UnitOfWork, answer: Answer, form: Form) -> str:
    known = askable(uow)
    lines = [f"{form.title}:"]
    for name, typed in answer.values.items():
        text = ", ".join(typed) if isinstance(typed, list) else typed
        lines.append(f"{known[name].label if name in known else name}: {text}")
    return "\n".join(lines)


def _attach(uow: UnitOfWork, answer: Answer, lead: Lead) -> None:
    """Put the files of an answer on its lead; a refused one is named in a note."""
    for file in files_of(uow, answer):
        blob = uow.session.get_one(Blob, file.blob_id)
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
            for chunk in open_blob(uow, blob):
                stream.write(chunk)
            try:
                with uow.session.begin_nested():
                    attach_file(uow, lead, cast("BinaryIO", stream), file.name)
            except CrmError as error:
                add_note(uow, lead, NoteDraft(text=f"{file.name}: {error}"))


def run_again(uow: UnitOfWork, answer: Answer) -> None:
    """Try anew to make a lead of an answer that failed, or was taken for a robot's."""
    if answer.state in {AnswerState.FAILED, AnswerState.REFUSED, AnswerState.WAITING}:
        answer.state = AnswerState.WAITING
        uow.session.flush()
        # The job that failed may wait for a later try of its own.
        uow.enqueue(PROCESS, key=f"{answer.id} again", answer_id=answer.id)


def run_failed(uow: UnitOfWork) -> int:
    """Try every answer anew that failed; how many there are."""
    failed = select(Answer).where(Answer.state == AnswerState.FAILED)
    found = uow.session.scalars(uow.locked(failed.order_by(Answer.id))).all()
    for answer in found:
        run_again(uow, answer)
    return len(found)


def forget(run: JobRun) -> None:
    """Let go of what robots sent, and of the marks of senders' computers."""
    with run.work() as uow:
        options, now = settings_of(uow, Options), uow.now()
        refused = Answer.state == AnswerState.REFUSED
        old = Answer.created_at < now - timedelta(days=options.refused_days)
        uow.session.execute(delete(Answer).where(refused, old))
        known = Answer.created_at < now - timedelta(days=options.address_days)
        uow.session.execute(
            update(Answer)
            .where(known, Answer.address_hash.is_not(None))
            .values(address_hash=None)
        )
        run.finish(uow)
