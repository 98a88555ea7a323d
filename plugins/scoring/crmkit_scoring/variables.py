"""What is counted: a few fields of a lead, each as a short text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, case, cast

from crmkit.core import Lead, fold, mark, normalize_email, normalize_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STAGE = "stage"
TAGS = "tags"
CORRECT, INCORRECT, UNSET = "correct", "incorrect", "unset"
QUALITIES = frozenset({"email_quality", "phone_quality"})


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: `column` reads it in SQL, `read` from a lead's plain values.

    `fields` are the lead's fields that it depends on.
    """

    name: str
    label: str
    fields: frozenset[str]
    column: Any
    read: Callable[[Mapping[str, Any], str], str | None]


def _number(name: str) -> Callable[[Mapping[str, Any], str], str | None]:
    def read(values: Mapping[str, Any], _country: str) -> str | None:
        value = values[name]
        return None if value is None else str(value)

    return read


def _text(name: str) -> Callable[[Mapping[str, Any], str], str | None]:
    return lambda values, _country: values[name] or None


def _folded(name: str) -> Callable[[Mapping[str, Any], str], str | None]:
    return lambda values, _country: fold(values[name]) if values[name] else None


def _judge_email(values: Mapping[str, Any], _country: str) -> str:
    if not values["email"]:
        return UNSET
    return CORRECT if normalize_email(values["email"]) else INCORRECT


def _judge_phone(values: Mapping[str, Any], country: str) -> str:
    if not values["phone"]:
        return UNSET
    number = normalize_phone(values["phone"], values["country"] or country)
    return CORRECT if number else INCORRECT


def _judged(raw: Any, normal: Any) -> Any:
    return case((raw.is_(None), UNSET), (normal.is_(None), INCORRECT), else_=CORRECT)


def _named(name: str, label: str, column: Any) -> Variable:
    read = _number(column.key)
    return Variable(name, label, frozenset({column.key}), cast(column, String), read)


VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable(
            "email_quality",
            mark("Mail address"),
            frozenset({"email"}),
            _judged(Lead.email, Lead.email_normalized),
            _judge_email,
        ),
        Variable(
            "phone_quality",
            mark("Phone number"),
            frozenset({"phone", "country"}),
            _judged(Lead.phone, Lead.phone_e164),
            _judge_phone,
        ),
        Variable(
            "country",
            mark("Country"),
            frozenset({"country"}),
            Lead.country,
            _text("country"),
        ),
        Variable(
            "state",
            mark("State"),
            frozenset({"state"}),
            Lead.state_folded,
            _folded("state"),
        ),
        Variable(
            "language",
            mark("Language"),
            frozenset({"language"}),
            Lead.language,
            _text("language"),
        ),
        _named("source", mark("Source"), Lead.source_id),
        _named("medium", mark("Medium"), Lead.medium_id),
        _named("campaign", mark("Campaign"), Lead.campaign_id),
        _named("priority", mark("Priority"), Lead.priority),
    )
}
"""The variables with one value for a lead; tags and the stage are apart."""

CHOICES = (*VARIABLES, TAGS)
DEFAULTS = ("email_quality", "phone_quality", "source", "country", TAGS)
LABELS = {
    **{name: variable.label for name, variable in VARIABLES.items()},
    TAGS: mark("Tag"),
    STAGE: mark("Stage"),
}

READ = (
    "status",
    "team_id",
    "stage_id",
    "deleted_at",
    "created_at",
    *sorted(set().union(*(v.fields for v in VARIABLES.values()))),
)
"""The fields of a lead that counting looks at, tags apart."""


def read_values(
    values: Mapping[str, Any],
    tags: tuple[str, ...],
    names: tuple[str, ...],
    country: str,
) -> list[tuple[str, str]]:
    """The variables and values of a lead; what is empty is left out."""
    found: list[tuple[str, str]] = []
    for name in names:
        if name == TAGS:
            found += [(TAGS, tag) for tag in tags]
        elif (value := VARIABLES[name].read(values, country)) is not None:
            found.append((name, value[:120]))
    return found
