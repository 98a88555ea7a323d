"""The pages on which forms are built, put onto a site, and their answers read."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError, LeadKind, list_teams, list_templates, list_users
from crmkit.web import changed, needs, page, sentence, work
from crmkit_web_forms.answers import (
    PAGE,
    count_outcomes,
    count_reasons,
    get_answer,
    list_answers,
)
from crmkit_web_forms.asking import askable, asked_by, said_in
from crmkit_web_forms.forms import (
    FIRST_FIELDS,
    FieldDraft,
    FormDraft,
    add_form,
    consent_of,
    edit_form,
    get_form,
    list_forms,
)
from crmkit_web_forms.permissions import BUILDING, READING
from crmkit_web_forms.processing import run_again
from crmkit_web_forms.reading import PLUGIN
from crmkit_web_forms.typed import (
    AnswersQuery,
    FieldForm,
    FormForm,
    NameForm,
    OrderForm,
    TitleForm,
)
from crmkit_web_forms.words import RUNNING, STATES, explain

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit_web_forms.tables import Form as WebForm

routes = APIRouter()
HERE = "/p/web_forms/forms"


def _to(form: WebForm, part: str = "") -> Response:
    return RedirectResponse(f"{HERE}/{form.id}{part}", status_code=HTTPStatus.SEE_OTHER)


@routes.get("/forms")
@needs(READING)
def show_list(request: Request) -> Response:
    """Every form with its numbers."""
    with work(request) as uow:
        return _list(request, uow)


def _list(
    request: Request, uow: UnitOfWork, error: str = "", status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        uow,
        "web_forms/forms.html",
        status,
        forms=list_forms(uow),
        counts=count_outcomes(uow),
        may_build=uow.may(BUILDING),
        error=error,
    )


@routes.post("/forms")
@needs(BUILDING)
def make(request: Request, typed: Annotated[TitleForm, Form()]) -> Response:
    """A new form that asks the usual things, to be shaped."""
    with work(request) as uow:
        fields = tuple(FieldDraft(**line) for line in FIRST_FIELDS)
        try:
            draft = FormDraft(title=typed.title, fields=fields)
        except ValidationError:
            said = sentence(request, uow, TitleForm.NEEDED, PLUGIN)
            return _list(request, uow, said, HTTPStatus.UNPROCESSABLE_ENTITY)
        return _to(add_form(uow, draft))


@routes.get("/forms/{form_id}")
@needs(BUILDING)
def show_builder(request: Request, form_id: int) -> Response:
    """The form as it is built, beside what visitors will see."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        consent = consent_of(uow, form)
        typed = FormForm.of(form, consent.texts if consent else {})
        return _builder(request, uow, form, typed)


def _builder(
    request: Request,
    uow: UnitOfWork,
    form: WebForm,
    typed: FormForm,
    error: CrmError | None = None,
) -> Response:
    def say(text: str) -> str:
        return sentence(request, uow, text, PLUGIN)

    names = {line["name"] for line in form.fields}
    known = askable(uow)
    consent = consent_of(uow, form)
    errors = {} if error is None else {error.field or "title": error.text(say)}
    return page(
        request,
        uow,
        "web_forms/builder.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        form=form,
        typed=typed,
        errors=errors,
        visit=SimpleNamespace(asked=asked_by(uow, form, say)),
        lines=[(line, _label(known, line, say)) for line in form.fields],
        others=[(n, say(f.label)) for n, f in known.items() if n not in names],
        consent=said_in(consent.texts, uow.actor.locale) if consent else "",
        shown=SimpleNamespace(values={}, errors={}, has_consent=False),
        names={"consent": "consent"},
        teams=[(team.id, team.name) for team in list_teams(uow)],
        mails=[(one.id, one.name) for one in list_templates(uow)],
        users=[(user.id, user.name) for user in list_users(uow)],
        kinds=[(kind.value, say(kind.value)) for kind in LeadKind],
    )


def _label(known: Any, line: dict[str, Any], say: Any) -> str:
    field = known.get(line["name"])
    return say(field.label) if field else str(line["name"])


@routes.post("/forms/{form_id}")
@needs(BUILDING)
def change(
    request: Request, form_id: int, typed: Annotated[FormForm, Form()]
) -> Response:
    """Keep texts, where leads go, and how robots are met."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        try:
            with uow.session.begin_nested():
                edit_form(uow, form, typed.changes(), typed.based_on())
        except CrmError as error:
            uow.session.refresh(form)
            return _builder(request, uow, form, typed, error)
        return _to(form)


@routes.post("/forms/{form_id}/fields")
@needs(BUILDING)
def add_field(
    request: Request, form_id: int, typed: Annotated[NameForm, Form()]
) -> Response:
    """Ask one more field, at the end."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        line = FieldDraft(name=typed.name).model_dump()
        more = {"most_files": form.most_files or 1} if typed.name == "files" else {}
        edit_form(uow, form, {"fields": [*form.fields, line], **more})
        return _to(form, "#fields")


@routes.post("/forms/{form_id}/order")
@needs(BUILDING)
def order(
    request: Request, form_id: int, typed: Annotated[OrderForm, Form()]
) -> Response:
    """Put the fields into the order that they were dragged into."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        places = {name: at for at, name in enumerate(typed.list())}
        last = len(places)
        fields = sorted(form.fields, key=lambda f: places.get(f["name"], last))
        edit_form(uow, form, {"fields": fields})
        return _to(form, "#fields")


@routes.post("/forms/{form_id}/fields/{name}")
@needs(BUILDING)
def change_field(
    request: Request, form_id: int, name: str, typed: Annotated[FieldForm, Form()]
) -> Response:
    """Other words for a field, its place, or out with it."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        edit_form(uow, form, {"fields": typed.applied(form.fields, name)})
        return _to(form, "#fields")


@routes.get("/forms/{form_id}/publish")
@needs(BUILDING)
def show_publishing(request: Request, form_id: int) -> Response:
    """Address, frame and plain HTML, to be copied."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        asked = asked_by(uow, form, lambda t: sentence(request, uow, t, PLUGIN))
        address = f"{str(request.base_url).rstrip('/')}/p/web_forms/f/{form.slug}"
        plain = [replace(one, options=one.options[:300]) for one in asked]
        return page(
            request,
            uow,
            "web_forms/publish.html",
            form=form,
            address=address,
            asked=plain,
            consent=consent_of(uow, form),
        )


@routes.get("/forms/{form_id}/answers")
@needs(READING)
def show_answers(
    request: Request, form_id: int, asked: Annotated[AnswersQuery, Query()]
) -> Response:
    """What was sent, what became of it and why."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        found = list_answers(uow, form, asked.state_or_none(), asked.before_or_none())

        def say(text: str) -> str:
            return sentence(request, uow, text, PLUGIN)

        return page(
            request,
            uow,
            "web_forms/answers.html",
            form=form,
            answers=[(one, explain(one, say)) for one in found],
            more=found[-1].id if len(found) == PAGE else None,
            state=asked.state,
            states=STATES,
            count=count_outcomes(uow).get(form.id, {}),
            reasons=[
                (s, w, say(r) if r else "", n)
                for s, w, r, n in count_reasons(uow, form)
            ],
            labels={name: say(f.label) for name, f in askable(uow).items()},
            may_build=uow.may(BUILDING),
        )


@routes.post("/answers/{answer_id}/run")
@needs(READING)
def run(request: Request, answer_id: int) -> Response:
    """Try anew to make a lead of an answer."""
    with work(request) as uow:
        answer = get_answer(uow, answer_id)
        run_again(uow, answer)
        said = sentence(request, uow, RUNNING, PLUGIN)
        back = f"{HERE}/{answer.form_id}/answers"
        return changed(request, uow, said, href=back)
