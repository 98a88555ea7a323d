"""Currencies and their exchange rates, for scripts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    FIRST_DAY,
    LAST_DAY,
    CurrencyDraft,
    CurrencyNow,
    ExchangeRate,
    InvalidError,
    RateDraft,
    add_currency,
    archive_currency,
    currency_name,
    delete_rate,
    get_currency,
    get_rate,
    import_rates,
    list_currencies,
    list_rates,
    read_currency,
    read_rate_file,
    refresh_closed_leads,
    restore_currency,
    set_rate,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["currencies"])

Day = Annotated[date, Query(ge=FIRST_DAY, le=LAST_DAY)]


class CurrencyPatch(BaseModel):
    """Whether a currency is offered no longer."""

    model_config = ConfigDict(extra="forbid")

    is_archived: bool


def _currency(now: CurrencyNow, locale: str) -> dict[str, Any]:
    return {
        "code": now.code,
        "version": now.version,
        "name": currency_name(now.code, locale),
        "digits": now.digits,
        "is_base": now.is_base,
        "archived_at": now.archived_at,
        "rate": now.rate,
        "rate_day": now.rate_day,
    }


def _rate(rate: ExchangeRate) -> dict[str, Any]:
    return {
        "currency": rate.currency,
        "base": rate.base,
        "day": rate.day,
        "rate": rate.rate,
        "source": rate.source,
        "entered_by_id": rate.entered_by_id,
        "entered_at": rate.entered_at,
        "version": rate.version,
    }


@routes.get("/currencies", response_model=shapes.Items[shapes.Currency])
def list_all_currencies(request: Request) -> Response:
    """The base currency and every one that was set up, each with its newest rate."""
    with work(request) as uow:
        found = list_currencies(uow)
        items = [_currency(one, uow.actor.locale) for one in found]
        return json_answer({"items": items})


@routes.post("/currencies", status_code=201, response_model=shapes.Currency)
def create_currency(request: Request, draft: CurrencyDraft) -> Response:
    """Set a currency up, or take an archived one back."""
    with work(request) as uow:
        new = add_currency(uow, draft)
        now = read_currency(uow, new.code)
        return json_answer(_currency(now, uow.actor.locale), status=201)


@routes.post("/currencies/rates", response_model=shapes.EnteredRates)
def upload_rates(
    request: Request,
    file: Annotated[UploadFile, File(description="Rows of day, currency, rate.")],
    *,
    add: Annotated[bool, Form(description="Set the file's currencies up.")] = False,
    dry_run: Annotated[bool, Form(description="Only tell what would be.")] = False,
) -> Response:
    """Enter the rates of a CSV file, all or none; the ECB's files are understood.

    `left_out` names currencies that were not set up and that no lead is in. With a line
    that cannot be read nothing is entered, and `errors` has a sentence for each.
    """
    content = file.file.read()
    with work(request) as uow:
        table = read_rate_file(content, uow.settings.base_currency)
        if table.problems:
            raise InvalidError(list(table.problems[:100]))
        plan = import_rates(uow, list(table.rates.values()), add=add, dry=dry_run)
        return json_answer(
            {
                "added": plan.entered.added,
                "changed": plan.entered.changed,
                "same": plan.entered.same,
                "currencies_added": plan.added,
                "left_out": plan.left_out,
                "dry_run": dry_run,
            }
        )


@routes.post("/currencies/refresh", response_model=shapes.StartedJob)
def refresh_currencies(request: Request) -> Response:
    """Let closed leads too take the rates of their days as they are now.

    `job_id` is the job that does what is left; null when all is done.
    """
    with work(request) as uow:
        return json_answer({"job_id": refresh_closed_leads(uow)})


@routes.get("/currencies/{code}", response_model=shapes.Currency)
def read_one_currency(request: Request, code: str) -> Response:
    """One currency, with its newest rate."""
    with work(request) as uow:
        now = read_currency(uow, code)
        return json_answer(_currency(now, uow.actor.locale))


@routes.patch("/currencies/{code}", response_model=shapes.Currency)
def change_currency(request: Request, code: str, changes: CurrencyPatch) -> Response:
    """Archive a currency, or offer it again."""
    with work(request) as uow:
        change = archive_currency if changes.is_archived else restore_currency
        change(uow, get_currency(uow, code))
        now = read_currency(uow, code)
        return json_answer(_currency(now, uow.actor.locale))


@routes.delete("/currencies/{code}", status_code=204)
def delete_currency(request: Request, code: str) -> Response:
    """Offer a currency no longer; leads in it and its rates stay."""
    with work(request) as uow:
        archive_currency(uow, get_currency(uow, code))
        return Response(status_code=204)


@routes.get("/currencies/{code}/rates", response_model=shapes.Page[shapes.ExchangeRate])
def list_currency_rates(
    request: Request,
    code: str,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[Day | None, Query(description="Days before this one.")] = None,
) -> Response:
    """The rates of a currency, newest first."""
    with work(request) as uow:
        read_currency(uow, code)
        found = list_rates(uow, code, before=cursor, limit=limit + 1)
        shown = [_rate(rate) for rate in found[:limit]]
        more = len(found) > limit
        last = found[limit - 1].day if more else None
        return json_answer({"items": shown, "next_cursor": last, "has_more": more})


@routes.post(
    "/currencies/{code}/rates", status_code=201, response_model=shapes.ExchangeRate
)
def enter_rate(request: Request, code: str, draft: RateDraft) -> Response:
    """The rate of a day, new or instead of the one that was there."""
    with work(request) as uow:
        rate = set_rate(uow, get_currency(uow, code), draft)
        return json_answer(_rate(rate), status=201)


@routes.delete("/currencies/{code}/rates/{day}", status_code=204)
def remove_rate(request: Request, code: str, day: date) -> Response:
    """Take the rate of a day away."""
    with work(request) as uow:
        delete_rate(uow, get_rate(uow, get_currency(uow, code), day))
        return Response(status_code=204)
