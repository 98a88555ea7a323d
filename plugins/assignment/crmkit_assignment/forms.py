"""What is typed on the page of rules, read into drafts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from crmkit.core import CrmError, mark
from crmkit_assignment.rules import (
    MemberRuleDraft,
    OptionsDraft,
    TeamRuleDraft,
    WrongAbsenceError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit_assignment.tables import Options


class WrongNumberError(CrmError):
    """A number that was typed is none."""

    def __init__(self, field: str, most: int) -> None:
        super().__init__(
            mark("A whole number from 0 to {most} is needed here."),
            field=field,
            most=most,
        )


class OptionsForm(BaseModel):
    """The options as a browser sends them: a box that is not ticked is missing."""

    model_config = ConfigDict(extra="forbid")

    is_scheduled: str = ""
    on_arrival: str = ""
    same_company: str = ""
    min_age_hours: str = ""
    max_age_days: str = ""


class TeamForm(BaseModel):
    """The rule of a team as a browser sends it."""

    model_config = ConfigDict(extra="forbid")

    accepts: str = ""
    is_out: str = ""
    merges: str = ""


class MemberForm(BaseModel):
    """The rule of a member as a browser sends it; `absences` a line for each."""

    model_config = ConfigDict(extra="forbid")

    accepts: str = ""
    preferred: str = ""
    is_out: str = ""
    daily: str = ""
    weekdays: list[str] = Field(default_factory=list)
    absences: str = ""


def read_options_form(form: OptionsForm) -> OptionsDraft:
    """What of the options is to be. Raises WrongNumberError."""
    return OptionsDraft(
        is_scheduled=bool(form.is_scheduled),
        on_arrival=bool(form.on_arrival),
        same_company=bool(form.same_company),
        min_age_hours=_read_number("min_age_hours", form.min_age_hours, 8760) or 0,
        max_age_days=_read_number("max_age_days", form.max_age_days, 3650) or 0,
    )


def show_options(options: Options) -> OptionsForm:
    """The options as the page shows them."""
    return OptionsForm(
        is_scheduled="on" if options.is_scheduled else "",
        on_arrival="on" if options.on_arrival else "",
        same_company="on" if options.same_company else "",
        min_age_hours=str(options.min_age_hours),
        max_age_days=str(options.max_age_days),
    )


def show_team(rule: Mapping[str, Any]) -> TeamForm:
    """The rule of a team, as `describe_rules` gives it, as the page shows it."""
    return TeamForm(
        accepts=rule["filter"],
        is_out="on" if rule["is_out"] else "",
        merges="on" if rule["merges"] else "",
    )


def show_member(rule: Mapping[str, Any]) -> MemberForm:
    """The rule of a member, as `describe_rules` gives it, as the page shows it."""
    return MemberForm(
        accepts=rule["filter"],
        preferred=rule["preferred"],
        is_out="on" if rule["is_out"] else "",
        daily="" if rule["daily"] is None else str(rule["daily"]),
        weekdays=[str(day) for day in rule["weekdays"]],
        absences="\n".join(f"{first} {last}" for first, last in rule["absences"]),
    )


def read_team(form: TeamForm) -> TeamRuleDraft:
    """What of a team's rule is to be."""
    return TeamRuleDraft(
        filter=form.accepts[:4000],
        is_out=bool(form.is_out),
        merges=bool(form.merges),
    )


def read_member(form: MemberForm) -> MemberRuleDraft:
    """What of a member's rule is to be. Raises WrongNumberError, WrongAbsenceError."""
    return MemberRuleDraft(
        filter=form.accepts[:4000],
        preferred=form.preferred[:4000],
        is_out=bool(form.is_out),
        daily=_read_number("daily", form.daily, 100_000),
        weekdays=[_read_number("weekdays", day, 6) or 0 for day in form.weekdays[:7]],
        absences=[
            _read_absence(line) for line in form.absences.split("\n") if line.strip()
        ],
    )


def _read_number(field: str, text: str, most: int) -> int | None:
    """A number that was typed, None where nothing was."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < len("1000000")):
        raise WrongNumberError(field, most)
    if int(text) > most:
        raise WrongNumberError(field, most)
    return int(text)


def _read_absence(line: str) -> tuple[date, date]:
    """The days of a line: one alone, or the first and the last."""
    found = [word for word in line.replace("\N{EN DASH}", " ").split() if word != "-"]
    try:
        days = [date.fromisoformat(word) for word in found]
    except ValueError as error:
        raise WrongAbsenceError from error
    if len(days) not in {1, 2}:
        raise WrongAbsenceError
    return days[0], days[-1]
