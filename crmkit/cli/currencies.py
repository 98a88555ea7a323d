"""`crmkit currencies`: which there are, and their exchange rates."""

from __future__ import annotations

from datetime import date
from typing import IO, TYPE_CHECKING

import click

from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import FailedError, answer, json_option, table
from crmkit.core import (
    CurrencyDraft,
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
    set_rate,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from crmkit.core import CurrencyNow, RatePlan

_MOST_SENTENCES = 20
_code = click.argument("code", type=str.upper)


@click.group()
def currencies() -> None:
    """Currencies, and what one unit of each is worth in the base currency."""


@currencies.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the base currency and every one that was set up, with newest rates."""
    crm = open_for_command()
    with crm.read() as uow:
        rows = [_row(one, crm.settings.locale) for one in list_currencies(uow)]
    heads = ["code", "name", "rate", "rate_day", "state"]
    lines = table(heads, ([row[head] or "" for head in heads] for row in rows))
    answer({"items": rows}, as_json=as_json, text=lines)


def _row(now: CurrencyNow, locale: str) -> dict[str, object]:
    state = "archived" if now.archived_at else ""
    return {
        "code": now.code,
        "name": currency_name(now.code, locale),
        "rate": None if now.rate is None else _plain(now.rate),
        "rate_day": now.rate_day,
        "state": "base" if now.is_base else state,
    }


def _plain(rate: Decimal) -> str:
    return format(rate.normalize(), "f")


@currencies.command()
@_code
def add(code: str) -> None:
    """Set the currency CODE up, so that forms offer it."""
    with open_for_command().work() as uow:
        add_currency(uow, CurrencyDraft(code=code))
    click.echo(f"{code} is set up.")


@currencies.command()
@_code
def archive(code: str) -> None:
    """Offer the currency CODE no longer; leads in it and its rates stay."""
    with open_for_command().work() as uow:
        archive_currency(uow, get_currency(uow, code))
    click.echo(f"{code} is archived.")


@currencies.command()
@_code
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@json_option
def rates(code: str, limit: int, *, as_json: bool) -> None:
    """List the rates of the currency CODE, newest first."""
    with open_for_command().read() as uow:
        read_currency(uow, code)
        rows = [
            {
                "day": rate.day,
                "rate": _plain(rate.rate),
                "base": rate.base,
                "source": rate.source.value,
            }
            for rate in list_rates(uow, code, limit=limit)
        ]
    heads = ["day", "rate", "base", "source"]
    lines = table(heads, ([row[head] for head in heads] for row in rows))
    empty = f"{code} has no rate yet; crmkit currencies set {code} 0.92 enters one."
    answer({"items": rows}, as_json=as_json, text=lines if rows else empty)


@currencies.command("set")
@_code
@click.argument("rate")
@click.option("--day", help="From which day on, like 2026-12-31; without it, today.")
def set_(code: str, rate: str, day: str | None) -> None:
    """Enter what one unit of CODE is worth in the base currency: RATE."""
    with open_for_command().work() as uow:
        currency = get_currency(uow, code)
        draft = RateDraft.model_validate({"day": day or uow.today(), "rate": rate})
        kept = set_rate(uow, currency, draft)
    click.echo(f"1 {code} is {_plain(kept.rate)} {kept.base} from {kept.day} on.")


@currencies.command()
@_code
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def unset(code: str, day: date) -> None:
    """Delete the rate of CODE that was entered for DAY."""
    on = date(day.year, day.month, day.day)
    with open_for_command().work() as uow:
        delete_rate(uow, get_rate(uow, get_currency(uow, code), on))
    click.echo(f"The rate of {code} for {on} is deleted.")


@currencies.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--add", is_flag=True, help="Set up the file's currencies that are not.")
@click.option("--dry-run", is_flag=True, help="Tell what would be, and write nothing.")
@json_option
def import_(file: IO[bytes], *, add: bool, dry_run: bool, as_json: bool) -> None:
    """Enter the rates of a CSV file, all or none; “-” reads standard input.

    Its columns are day, currency and rate: what one unit is worth in the base currency.
    The files of the European Central Bank, a column for each currency, are understood.
    """
    crm = open_for_command()
    content = file.read()
    with crm.read() if dry_run else crm.work() as uow:
        found = read_rate_file(content, uow.settings.base_currency)
        if found.problems:
            raise FailedError(_sentences([str(problem) for problem in found.problems]))
        plan = import_rates(uow, list(found.rates.values()), add=add, dry=dry_run)
    answer(_summary(plan), as_json=as_json, text=_tell(plan, dry=dry_run))


def _sentences(problems: list[str]) -> str:
    more = len(problems) - _MOST_SENTENCES
    shown = problems[:_MOST_SENTENCES] + ([f"… and {more} more."] if more > 0 else [])
    return "\n".join([*shown, "Nothing was entered."])


def _summary(plan: RatePlan) -> dict[str, object]:
    return {
        "added": plan.entered.added,
        "changed": plan.entered.changed,
        "same": plan.entered.same,
        "currencies_added": list(plan.added),
        "left_out": list(plan.left_out),
    }


def _tell(plan: RatePlan, *, dry: bool) -> list[str]:
    entered = plan.entered
    numbers = f"{entered.added} new, {entered.changed} changed, {entered.same} known"
    lines = [f"Rates: {numbers}{' (nothing was written)' if dry else ''}."]
    if plan.added:
        lines.append(f"Set up: {', '.join(plan.added)}.")
    if plan.left_out:
        names = ", ".join(plan.left_out)
        lines.append(f"Left out, as no lead is in them: {names}; --add sets them up.")
    return lines


@currencies.command()
def refresh() -> None:
    """Let closed leads too take the rates of their days as they are now."""
    with open_for_command().work() as uow:
        job_id = refresh_closed_leads(uow)
    if job_id is None:
        click.echo("Every lead has the base amounts of the present rates.")
    else:
        click.echo(f"Job {job_id} gives every lead the base amounts of present rates.")
