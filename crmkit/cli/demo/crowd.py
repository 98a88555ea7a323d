"""Many more leads than lived ones: taken over from another system, over the year."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from crmkit.cli.demo.drafts import make_wish
from crmkit.cli.demo.moments import YEAR
from crmkit.cli.demo.scenery import BATCH
from crmkit.core import (
    Activity,
    Fact,
    Lead,
    PastLeadDraft,
    Status,
    create_leads,
    record,
    start_of_day,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.app import Crm
    from crmkit.cli.demo.lives import Era
    from crmkit.cli.demo.moments import DemoClock
    from crmkit.core import UnitOfWork

_STAGES = (30, 26, 20, 15, 9)
_WON_SHARE = 0.4
_WAITING_SHARE = 0.75
_LATE_SHARE = 0.17
_WITHOUT = {"phone": 0.4, "owner_id": 0.0}
_OLDEST_CLOSED, _OLDEST_OPEN = 120, 12
# What is open came in the last weeks, which therefore take so much of the crowd.
_LAST_DAYS, _LAST_SHARE, _OPEN_SHARE = 40, 0.38, 0.8


def add_crowd(
    crm: Crm, clock: DemoClock, era: Era, count: int, advance: Callable[[int], None]
) -> None:
    """`count` leads in batches, each as of its own day of the year before `era.now`.

    What is open came in the last weeks; all else is closed already.
    """
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        ago = _days_ago((start + size) / count)
        clock.set_to(era.now - timedelta(days=ago))
        share_open = _OPEN_SHARE if ago < _LAST_DAYS else 0
        with crm.work(era.scenery.demo_user.id) as uow:
            drafts = [_draft(uow, era, share_open) for _ in range(size)]
            # Rows that lack the same fields, next to each other, are one statement.
            drafts.sort(key=lambda draft: sorted(draft.model_fields_set))
            leads = create_leads(uow, drafts)
            _plan_activities(uow, era, leads)
        advance(size)


def _days_ago(share: float) -> float:
    """How long ago it was when this `share` of the crowd, 0 to 1, had come."""
    if share < 1 - _LAST_SHARE:
        begun = share / (1 - _LAST_SHARE)
        return YEAR.days - begun * (YEAR.days - _LAST_DAYS)
    return float(_LAST_DAYS * ((1 - share) / _LAST_SHARE) ** 1.6)


def _draft(uow: UnitOfWork, era: Era, share_open: float) -> PastLeadDraft:
    rng, scenery = era.rng, era.scenery
    is_open = rng.random() < share_open
    oldest = _OLDEST_OPEN if is_open else _OLDEST_CLOSED
    age = timedelta(days=oldest * rng.random() ** 1.5)
    values: dict[str, Any] = make_wish(rng, scenery).values | {
        "stage_id": rng.choices(scenery.open_stages, weights=_STAGES)[0].id,
        "created_at": uow.now() - age,
    }
    for name, share in _WITHOUT.items():
        if values.get(name) is None or rng.random() < share:
            values.pop(name, None)
    if is_open:
        ahead = timedelta(days=rng.randrange(15, 150))
        return PastLeadDraft(**values, expected_close=(uow.now() + ahead).date())
    closed_at = uow.now() - age * rng.random()
    values |= {"expected_close": closed_at.date(), "closed_at": closed_at}
    if rng.random() < _WON_SHARE:
        return PastLeadDraft(**values, status=Status.WON)
    reason = rng.choice(scenery.reasons).name
    return PastLeadDraft(**values, status=Status.LOST, lost_reason=reason)


def _plan_activities(uow: UnitOfWork, era: Era, leads: Sequence[Lead]) -> None:
    """One activity each for most of the open leads, in three statements."""
    waiting = [
        lead
        for lead in leads
        if lead.status is Status.OPEN and era.rng.random() < _WAITING_SHARE
    ]
    if not waiting:
        return
    rows = [_activity(uow, era, lead) for lead in waiting]
    added = insert(Activity).returning(Activity.id, sort_by_parameter_order=True)
    ids = uow.session.scalars(added, rows).all()
    facts = []
    for lead, row, activity_id in zip(waiting, rows, ids, strict=True):
        lead.next_activity_id, lead.next_activity_at = activity_id, row["due_from"]
        told = {name: (None, row[name]) for name in ("type", "summary", "due_on")}
        told["activity_id"] = (None, activity_id)
        facts.append(Fact("activity.planned", "lead", lead.id, lead.version, told))
    uow.session.flush()
    record(uow, facts)


def _activity(uow: UnitOfWork, era: Era, lead: Lead) -> dict[str, Any]:
    rng = era.rng
    kind = rng.choice(list(era.scenery.words.summaries))
    day = _due(uow.now(), era).astimezone(era.zone).date()
    return {
        "lead_id": lead.id,
        "type": kind,
        "summary": rng.choice(era.scenery.words.summaries[kind]),
        "due_on": day,
        "due_from": start_of_day(day, era.zone),
        "owner_id": lead.owner_id,
        "created_by_id": uow.actor.id,
        "created_at": uow.now(),
    }


def _due(planned_at: datetime, era: Era) -> datetime:
    """A day of the coming weeks; late where it lies between planning and now."""
    if era.rng.random() < _LATE_SHARE:
        return era.now - (era.now - planned_at) * era.rng.random()
    return era.now + timedelta(days=era.rng.randrange(30))
