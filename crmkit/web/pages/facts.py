"""Editing a lead one value at a time, in its page or in a cell of the list."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import Field, ValidationError
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    Event,
    Lead,
    NotFoundError,
    StaleError,
    UnitOfWork,
    UnknownFieldError,
    User,
    edit_lead,
    find_field,
    get_lead,
    get_stage,
    mark,
    move_lead,
    offered_currencies,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.inputs import changes_of, column_of, options_of, typed_of
from crmkit.web.pages.lead import lead_context
from crmkit.web.pages.lead_list import LEADS
from crmkit.web.pages.listed import ListAsked, ListState
from crmkit.web.pages.shown import Shower
from crmkit.web.pages.shown_list import ShownList
from crmkit.web.pages.typed import read_whole
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

SAVED = mark("{label} saved")
SAME = mark("{label} is as it was")
PREFIX = "custom."
STAGE = "stage"


class FactAsked(ListAsked):
    """Where a value is edited: in its lead's page, or in the list that one looks at."""

    in_list: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """What the form sends again, so that the answer fits the list."""
        if not self.in_list:
            return {}
        return {**ListState.asked(LEADS, self).query, "in_list": "on"}

    def place(self, lead_id: int, name: str) -> str:
        """The selector of what shows the value."""
        if self.in_list:
            return f"[data-row='{lead_id}'] > [data-cell='{name}']"
        return f"#fact-{name}"


class FactForm(FactAsked):
    """A value as it was typed or ticked, and the version that it was typed over."""

    value: str = ""
    picked: list[str] = Field(default_factory=list)
    version: Blank = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Who changed a field since a version, when, and what else he changed."""

    name: str
    at: Any
    old: Any
    others: list[tuple[str, str]]


@routes.get("/leads/{lead_id}/fields/{name}")
def show_form(
    request: Request, lead_id: int, name: str, asked: Annotated[FactAsked, Query()]
) -> Response:
    """The form of one value."""
    with work(request) as uow:
        shower = _shower(request, uow, lead_id, name)
        return _form(shower, name, asked, _typed_value(shower, name))


def _shower(request: Request, uow: UnitOfWork, lead_id: int, name: str) -> Shower:
    shower = Shower(request, uow, get_lead(uow, lead_id))
    find_field(uow, "lead", name)
    if name != STAGE and not shower.fact(name).is_editable:
        raise UnknownFieldError(name)
    return shower


def _typed_value(shower: Shower, name: str) -> str:
    """The value as one would type it."""
    fact = shower.fact(name)
    if fact.type in {"text", "contact"}:
        return fact.text
    return typed_of(fact.value, shower.uow.settings.zone)


def _form(
    shower: Shower, name: str, asked: FactAsked, typed: str, error: str = ""
) -> Response:
    fact, uow = shower.fact(name), shower.uow
    return page(
        shower.request,
        uow,
        "lead/_fact_form.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        record=shower.lead,
        fields_at=f"/leads/{shower.lead.id}/fields",
        fact=fact,
        value=typed,
        options=options_of(uow, find_field(uow, "lead", name), shower.say),
        currencies=list(
            dict.fromkeys([shower.lead.currency, *offered_currencies(uow)])
        ),
        error=error,
        place=asked.place(shower.lead.id, name),
        kept=asked.kept,
    )


@routes.post("/leads/{lead_id}/fields/{name}")
def save(
    request: Request, lead_id: int, name: str, form: Annotated[FactForm, Form()]
) -> Response:
    """Keep one value; or say what is wrong with it, or who changed it meanwhile."""
    with work(request) as uow:
        shower = _shower(request, uow, lead_id, name)
        before = shower.lead.version
        try:
            with uow.session.begin_nested():
                _save(uow, shower.lead, name, form)
        except ValidationError as error:
            found = field_errors(error.errors(), shower.say)
            return _form(shower, name, form, form.value, found[0]["message"])
        except StaleError:
            return _conflict(shower, name, form)
        except CrmError as error:
            return _form(shower, name, form, form.value, error.text(shower.say))
        is_same = shower.lead.version == before
        return _saved(Shower(request, uow, shower.lead), name, form, is_same=is_same)


def _save(uow: UnitOfWork, lead: Lead, name: str, form: FactForm) -> None:
    if name == STAGE:
        move_lead(uow, lead, get_stage(uow, _stage_id(form.value)), form.version)
    else:
        edit_lead(uow, lead, _changes(uow, name, form), form.version)


def _stage_id(typed: str) -> int:
    found = read_whole(typed)
    if not isinstance(found, int):
        raise NotFoundError(STAGE, 0)
    return found


def _saved(shower: Shower, name: str, form: FactForm, *, is_same: bool) -> Response:
    """The parts of the page, or of the list, that show something new."""
    request, uow, fact = shower.request, shower.uow, shower.fact(name)
    said = sentence(request, uow, SAME if is_same else SAVED)
    toast = {
        "sentence": said.format(label=fact.label),
        "change_id": "" if is_same else uow.change_id,
    }
    if not form.in_list:
        known = lead_context(request, uow, shower.lead)
        return page(request, uow, "lead/_saved.html", fact=fact, **toast, **known)
    shown = ShownList(request, uow, ListState.asked(LEADS, form))
    row, sums = shown.row(shower.lead.id), shown.sums()
    return page(
        request,
        uow,
        "leads/_cell_saved.html",
        shown=row,
        columns=shown.columns,
        placed=shown.placed(row.rows),
        state=shown.state,
        lead_id=shower.lead.id,
        is_grouped=bool(shown.state.group),
        count=sums.count,
        sums=sums,
        **toast,
    )


def _changes(uow: UnitOfWork, name: str, form: FactForm) -> dict[str, Any]:
    field = find_field(uow, "lead", name)
    typed = form.picked or form.value
    return changes_of(uow, field, typed, form.currency)


def _conflict(shower: Shower, name: str, form: FactForm) -> Response:
    uow, lead = shower.uow, shower.lead
    uow.session.refresh(lead)
    fact = shower.fact(name)
    field = find_field(uow, "lead", name)
    column = f"{PREFIX}{name}" if field.is_custom else column_of(field)
    since = _meanwhile(shower, column, form.version or 0)
    changes = _changes(uow, name, form)
    mine = changes["custom"][name] if field.is_custom else changes[column]
    return page(
        shower.request,
        uow,
        "lead/_conflict.html",
        HTTPStatus.CONFLICT,
        record=lead,
        fields_at=f"/leads/{lead.id}/fields",
        fact=fact,
        mine=", ".join(form.picked) or form.value,
        mine_text=_worded(shower, name, mine),
        theirs=_typed_value(shower, name),
        theirs_text=_worded(shower, name, fact.value),
        base_text=_worded(shower, name, since.old),
        their_name=since.name,
        their_at=since.at,
        others=since.others,
        currency=form.currency,
        kept=form.kept,
    )


def _worded(shower: Shower, name: str, value: Any) -> str:
    """A value as one reads it where it is chosen, else as the page shows it."""
    options = options_of(shower.uow, find_field(shower.uow, "lead", name), shower.say)
    labels = {str(choice): label for choice, label in options}
    key = str(value).lower() if isinstance(value, bool) else str(value)
    return labels.get(key) or shower.text(name, value)


def _meanwhile(shower: Shower, column: str, version: int) -> Meanwhile:
    lead: Lead = shower.lead
    rows = shower.uow.session.execute(
        select(Event, User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            Event.entity == "lead",
            Event.record_id == lead.id,
            Event.version > version,
        )
        .order_by(Event.id)
    ).all()
    names = {column, f"{column}_id"}
    touching = [(event, who) for event, who in rows if names & event.values.keys()]
    first, (last, who) = touching[0][0], touching[-1]
    others = {
        key.removesuffix("_id").removeprefix(PREFIX): values[1]
        for event, _ in rows
        for key, values in event.values.items()
        if key not in names
    }
    shown = [
        (
            shower.say(find_field(shower.uow, "lead", key).label),
            _worded(shower, key, value),
        )
        for key, value in others.items()
        if key in shower.known_fields()
    ]
    old = next(first.values[key][0] for key in names if key in first.values)
    return Meanwhile(who or "crmkit", last.at, old, shown)
