"""What is said beside a lead: the probability, by which model, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import Campaign, Medium, Source, Stage, Team, fields_of, mark
from crmkit.hooks import Panel, PanelLine
from crmkit_scoring.estimating import FEWEST_CLOSED, explain, is_open
from crmkit_scoring.reasons import Reason, is_absurd
from crmkit_scoring.tables import Model
from crmkit_scoring.variables import CORRECT, INCORRECT, LABELS, QUALITIES, STAGE, UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmkit.core import Lead, UnitOfWork

PAGE = "/p/scoring/model"
TITLE = mark("Probability")
MODELS = {
    Model.FREQUENCY: mark("By how leads like this one ended"),
    Model.LEARNED: mark("By a model learned from leads that closed"),
    Model.BASE: mark("By the share of leads that were won"),
    Model.STAGE: mark("By the stage alone"),
}
QUALITY = {
    CORRECT: mark("{points} points: it is correct"),
    INCORRECT: mark("{points} points: it is not correct"),
    UNSET: mark("{points} points: it is not given"),
}
_SHOWN = 6
MINUS = "\N{MINUS SIGN}"
_NAMED: Mapping[str, Any] = {
    "source": Source,
    "medium": Medium,
    "campaign": Campaign,
    STAGE: Stage,
    "team": Team,
}


def make_panel(uow: UnitOfWork, lead: Lead) -> Panel | None:
    """The panel of an open lead."""
    if not is_open(lead):
        return None
    told = explain(uow, lead)
    hint = told.note or MODELS[told.model]
    by_hand = lead.probability_is_manual
    shown = lead.automatic_probability
    text = mark("{percent} %, by hand; the model says {automatic} %")
    if not by_hand:
        text = mark("{percent} %, automatic")
    parts: dict[str, object] = {
        "percent": _number(lead.probability),
        "automatic": _number(shown),
        "count": FEWEST_CLOSED,
    }
    lines = [PanelLine(text, hint, PAGE, parts)]
    if told.base is not None and told.reasons:
        base = {"percent": _number(round(told.base, 1))}
        lines.append(PanelLine(mark("{percent} % of all leads were won"), parts=base))
    named = name_reasons(uow, told.reasons)
    lines += [_line(one) for one in named if not one["is_absurd"]][:_SHOWN]
    return Panel(TITLE, tuple(lines))


def _line(named: Mapping[str, object]) -> PanelLine:
    points = float(str(named["points"]))
    signed = f"{points:+.1f}".replace("-", MINUS)
    parts = {"points": signed, "value": str(named["shown"])}
    text = QUALITY.get(str(named["value"]), "") if named["is_quality"] else ""
    text = text or mark("{points} points: {value}")
    return PanelLine(text, str(named["label"]), parts=parts)


def _number(value: object) -> str:
    return f"{float(str(value)):g}"


def name_reasons(uow: UnitOfWork, reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as they are shown: label and value in words, points in percent.

    `is_absurd` marks those that are shown to nobody, though they count.
    """
    found = list(reasons)
    names = _names(uow, found)
    return [
        {
            "variable": reason.variable,
            "value": reason.value,
            "label": LABELS.get(reason.variable) or _label(uow, reason.variable),
            "shown": names.get((reason.variable, reason.value), reason.value),
            "points": reason.points,
            "is_absurd": is_absurd(reason),
            "is_quality": reason.variable in QUALITIES,
        }
        for reason in found
    ]


def _label(uow: UnitOfWork, variable: str) -> str:
    """The label of a field that a learned model looks at."""
    name = variable.partition(":")[0]
    field = fields_of(uow, "lead").get(name)
    return variable if field is None else field.label


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
