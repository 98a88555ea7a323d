"""Counting won and lost leads: steps as they close, folded in, rebuilt at night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import delete, func, insert, select

from crmkit.core import (
    Event,
    Lead,
    LeadTag,
    Status,
    Tag,
    Team,
    fold,
    list_stages,
    tags_of_leads,
)
from crmkit_scoring.config import read_config, take_config
from crmkit_scoring.frequency import LEAD, ROW, Counts, Delta, add_deltas, hand_over
from crmkit_scoring.tables import NO_TEAM, Config, Frequency, Step
from crmkit_scoring.variables import READ, STAGE, TAGS, VARIABLES, read_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit.core import Stage, UnitOfWork

FOLD = "scoring.fold_counts"
_CLOSED = (Status.WON, Status.LOST)
_WRITTEN = 1000


def note_steps(uow: UnitOfWork, leads: Sequence[Lead]) -> list[Lead]:
    """Add what the last event of each of `leads` changed about the counts.

    Answers the leads that were counted before, or are now. Asked again for the same
    event it adds nothing.
    """
    events = _last_events(uow, leads)
    if not events:
        return []
    config, stages = read_config(uow), list_stages(uow)
    noted, rows = [], []
    known_tags = tags_of_leads(uow, list(events))
    for lead in leads:
        event = events.get(lead.id)
        if event is None:
            continue
        now = {name: getattr(lead, name) for name in READ}
        tags = tuple(fold(tag) for tag in known_tags.get(lead.id, ()))
        deltas = [*_counted(uow, config, stages, (now, tags), 1)]
        if not event.kind.endswith(".created"):
            before = _values_before(now, tags, event.values)
            deltas += _counted(uow, config, stages, before, -1)
        if net := _net(deltas):
            rows.append({"event_id": event.id, "lead_id": lead.id, "deltas": net})
            noted.append(lead)
    if noted:
        uow.session.execute(insert(Step), _joined(rows))
        uow.enqueue(FOLD, key="all")
    return noted


def _joined(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of one action as one, so that an import leaves few of them to read."""
    if len(rows) == 1:
        return rows
    last = max(rows, key=lambda row: int(row["event_id"]))
    every = (delta for row in rows for delta in row["deltas"])
    return [{**last, "deltas": _net(every)}]


def _last_events(uow: UnitOfWork, leads: Sequence[Lead]) -> dict[int, Event]:
    """The newest event of each lead in this change that no step is of yet."""
    ids = [lead.id for lead in leads]
    newest = (
        select(func.max(Event.id))
        .where(
            Event.change_id == uow.change_id,
            Event.entity == "lead",
            Event.record_id.in_(ids),
        )
        .group_by(Event.record_id)
    )
    known = select(Step.event_id).where(Step.event_id == Event.id).exists()
    rows = uow.session.scalars(select(Event).where(Event.id.in_(newest), ~known))
    return {event.record_id: event for event in rows}


_Picture = tuple["Mapping[str, Any]", tuple[str, ...]]


def _values_before(
    now: Mapping[str, Any], tags: tuple[str, ...], changed: Mapping[str, Any]
) -> _Picture:
    """What a lead's values and tags were, by the old values that its event keeps."""
    before = {
        name: changed[name][0] if name in changed else value
        for name, value in now.items()
    }
    if "tags" in changed:
        tags = tuple(fold(tag) for tag in changed["tags"][0] or ())
    return before, tags


def _counted(
    uow: UnitOfWork,
    config: Config,
    stages: Sequence[Stage],
    picture: _Picture,
    sign: int,
) -> Iterable[Delta]:
    """What a lead of these values adds to the counts: nothing while it is open."""
    values, tags = picture
    status = values["status"]
    since = start_of(config)
    is_old = since is not None and values["created_at"] < since
    if status not in _CLOSED or values["deleted_at"] is not None or is_old:
        return
    team = values["team_id"] or NO_TEAM
    won = sign if status == Status.WON else 0
    lost = sign - won
    names = tuple(config.variables)
    for variable, value in [
        *passed(stages, values["stage_id"], is_won=bool(won)),
        *read_values(values, tags, names, uow.settings.country),
    ]:
        yield team, variable, value, won, lost


def start_of(config: Config) -> datetime | None:
    """The moment from which on leads are counted."""
    if config.since is None:
        return None
    return datetime.combine(config.since, time(), UTC)


def passed(
    stages: Sequence[Stage], stage_id: int, *, is_won: bool
) -> list[tuple[str, str]]:
    """The stages that a lead came through: all of them if it was won."""
    last = next((s.position for s in stages if s.id == stage_id), None)
    return [
        (STAGE, str(stage.id))
        for stage in stages
        if is_won or last is None or stage.position <= last
    ]


def _net(deltas: Iterable[Delta]) -> list[Delta]:
    """The deltas without those that take each other back."""
    summed: dict[tuple[int, str, str], tuple[int, int]] = {}
    for team, variable, value, won, lost in deltas:
        before = summed.get((team, variable, value), (0, 0))
        summed[team, variable, value] = (before[0] + won, before[1] + lost)
    return [(*key, *row) for key, row in summed.items() if row != (0, 0)]


def read_counts(uow: UnitOfWork, teams: Sequence[int] | None) -> dict[int, Counts]:
    """The counts of these teams, or of all, with the steps not folded in yet."""
    counts = read_folded(uow, teams)
    waiting = uow.session.scalars(select(Step.deltas).order_by(Step.id))
    deltas = (tuple(delta) for deltas in waiting for delta in deltas)
    add_deltas(counts, (d for d in deltas if teams is None or d[0] in teams))
    return counts


def read_folded(uow: UnitOfWork, teams: Sequence[int] | None) -> dict[int, Counts]:
    """The counts of these teams, or of all, without the steps that wait."""
    query = select(
        Frequency.team_id,
        Frequency.variable,
        Frequency.value,
        Frequency.won,
        Frequency.lost,
    )
    if teams is not None:
        query = query.where(Frequency.team_id.in_(teams))
    counts: dict[int, Counts] = {}
    for team, variable, value, won, lost in uow.session.execute(query):
        counts.setdefault(team, {})[variable, value] = (won, lost)
    return counts


def fold_steps(uow: UnitOfWork) -> int:
    """Fold the steps that wait into the counts; how many there were."""
    config = take_config(uow)
    steps = uow.session.execute(select(Step.id, Step.deltas).order_by(Step.id)).all()
    if steps:
        counts = read_folded(uow, None)
        add_deltas(counts, (tuple(delta) for _, deltas in steps for delta in deltas))
        _write_counts(uow, counts)
        _drop_steps(uow, [step_id for step_id, _ in steps])
        _turn(config)
    return len(steps)


def _turn(config: Config) -> None:
    """The counts were written anew: nobody may go by what he remembers of them."""
    config.turn += 1
    config.stamp = uuid4().hex


def _drop_steps(uow: UnitOfWork, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _WRITTEN):
        some = ids[start : start + _WRITTEN]
        uow.session.execute(delete(Step).where(Step.id.in_(some)))


def _write_counts(uow: UnitOfWork, counts: Mapping[int, Counts]) -> None:
    uow.session.execute(delete(Frequency))
    rows = [
        {
            "team_id": team,
            "variable": key[0],
            "value": key[1],
            "won": row[0],
            "lost": row[1],
        }
        for team, rows in counts.items()
        for key, row in rows.items()
    ]
    for start in range(0, len(rows), _WRITTEN):
        uow.session.execute(insert(Frequency), rows[start : start + _WRITTEN])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counts as one reading unit saw them, with the steps that are in them."""

    turn: int
    steps: Sequence[int]
    counts: Mapping[int, Counts]
    closed: int


def take_snapshot(uow: UnitOfWork) -> Snapshot:
    """Count every closed lead; in a reading unit, whose statements see one moment."""
    config = read_config(uow)
    steps = uow.session.scalars(select(Step.id)).all()
    counts, closed = count_closed(uow, config)
    return Snapshot(config.turn, steps, counts, closed)


def write_snapshot(uow: UnitOfWork, snapshot: Snapshot) -> bool:
    """Make the counts those of the snapshot; False where others were written since."""
    config = take_config(uow)
    if config.turn != snapshot.turn:
        return False
    _write_counts(uow, snapshot.counts)
    _drop_steps(uow, snapshot.steps)
    _turn(config)
    config.rebuilt_at = uow.now()
    return True


def count_closed(uow: UnitOfWork, config: Config) -> tuple[dict[int, Counts], int]:
    """The counts of every closed lead by team, and how many leads these are."""
    # By id: SQLite would walk an index and fetch each lead from elsewhere.
    where: list[Any] = [
        Lead.id > 0,
        Lead.status.in_(_CLOSED),
        Lead.deleted_at.is_(None),
    ]
    since = start_of(config)
    if since is not None:
        where.append(Lead.created_at >= since)
    stages = list_stages(uow)
    counts: dict[int, Counts] = {}
    summed, total = _sum_kinds(uow, config, where)
    for (team, is_won, name, value), count in summed.items():
        keys = [(name, str(value)[:120])]
        if name == STAGE:
            keys = passed(stages, int(value), is_won=is_won)
        for key in keys:
            _add(counts, team, key, count, is_won=is_won)
    if TAGS in config.variables:
        for team, tag, status, count in uow.session.execute(_tags(where)):
            _add(counts, team, (TAGS, tag[:120]), count, is_won=status is Status.WON)
    _give_up_archived(uow, counts)
    return counts, total


def _sum_kinds(
    uow: UnitOfWork, config: Config, where: Sequence[Any]
) -> tuple[dict[tuple[int | None, bool, str, str | int], int], int]:
    """How many leads of each team were won and lost by variable and value, and in all.

    One look at the leads, each kind of which comes once with how many there are of it.
    """
    names = [name for name in config.variables if name in VARIABLES]
    columns = [
        Lead.team_id,
        Lead.status,
        Lead.stage_id,
        *(VARIABLES[name].column for name in names),
    ]
    kinds = select(func.count(), *columns).where(*where).group_by(*columns)
    summed: dict[tuple[int | None, bool, str, str | int], int] = {}
    total = 0
    for count, team, status, *values in uow.session.execute(kinds):
        total += count
        is_won = status is Status.WON
        for name, value in zip((STAGE, *names), values, strict=True):
            if value not in (None, ""):
                key = (team, is_won, name, value)
                summed[key] = summed.get(key, 0) + count
    return summed, total


def _tags(where: Sequence[Any]) -> Any:
    return (
        select(Lead.team_id, Tag.name_folded, Lead.status, func.count())
        .join(LeadTag, LeadTag.lead_id == Lead.id)
        .join(Tag, Tag.id == LeadTag.tag_id)
        .where(*where)
        .group_by(Lead.team_id, Tag.name_folded, Lead.status)
    )


def _add(
    counts: dict[int, Counts],
    team: int | None,
    key: tuple[str, str],
    count: int,
    *,
    is_won: bool,
) -> None:
    rows = counts.setdefault(team or NO_TEAM, {})
    won, lost = rows.get(key, (ROW, ROW))
    rows[key] = (won + LEAD * count, lost) if is_won else (won, lost + LEAD * count)


def _give_up_archived(uow: UnitOfWork, counts: dict[int, Counts]) -> None:
    """Count what archived teams did with the leads that have no team."""
    archived = select(Team.id).where(Team.archived_at.is_not(None))
    for team in uow.session.scalars(archived):
        gone = counts.pop(team, None)
        if gone is not None:
            hand_over(counts.setdefault(NO_TEAM, {}), gone)
