"""The settings of currencies: which there are, their rates by hand and by file."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    CurrencyDraft,
    CurrencyNow,
    NewRate,
    RateDraft,
    RatePlan,
    RateTable,
    Role,
    UnitOfWork,
    User,
    add_currency,
    archive_currency,
    count_by_currency,
    currency_name,
    currency_names,
    delete_rate,
    get_currency,
    get_rate,
    import_rates,
    list_currencies,
    list_rates,
    read_currency,
    read_rate_file,
    refresh_closed_leads,
    set_rate,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.places import settings_places
from crmkit.web.pages.typed import read_number
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

HERE = "/settings/currencies"
MOST_SENTENCES = 30
RATES = 100
SHOWN = 20


class RateForm(BaseModel):
    """A rate as it was typed."""

    day: str = ""
    rate: str = ""


class FileForm(BaseModel):
    """The rates of a file that was looked at, and whether its currencies are new."""

    text: str = ""
    add: str = ""


def _to(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _list(
    request: Request, uow: UnitOfWork, errors: dict[str, str] | None = None
) -> Response:
    found = list_currencies(uow, count_by_currency(uow))
    known = {one.code for one in found if one.id is not None or one.is_base}
    locale = uow.actor.locale
    choices = [
        (code, f"{code} · {name}")
        for code, name in currency_names(locale)
        if code not in known
    ]
    return page(
        request,
        uow,
        "settings/currencies.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        here="settings",
        settings_places=settings_places(request, uow),
        currencies=[(one, currency_name(one.code, locale)) for one in found],
        lacking=[one for one in found if one.leads and one.rate is None],
        choices=choices,
        errors=errors or {},
    )


@routes.get(HERE)
def show_currencies(request: Request) -> Response:
    """Every currency with its newest rate."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        return _list(request, uow)


@routes.post(HERE)
def add(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Set a currency up, and go to its rates."""
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                add_currency(uow, CurrencyDraft(code=code))
        except (CrmError, ValidationError) as error:
            uow.require(Role.ADMIN)
            return _list(request, uow, {"code": _say(request, uow, error)})
        return _to(f"{HERE}/{code}")


def _say(request: Request, uow: UnitOfWork, error: CrmError | ValidationError) -> str:
    if isinstance(error, CrmError):
        return error.text(lambda text: sentence(request, uow, text))
    found = field_errors(error.errors(), lambda text: sentence(request, uow, text))
    return found[0]["message"]


@routes.post(HERE + "/refresh")
def refresh(request: Request) -> Response:
    """Let closed leads too take the present rates of their days."""
    with work(request) as uow:
        refresh_closed_leads(uow)
        return _to(HERE)


@routes.post(HERE + "/file")
def look_at_file(
    request: Request,
    file: Annotated[UploadFile | None, File()] = None,
    add: Annotated[str, Form()] = "",
) -> Response:
    """What a file would bring, or what is wrong with it, a sentence for each line."""
    content = file.file.read() if file is not None else b""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        try:
            table = read_rate_file(content, uow.settings.base_currency)
            rates = list(table.rates.values())
            plan = import_rates(uow, rates, add=bool(add), dry=True)
        except CrmError as error:
            return _list(request, uow, {"file": _say(request, uow, error)})
        return _preview(request, uow, table, plan, is_adding=bool(add))


def _preview(
    request: Request,
    uow: UnitOfWork,
    table: RateTable,
    plan: RatePlan,
    *,
    is_adding: bool,
) -> Response:
    lines = [f"{rate.day};{rate.currency};{rate.rate}" for rate in table.rates.values()]
    return page(
        request,
        uow,
        "settings/rate_file.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if table.problems else HTTPStatus.OK,
        here="settings",
        settings_places=settings_places(request, uow),
        plan=plan,
        rates=_newest(table, plan),
        problems=[_say(request, uow, one) for one in table.problems[:MOST_SENTENCES]],
        more=max(len(table.problems) - MOST_SENTENCES, 0),
        text="\n".join(lines),
        is_adding=is_adding,
    )


def _newest(table: RateTable, plan: RatePlan) -> list[NewRate]:
    """The newest rates of a file that would be entered."""
    wanted = [
        rate for rate in table.rates.values() if rate.currency not in plan.left_out
    ]
    return sorted(wanted, key=lambda rate: (rate.day, rate.currency))[-SHOWN:]


@routes.post(HERE + "/rates")
def enter_file(request: Request, form: Annotated[FileForm, Form()]) -> Response:
    """Enter the rates of the file that was looked at, all or none."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        try:
            table = read_rate_file(form.text.encode(), uow.settings.base_currency)
        except CrmError as error:
            return _list(request, uow, {"file": _say(request, uow, error)})
        if table.problems:
            plan = import_rates(uow, list(table.rates.values()), dry=True)
            return _preview(request, uow, table, plan, is_adding=bool(form.add))
        import_rates(uow, list(table.rates.values()), add=bool(form.add))
        return _to(HERE)


@routes.get(HERE + "/{code}")
def show_rates(request: Request, code: str) -> Response:
    """The rates of a currency, and the form of a new one."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        form = RateForm(day=uow.today().isoformat())
        return _rates(request, uow, read_currency(uow, code), form)


def _rates(
    request: Request,
    uow: UnitOfWork,
    currency: CurrencyNow,
    form: RateForm,
    errors: dict[str, str] | None = None,
) -> Response:
    found = list_rates(uow, currency.code, limit=RATES + 1)
    ids = {rate.entered_by_id for rate in found} - {None}
    names = {one: uow.session.get_one(User, one).name for one in ids}
    return page(
        request,
        uow,
        "settings/currency.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        here="settings",
        settings_places=settings_places(request, uow),
        currency=currency,
        name=currency_name(currency.code, uow.actor.locale),
        rates=[(rate, names.get(rate.entered_by_id, "")) for rate in found[:RATES]],
        has_more=len(found) > RATES,
        typed=form,
        errors=errors or {},
    )


@routes.post(HERE + "/{code}/rates")
def enter_rate(
    request: Request, code: str, form: Annotated[RateForm, Form()]
) -> Response:
    """Enter the rate of a day; or the form again, with what is wrong."""
    with work(request) as uow:
        currency = get_currency(uow, code)
        number = read_number(form.rate, uow.actor.locale)
        try:
            draft = RateDraft.model_validate({"day": form.day, "rate": number})
            set_rate(uow, currency, draft)
        except ValidationError as error:
            found = field_errors(
                error.errors(), lambda text: sentence(request, uow, text)
            )
            errors = {one["field"]: one["message"] for one in found}
        except CrmError as error:
            uow.require(Role.ADMIN)
            errors = {"rate": _say(request, uow, error)}
        else:
            return _to(f"{HERE}/{code}")
        return _rates(request, uow, read_currency(uow, code), form, errors)


@routes.post(HERE + "/{code}/rates/{day}/delete")
def remove_rate(request: Request, code: str, day: date) -> Response:
    """Take the rate of a day away."""
    with work(request) as uow:
        delete_rate(uow, get_rate(uow, get_currency(uow, code), day))
        return _to(f"{HERE}/{code}")


@routes.post(HERE + "/{code}/archive")
def archive(request: Request, code: str) -> Response:
    """Offer a currency no longer."""
    with work(request) as uow:
        archive_currency(uow, get_currency(uow, code))
        return _to(HERE)
