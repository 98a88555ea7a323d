"""The story of a life: its steps, from the moments at which it changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from crmkit.cli.demo import steps
from crmkit.cli.demo.drafts import draw_amount
from crmkit.cli.demo.lives import RECENT, Era, Life
from crmkit.cli.demo.moments import work_hour
from crmkit.cli.demo.steps import Step
from crmkit.core import ActivityDraft, ActivityState, LeadDraft, Status

if TYPE_CHECKING:
    from random import Random
    from zoneinfo import ZoneInfo

_MOMENT = timedelta(seconds=30)
_FRIDAY = 4
_PROPOSAL = 3
_CLOSES_IN = ((60, 150), (45, 120), (30, 90), (14, 60), (5, 35))
_LATEST, _FARTHEST = 18, 21
_TIMED = {"call", "meeting", "demo"}
_KINDS = {"call": 40, "mail": 22, "meeting": 16, "task": 14, "demo": 8}
# How often things are done, in a stay or at an end.
_NOTED, _WORKED, _REPRICED, _OVERDUE, _REASONED, _SAID = 0.5, 0.7, 0.25, 0.07, 0.9, 0.4

Span = tuple[datetime, datetime]


def tell_story(era: Era, life: Life) -> list[Step]:
    """Every step of `life`; in order once sorted by their moments."""
    draft = LeadDraft(
        **life.wish.values,
        kind=life.fate.kind,
        expected_close=_expect_close(era, life),
    )
    told = [Step(life.entered[0], life, steps.create(draft))]
    ends = [*life.entered[1:], life.closed_at or era.now - RECENT / 2]
    for index, span in enumerate(zip(life.entered, ends, strict=True)):
        if index:
            told.append(Step(span[0], life, steps.move(era.scenery.stages[index])))
        told += _tell_stay(era, life, index, span)
    if life.closed_at is not None:
        told.append(Step(life.closed_at, life, _close(era, life)))
    elif life.waits is not ActivityState.NONE:
        draft_ = _wait_for(era, life)
        told.append(Step(ends[-1], life, steps.plan(draft_)))
    return told


def _expect_close(era: Era, life: Life) -> date:
    rng, fate = era.rng, life.fate
    today = era.now.astimezone(era.zone).date()
    begun = life.entered[0].date()
    if life.closed_at is not None:
        day = life.closed_at.date() + timedelta(days=rng.randrange(-10, 21))
        return work_day(max(day, begun + timedelta(days=5)))
    if rng.random() < _OVERDUE:
        late = today - timedelta(days=rng.randrange(1, 20))
        return work_day(max(late, begun))
    nearest, farthest = _CLOSES_IN[fate.reaches]
    return work_day(today + timedelta(days=rng.randrange(nearest, farthest)))


def work_day(day: date) -> date:
    """`day`, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - _FRIDAY))


def _tell_stay(era: Era, life: Life, index: int, span: Span) -> list[Step]:
    """What is done while a lead stands in a stage."""
    rng, words = era.rng, era.scenery.words
    told = []
    if rng.random() < _NOTED:
        text = rng.choice(words.notes[index])
        told.append(Step(_within(rng, span, era.zone), life, steps.write(text)))
    if index == _PROPOSAL and rng.random() < _REPRICED:
        do = steps.reprice(draw_amount(rng))
        told.append(Step(_within(rng, span, era.zone), life, do))
    if rng.random() < _WORKED:
        done_at = _within(rng, span, era.zone)
        draft = _activity(rng, life, done_at.astimezone(era.zone).date())
        feedback = rng.choice(words.feedback[draft.type or ""])
        told.append(Step(span[0] + _MOMENT, life, steps.plan(draft)))
        told.append(Step(done_at, life, steps.finish(feedback)))
        draft.summary = rng.choice(words.summaries[draft.type or ""])
    return told


def _within(rng: Random, span: Span, zone: ZoneInfo) -> datetime:
    """A moment inside `span`, of the working hours where it is long enough."""
    begin, end = span[0] + 2 * _MOMENT, span[1] - _MOMENT
    drawn = begin + (end - begin) * rng.random()
    worked = work_hour(rng, drawn, zone)
    return worked if begin < worked < end else drawn


def _activity(rng: Random, life: Life, day: date) -> ActivityDraft:
    kind = rng.choices(list(_KINDS), weights=[*_KINDS.values()])[0]
    owner = life.wish.owner
    return ActivityDraft(
        type=kind, due_on=day, owner_id=None if owner is None else owner.id
    )


def _wait_for(era: Era, life: Life) -> ActivityDraft:
    """What an open lead waits for."""
    rng = era.rng
    today = era.now.astimezone(era.zone).date()
    day = today
    if life.waits is ActivityState.LATE:
        day = work_day(today - timedelta(days=rng.randrange(1, _LATEST)))
    elif life.waits is ActivityState.PLANNED:
        ahead = work_day(today + timedelta(days=1 + int(_FARTHEST * rng.random() ** 2)))
        day = ahead if ahead > today else today + timedelta(days=3)
    draft = _activity(rng, life, day)
    draft.summary = rng.choice(era.scenery.words.summaries[draft.type or ""])
    if draft.type in _TIMED and rng.random() < _SAID:
        at = time(rng.randrange(9, 18), rng.choice((0, 15, 30, 45)))
        draft.due_at = datetime.combine(day, at, tzinfo=era.zone).astimezone(UTC)
    return draft


def _close(era: Era, life: Life) -> steps.Action:
    rng, scenery = era.rng, era.scenery
    if life.fate.status is Status.WON:
        return steps.win()
    stage = scenery.stages[life.fate.reaches]
    is_reasoned = stage.requires_lost_reason or rng.random() < _REASONED
    reason = rng.choice(scenery.reasons) if is_reasoned else None
    note = rng.choice(scenery.words.lost_notes) if rng.random() < _SAID else None
    return steps.lose(reason, note)
