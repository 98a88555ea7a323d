"""The job that learns: gather, split by time, compare, keep the best with its card."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from crmkit.core import Lead, Status, Team, list_stages
from crmkit_scoring.config import REBUILD, read_config, take_config
from crmkit_scoring.counting import passed
from crmkit_scoring.estimating import FEWEST_CLOSED
from crmkit_scoring.frequency import LEAD, ROW, Scope, add_deltas
from crmkit_scoring.learned.facts import Known, known_then
from crmkit_scoring.measures import log_loss, measure
from crmkit_scoring.tables import Model, OptOut, Trained
from crmkit_scoring.variables import STAGE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Stage, UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_scoring.learned.fitting import Fitted

LEARN = "scoring.learn"
MOST_LEADS = 60_000
_READ_AT_ONCE = 1000
_SHARE_LEARNED = 0.7
_DRIFT = 0.1
_ENOUGH = 30
_MOST_WEIGHTS = 10


def learn(job: JobRun) -> None:
    """Learn from the closed leads, and let every open one be scored anew."""
    with job.read() as uow:
        known = gather(uow)
        card, fitted = compare(uow, known)
    with job.work() as uow:
        keep(uow, card, fitted)
        rebuild = uow.enqueue(REBUILD, key="all")
        job.finish(uow, {"closed": len(known), "rebuild": rebuild})


def gather(uow: UnitOfWork) -> list[Known]:
    """The leads that closed last, oldest first, as they were known while open.

    Those of contacts that are not profiled are left out.
    """
    closed, opted_out = (Status.WON, Status.LOST), select(OptOut.contact_id)
    newest = uow.session.scalars(
        select(Lead.id)
        .where(
            Lead.status.in_(closed),
            Lead.deleted_at.is_(None),
            Lead.closed_at.is_not(None),
            or_(Lead.contact_id.is_(None), Lead.contact_id.not_in(opted_out)),
        )
        .order_by(Lead.closed_at.desc(), Lead.id.desc())
        .limit(MOST_LEADS)
    ).all()
    found: list[Known] = []
    for start in range(0, len(newest), _READ_AT_ONCE):
        found += known_then(uow, newest[start : start + _READ_AT_ONCE])
    return sorted(found, key=lambda one: (one.closed_at, one.lead_id))


def compare(
    uow: UnitOfWork, known: Sequence[Known]
) -> tuple[dict[str, Any], Fitted | None]:
    """How well each model foretells the newest leads from the older ones."""
    cut = int(len(known) * _SHARE_LEARNED)
    learned, tried = known[:cut], known[cut:]
    won = [one.won for one in tried]
    card: dict[str, Any] = {"closed": len(known), "tried": len(tried), "losses": {}}
    if len(known) < FEWEST_CLOSED or len({one.won for one in learned}) < len("wl"):
        return card, None
    base = sum(one.won for one in learned) / len(learned)
    chances = {Model.BASE: [base] * len(tried)}
    scope, names = _count(uow, learned), _variables(uow)
    chances[Model.FREQUENCY] = [_ask(names, scope, one, base) for one in tried]
    fitted = _fit(known, cut)
    if fitted is not None:
        chances[Model.LEARNED] = [float(chance) for chance in fitted.chances]
        card |= {"kind": fitted.kind, "calibration": fitted.calibration}
        card |= {"candidates": _rounded(fitted.losses)}
        card["columns"] = [column.name for column in fitted.weights.columns]
        card["weights"] = dict(list(fitted.shares.items())[:_MOST_WEIGHTS])
    losses = {model.value: log_loss(told, won) for model, told in chances.items()}
    best = min(chances, key=lambda model: losses[model.value])
    card |= {
        "best": best.value,
        "losses": _rounded(losses),
        "from": known[0].closed_at.isoformat(),
        "until": known[-1].closed_at.isoformat(),
        "measures": measure(chances[best], won).as_json(),
        "teams": _by_team(uow, tried, chances[best]),
        "months": _by_month(tried, chances[best]),
    }
    card["is_drifting"] = _is_drifting(card["months"])
    return card, fitted


def _rounded(losses: Any) -> dict[str, float]:
    return {name: round(value, 4) for name, value in losses.items()}


def _fit(known: Sequence[Known], cut: int) -> Fitted | None:
    if find_spec("sklearn") is None:
        return None
    from crmkit_scoring.learned.fitting import fit  # noqa: PLC0415  (heavy, an extra)

    names = sorted({name for one in known for name in one.facts})
    folds = [-1 if index < cut else 0 for index in range(len(known))]
    rows = [one.facts for one in known]
    return fit(names, rows, [one.won for one in known], folds)


def _variables(uow: UnitOfWork) -> list[str]:
    return [name for name in read_config(uow).variables if name in VARIABLES]


def _values(names: Sequence[str], one: Known) -> list[tuple[str, str]]:
    return [(n, str(v)) for n in names if (v := one.facts.get(n)) not in (None, "")]


def _count(uow: UnitOfWork, known: Sequence[Known]) -> Scope:
    """The counts of the older leads alone."""
    stages, names = list_stages(uow), _variables(uow)
    wins = sum(one.won for one in known)
    counts: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
    add_deltas(
        counts,
        (
            (0, variable, value, int(one.won), int(not one.won))
            for one in known
            for variable, value in [*_came_through(stages, one), *_values(names, one)]
        ),
    )
    whole = (LEAD * wins + ROW, LEAD * (len(known) - wins) + ROW)
    return Scope({**counts.get(0, {}), (STAGE, ""): whole}, "")


def _came_through(stages: Sequence[Stage], one: Known) -> list[tuple[str, str]]:
    return passed(stages, one.stage_id, is_won=one.won)


def _ask(names: Sequence[str], scope: Scope, one: Known, base: float) -> float:
    values = _values(names, one)
    if stage := one.facts.get(STAGE):
        values.append((STAGE, str(stage)))
    found = scope.estimate(values)
    return base if found is None else found.percent / 100


def _by_team(
    uow: UnitOfWork, tried: Sequence[Known], chances: Sequence[float]
) -> list[dict[str, Any]]:
    names = dict[int | None, str](
        (team.id, team.name) for team in uow.session.scalars(select(Team))
    )
    groups: dict[str, list[tuple[float, bool]]] = {}
    for one, chance in zip(tried, chances, strict=True):
        name = names.get(one.team_id, "")
        groups.setdefault(name, []).append((chance, one.won))
    return [_summed(name, rows) for name, rows in sorted(groups.items())]


def _by_month(tried: Sequence[Known], chances: Sequence[float]) -> list[dict[str, Any]]:
    groups: dict[str, list[tuple[float, bool]]] = {}
    for one, chance in zip(tried, chances, strict=True):
        month = one.closed_at.strftime("%Y-%m")
        groups.setdefault(month, []).append((chance, one.won))
    return [_summed(month, rows) for month, rows in sorted(groups.items())]


def _summed(name: str, rows: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    chances, won = [chance for chance, _ in rows], [is_won for _, is_won in rows]
    found = measure(chances, won)
    return {
        "name": name,
        "count": len(rows),
        "foretold": round(sum(chances) / len(rows), 4),
        "won": round(found.base, 4),
        "log_loss": round(found.log_loss, 4),
        "auc": round(found.auc, 4),
    }


def _is_drifting(months: Sequence[dict[str, Any]]) -> bool:
    """Whether the last month with enough leads ended quite otherwise than foretold."""
    full = [month for month in months if month["count"] >= _ENOUGH]
    last = full[-1] if full else None
    return last is not None and abs(last["foretold"] - last["won"]) > _DRIFT


def keep(uow: UnitOfWork, card: dict[str, Any], fitted: Fitted | None) -> None:
    """Keep what was learned, and which model `auto` takes from now on."""
    config = take_config(uow)
    packed, digest = b"", ""
    if fitted is not None:
        packed, digest = fitted.weights.dump()
    row = Trained(
        trained_at=uow.now(),
        kind=card.get("kind", ""),
        digest=digest,
        card=card,
        weights=packed,
    )
    uow.session.add(row)
    uow.session.flush()
    config.trained_id = row.id
    config.best = Model(card["best"]) if "best" in card else None
    config.version += 1
    uow.session.flush()
