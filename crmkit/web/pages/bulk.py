"""Changing many records from a list: asked in a dialog, tried, then done as a job."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    BulkChange,
    BulkDraft,
    CrmError,
    Job,
    JobState,
    LostReason,
    Outcome,
    UnitOfWork,
    can_add_reason,
    count_bulk,
    fields_of,
    find_field,
    get_job,
    list_named,
    list_rows,
    list_stages,
    list_teams,
    list_users,
    mark,
    offered_currencies,
    preview_bulk,
    read_columns,
    start_bulk,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.inputs import changes_of, names_known, options_of
from crmkit.web.pages.typed import read_whole
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Iterable

routes = APIRouter(include_in_schema=False)

Action = Literal["move", "assign", "edit", "tag", "win", "lose", "archive", "delete"]
MOST_ROWS = 500
SHOWN_REFUSALS = 20
DONE = {
    "lead": mark("{changed} leads changed"),
    "contact": mark("{changed} contacts changed"),
}
DONE_PARTLY = {
    "lead": mark("{changed} leads changed, {refused} refused"),
    "contact": mark("{changed} contacts changed, {refused} refused"),
}
KEEP, NOBODY = "keep", "none"


class BulkForm(BaseModel):
    """What is to be done with which leads, as the dialog sends it.

    The leads are those of `ids`, or with `every` all that the filter and words find.
    """

    do: Action
    entity: Literal["lead", "contact"] = "lead"
    ids: str = Field("", max_length=100_000)
    every: bool = False
    filter: str = ""
    q: str = ""
    field: str = ""
    value: str = ""
    currency: str = ""
    stage_id: Blank = None
    owner_id: str = KEEP
    team_id: str = KEEP
    add_tags: str = ""
    remove_tags: str = ""
    reason_id: Blank = None
    reason: str = ""
    note: str = ""
    step: Literal["preview", "do"] = "preview"

    def draft(self, uow: UnitOfWork) -> BulkDraft:
        """What the core takes."""
        change = self._change(uow)
        if self.every:
            return BulkDraft(
                entity=self.entity, filter=self.filter, q=self.q, change=change
            )
        return BulkDraft(entity=self.entity, ids=_numbers(self.ids), change=change)

    def _change(self, uow: UnitOfWork) -> BulkChange:
        match self.do:
            case "move":
                return BulkChange(set={"stage_id": self.stage_id or 0})
            case "assign":
                given = {"owner_id": self.owner_id, "team_id": self.team_id}
                kept = {n: value for n, value in given.items() if value != KEEP}
                wanted = {
                    name: None if value == NOBODY else read_whole(value)
                    for name, value in kept.items()
                }
                return BulkChange(set=wanted)
            case "edit":
                found = find_field(uow, self.entity, self.field)
                return BulkChange(set=changes_of(uow, found, self.value, self.currency))
            case "tag":
                added, removed = _words(self.add_tags), _words(self.remove_tags)
                return BulkChange(add_tags=added, remove_tags=removed)
            case "lose":
                reason = self.reason.strip() or None
                return BulkChange(
                    action="lose",
                    reason_id=self.reason_id,
                    reason=reason,
                    note=self.note or None,
                )
        return BulkChange(action=self.do)


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise NoLeadsChosenError
    return tuple(int(part) for part in parts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


class NoLeadsChosenError(CrmError):
    """Nothing was selected."""

    def __init__(self) -> None:
        super().__init__(mark("Choose leads of the list first."))


@routes.get("/leads/bulk")
def ask(request: Request, form: Annotated[BulkForm, Query()]) -> Response:
    """The dialog that asks what is to be done."""
    with work(request) as uow:
        return _dialog(request, uow, form)


def _dialog(
    request: Request, uow: UnitOfWork, form: BulkForm, error: str = ""
) -> Response:
    def say(text: str) -> str:
        return sentence(request, uow, text)

    fields = [
        (name, say(field.label))
        for name, field in fields_of(uow, form.entity).items()
        if field.is_editable and name != "stage"
    ]
    field = fields_of(uow, form.entity).get(form.field)
    return page(
        request,
        uow,
        "bulk/ask.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        form=form,
        kept=_kept(form, "do entity ids every filter q"),
        count=_count(uow, form),
        error=error,
        fields=sorted(fields, key=lambda pair: pair[1].casefold()),
        field=field,
        options=options_of(uow, field, say) if field else [],
        known=names_known(uow, field) if field else [],
        stages=[(stage.id, stage.name) for stage in list_stages(uow)],
        owners=[(user.id, user.name) for user in list_users(uow)],
        teams=[(team.id, team.name) for team in list_teams(uow)],
        can_add_reason=can_add_reason(uow),
        reasons=[(reason.id, reason.name) for reason in list_named(uow, LostReason)],
        currencies=offered_currencies(uow),
    )


def _count(uow: UnitOfWork, form: BulkForm) -> int:
    if not form.every:
        return len(_numbers(form.ids))
    anything = BulkChange(action="delete")
    draft = BulkDraft(entity=form.entity, filter=form.filter, q=form.q, change=anything)
    return count_bulk(uow, draft)[0]


def _kept(form: BulkForm, names: str) -> dict[str, str]:
    """The parts of the form that the next step sends again."""
    values = form.model_dump()
    return {
        name: "on" if values[name] is True else str(values[name])
        for name in names.split()
        if values[name] not in ("", None, False)
    }


@routes.post("/leads/bulk")
def change(request: Request, form: Annotated[BulkForm, Form()]) -> Response:
    """Try the change on the first leads and say what would come of it; or start it."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        try:
            draft = form.draft(uow)
            if form.step == "do":
                return _progress(request, uow, get_job(uow, start_bulk(uow, draft)))
            found = preview_bulk(uow, draft, say)
        except ValidationError as error:
            said = field_errors(error.errors(), say)
            return _dialog(request, uow, form, said[0]["message"])
        except CrmError as error:
            return _dialog(request, uow, form, error.text(say))
        return page(
            request,
            uow,
            "bulk/preview.html",
            form=form,
            kept=_kept(form, " ".join(BulkForm.model_fields)),
            preview=found,
            refused=_named(uow, form.entity, found.refused[:SHOWN_REFUSALS]),
        )


def _named(
    uow: UnitOfWork, entity: str, refused: Iterable[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """Refused records: where they are, what they are called, and why."""
    rows = list(refused)
    values = read_columns(uow, entity, ["name"], [row["lead_id"] for row in rows])
    place = "contacts" if entity == "contact" else "leads"
    return [
        (f"/{place}/{row['lead_id']}", values[row["lead_id"]]["name"], row["reason"])
        for row in rows
    ]


@routes.get("/leads/bulk/{job_id}")
def show_progress(request: Request, job_id: int) -> Response:
    """How far a change of many leads is; in the end, what came of it."""
    with work(request) as uow:
        return _progress(request, uow, get_job(uow, job_id))


def _progress(request: Request, uow: UnitOfWork, job: Job) -> Response:
    result: dict[str, int] = job.result or {}
    is_done = job.state is JobState.DONE
    refused = result.get(Outcome.REFUSED.value, 0)
    rows = list_rows(uow, job.id, limit=MOST_ROWS) if is_done and refused else []
    said = [
        {"lead_id": row["record_id"], "reason": row["sentence"]}
        for row in rows
        if row["outcome"] is Outcome.REFUSED
    ]
    entity = "contact" if job.name == "change_contacts" else "lead"
    text = sentence(request, uow, (DONE_PARTLY if refused else DONE)[entity])
    return page(
        request,
        uow,
        "bulk/progress.html",
        job=job,
        state=job.state.value,
        is_moving=job.state in {JobState.WAITING, JobState.RUNNING},
        is_done=is_done,
        sentence=text.format(changed=result.get("changed", 0), refused=refused),
        refused=_named(uow, entity, said[:SHOWN_REFUSALS]),
        entity=entity,
        change_id=job.change_id if result.get("changed") else "",
    )
