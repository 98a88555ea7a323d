"""What is said beside a lead: the probability, by which model, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from crmkit.core import (
    Campaign,
    Lead,
    Medium,
    Role,
    Source,
    Stage,
    Status,
    Team,
    fields_of,
    mark,
)
from crmkit.hooks import Badge, OwnTemplate
from crmkit_scoring.config import TRAIN
from crmkit_scoring.estimating import FEWEST_CLOSED, Told, explain, is_open
from crmkit_scoring.learned.facts import DERIVED
from crmkit_scoring.opting_out import opted_out_at
from crmkit_scoring.reasons import Reason, is_absurd
from crmkit_scoring.tables import Model, Trained
from crmkit_scoring.variables import LABELS, QUALITIES, STAGE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from crmkit.core import Card, Contact, UnitOfWork

MODELS = {
    Model.FREQUENCY: mark("By how leads like this one ended"),
    Model.LEARNED: mark("By a model learned from leads that closed"),
    Model.BASE: mark("By the share of leads that were won"),
    Model.STAGE: mark("By the stage alone"),
}
_SHOWN = 6
_LEAST_SHOWN = 0.05
_NOTABLE = 10
MINUS = "\N{MINUS SIGN}"
_NAMED: Mapping[str, Any] = {
    "source": Source,
    "medium": Medium,
    "campaign": Campaign,
    STAGE: Stage,
    "team": Team,
}


def make_panel(uow: UnitOfWork, lead: Lead) -> OwnTemplate | None:
    """The panel of an open lead."""
    if not is_open(lead):
        return None
    told = explain(uow, lead)
    named = name_reasons(uow, told.reasons)
    reasons = [one for one in named if not one["is_absurd"] and one["points"]]
    values: dict[str, object] = {
        "lead": lead,
        "note": told.note or MODELS[told.model],
        "few": FEWEST_CLOSED,
        "base": told.base,
        "estimate": told.percent,
        "rows": _rows(told, reasons[:_SHOWN]),
        "qualities": _qualities(uow, lead),
        "bin": _find_bin(uow, told),
        "may_train": uow.may(TRAIN),
    }
    return OwnTemplate("_panel.html", values)


def _rows(told: Told, reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A bar for each reason, from where the one above it ends; the rest as one more."""
    if told.base is None or told.percent is None:
        return []
    at, rows = told.base, []
    rest = told.percent - told.base - sum(one["points"] for one in reasons)
    if abs(rest) >= _LEAST_SHOWN:
        reasons = [*reasons, {"label": "", "shown": "", "points": rest}]
    for one in reasons:
        to = at + one["points"]
        low, high = max(min(at, to), 0.0), min(max(at, to), 100.0)
        tone = "accent" if one["points"] > 0 else "late"
        bar = {"start": low, "width": max(high - low, 1.0), "tone": tone}
        rows.append({**one, **bar, "said": _signed(one["points"])})
        at = to
    return rows


def _find_bin(uow: UnitOfWork, told: Told) -> dict[str, Any] | None:
    """How often leads with about this probability were won in the back-test."""
    if told.percent is None or told.model not in {Model.FREQUENCY, Model.LEARNED}:
        return None
    newest = select(Trained.card).order_by(Trained.id.desc()).limit(1)
    card = uow.session.scalar(newest) or {}
    if card.get("best") != told.model:
        return None
    bins: list[dict[str, Any]] = card["measures"]["bins"]
    chance = told.percent / 100
    return next((one for one in bins if one["low"] <= chance < one["high"]), None)


def make_contact_panel(uow: UnitOfWork, contact: Contact) -> OwnTemplate:
    """Whether a contact is profiled, and the button that changes it."""
    values = {
        "contact": contact,
        "since": opted_out_at(uow, contact),
        "may_change": uow.actor.can_be(Role.TEAM),
    }
    return OwnTemplate("_contact.html", values)


def _qualities(uow: UnitOfWork, lead: Lead) -> list[tuple[str, str]]:
    """Each way to reach somebody, and how good it is: correct, incorrect, unset."""
    names = set().union(*(VARIABLES[name].fields for name in QUALITIES))
    values = {name: getattr(lead, name) for name in names}
    return [
        (variable.label, str(variable.read(values, uow.settings.country)))
        for name, variable in VARIABLES.items()
        if name in QUALITIES
    ]


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", MINUS)


def make_badges(uow: UnitOfWork, cards: Iterable[Card]) -> dict[int, list[Badge]]:
    """What the model says beyond the stage's default, and whose probability is typed.

    One statement for all cards; no badge where there is little to say.
    """
    still_open = [card for card in cards if card.status is Status.OPEN]
    by_hand = _set_by_hand(uow, [card.id for card in still_open])
    found = {card.id: _badge(card, by_hand.get(card.id)) for card in still_open}
    return {lead_id: [badge] for lead_id, badge in found.items() if badge is not None}


def _set_by_hand(uow: UnitOfWork, ids: list[int]) -> dict[int, Decimal]:
    query = select(Lead.id, Lead.automatic_probability).where(
        Lead.id.in_(ids), Lead.probability_is_manual
    )
    return {row.id: row.automatic_probability for row in uow.session.execute(query)}


def _badge(card: Card, automatic: Decimal | None) -> Badge | None:
    if automatic is not None:
        told = mark("By hand; the model says {percent} %")
        parts = {"percent": f"{automatic:f}"}
        return Badge(mark("by hand"), "line", "pencil", told, parts)
    points = round(card.probability - card.stage_probability)
    if abs(points) < _NOTABLE:
        return None
    told = mark("{points} points against the stage's default, by how leads ended")
    parts = {"points": f"{points:+d}".replace("-", MINUS)}
    tone: Literal["planned", "late"] = "planned" if points > 0 else "late"
    return Badge("{points}", tone, "target", told, parts)


def name_reasons(uow: UnitOfWork, reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as they are shown: label and value in words, points in percent.

    `is_absurd` marks those that are shown to nobody, though they count.
    """
    found = list(reasons)
    names = _names(uow, found)
    return [
        {
            "variable": reason.variable,
            "value": reason.value,
            "label": label_of(uow, reason.variable),
            "shown": names.get((reason.variable, reason.value), reason.value),
            "points": reason.points,
            "is_absurd": is_absurd(reason),
            "is_quality": reason.variable in QUALITIES,
        }
        for reason in found
    ]


def label_of(uow: UnitOfWork, variable: str) -> str:
    """The label of a variable, or of a field that a learned model looks at."""
    name = variable.partition(":")[0]
    field = fields_of(uow, "lead").get(name)
    known = LABELS.get(name) or DERIVED.get(name)
    return known or (variable if field is None else field.label)


def _names(uow: UnitOfWork, reasons: list[Reason]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    for variable, table in _NAMED.items():
        given = [r.value for r in reasons if r.variable == variable]
        ids = [int(value) for value in given if value.isdigit()]
        if ids:
            rows = uow.session.execute(
                select(table.id, table.name).where(table.id.in_(ids))
            )
            names |= {(variable, str(number)): name for number, name in rows}
    return names
