"""How evenly leads, their value and their chances are shared, now and before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crmkit.core import Lead, mark
from crmkit_assignment.gathering import DAYS, find_pools
from crmkit_assignment.planning import jain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import UnitOfWork
    from crmkit_assignment.planning import Pair, Taker

PERIODS = 6
_UNEVEN = 0.8
_UNEVEN_VALUE = 0.6

ALERTS: Mapping[str, str] = {
    "uneven": mark("The loads are uneven: look at rules and capacities."),
    "uneven_value": mark("The value is shared unevenly: some get the better leads."),
    "full": mark("At capacity, and given nothing more: {names}."),
    "idle": mark("There, and given nothing for 30 days: {names}."),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What a member was given: leads, their value, their mean probability."""

    leads: int = 0
    value: Decimal = Decimal(0)
    score: Decimal = Decimal(0)


def describe_fairness(uow: UnitOfWork) -> dict[str, Any]:
    """What each member got in 30 days against his capacity, and in the periods before.

    `jain` is Jain's index of the loads, `jain_value` of the value per capacity;
    `alerts` names what needs a look, with the members that it is about.
    """
    takers = [taker for pool in find_pools(uow, None) for taker in pool.takers]
    loads = read_loads(uow, 0)
    members = [_member(one, loads.get(_pair(one), Load())) for one in takers]
    here = [m for m in members if m["capacity"] and not m["is_away"]]
    index = _index(here, "after")
    return {
        "members": members,
        "jain": index,
        "jain_value": _index(here, "value"),
        "is_uneven": index < _UNEVEN,
        "at_capacity": [m["name"] for m in here if m["after"] >= m["capacity"]],
        "periods": [_period(uow, takers, number) for number in range(PERIODS)],
        "alerts": _alerts(here),
    }


def _pair(taker: Taker) -> Pair:
    return taker.team_id, taker.user_id


def read_loads(uow: UnitOfWork, number: int) -> Mapping[Pair, Load]:
    """What each member was given in a period of 30 days, the newest being 0."""
    until = uow.now() - timedelta(days=DAYS * number)
    rows = uow.session.execute(
        select(
            Lead.team_id,
            Lead.owner_id,
            func.count(),
            func.sum(Lead.base_weighted),
            func.sum(Lead.probability),
        )
        .where(
            Lead.owner_id.is_not(None),
            Lead.team_id.is_not(None),
            Lead.assigned_at > until - timedelta(days=DAYS),
            Lead.assigned_at <= until,
            Lead.deleted_at.is_(None),
        )
        .group_by(Lead.team_id, Lead.owner_id)
    )
    return {
        (team or 0, owner or 0): Load(
            count, Decimal(value or 0), Decimal(score or 0) / count
        )
        for team, owner, count, value, score in rows
    }


def _member(taker: Taker, load: Load) -> dict[str, Any]:
    return {
        "team_id": taker.team_id,
        "user_id": taker.user_id,
        "name": taker.name,
        "capacity": taker.capacity,
        "before": taker.got,
        "after": taker.got,
        "room": taker.room,
        "is_away": taker.is_away,
        "value": round(load.value, 2),
        "score": round(load.score, 2),
    }


def _index(members: Sequence[dict[str, Any]], what: str) -> float:
    return round(jain([float(m[what]) / m["capacity"] for m in members]), 4)


def _period(uow: UnitOfWork, takers: Sequence[Taker], number: int) -> dict[str, Any]:
    loads = read_loads(uow, number)
    found = [(one, loads.get(_pair(one), Load())) for one in takers if one.capacity]
    until = uow.today() - timedelta(days=DAYS * number)
    return {
        "from": until - timedelta(days=DAYS),
        "until": until,
        "leads": sum(load.leads for _, load in found),
        "value": round(sum((load.value for _, load in found), Decimal(0)), 2),
        "jain": round(jain([load.leads / one.capacity for one, load in found]), 4),
    }


def _alerts(here: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    full = [m["name"] for m in here if m["after"] >= m["capacity"]]
    idle = [m["name"] for m in here if not m["after"]]
    found = {"full": full, "idle": idle if len(idle) < len(here) else []}
    alerts = [{"kind": kind, "names": names} for kind, names in found.items() if names]
    if _index(here, "value") < _UNEVEN_VALUE:
        alerts.insert(0, {"kind": "uneven_value", "names": []})
    if _index(here, "after") < _UNEVEN:
        alerts.insert(0, {"kind": "uneven", "names": []})
    return alerts
