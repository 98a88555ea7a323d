"""The job that counts every lead anew, at night, and scores the open ones."""

from __future__ import annotations

from decimal import Decimal
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, String, cast, func, select, true, type_coerce

from crmkit.core import (
    Fact,
    Lead,
    LeadTag,
    Status,
    Tag,
    list_stages,
    record,
    set_estimates,
)
from crmkit_scoring.counting import fold_steps, take_snapshot, write_snapshot
from crmkit_scoring.estimating import Estimator, estimate
from crmkit_scoring.learned.facts import FactReader, facts_by_name
from crmkit_scoring.tables import NO_TEAM, OptOut
from crmkit_scoring.variables import STAGE, TAGS, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Result

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_scoring.learned.weights import Weights

WRITTEN_AT_ONCE = 500
_READ_AT_ONCE = 1000
_TOLD_AT_ONCE = 20_000
_OPEN: tuple[ColumnElement[bool], ...] = (
    Lead.status == Status.OPEN,
    Lead.deleted_at.is_(None),
)


def fold_counts(job: JobRun) -> None:
    """Fold the steps of leads that closed into the counts."""
    with job.work() as uow:
        job.finish(uow, {"steps": fold_steps(uow)})


def rebuild_counts(job: JobRun) -> None:
    """Count every closed lead anew, then score every open one."""
    while not job.checkpoint.get("is_counted"):
        with job.read() as uow:
            snapshot = take_snapshot(uow)
        with job.work() as uow:
            if write_snapshot(uow, snapshot):
                job.save(uow, {"is_counted": True, "closed": snapshot.closed})
    rescore_all(job)


def rescore_all(job: JobRun) -> None:
    """Score every open lead, writing those that changed a batch at a time."""
    mark = dict(job.checkpoint)
    after = int(mark.get("after", 0))
    changed = int(mark.get("changed", 0))
    with job.read() as uow:
        batches = list(find_changed(uow, after))
    for batch in batches:
        with job.work() as uow:
            changed += set_estimates(uow, batch)
            mark |= {"after": max(batch), "changed": changed}
            job.save(uow, mark, done=changed)
    with job.work() as uow:
        said = {"leads": (None, changed)}
        record(uow, [Fact("scoring.rescored", "scoring", 0, 0, said)])
        job.finish(uow, {"closed": mark.get("closed"), "rescored": changed})


def find_changed(uow: UnitOfWork, after: int = 0) -> Iterator[dict[int, Decimal]]:
    """New probabilities of open leads behind `after` that changed, in batches by id."""
    told = _estimates(uow, after)
    changed = sorted((n, value) for n, before, value in told if value != before)
    for start in range(0, len(changed), WRITTEN_AT_ONCE):
        some = changed[start : start + WRITTEN_AT_ONCE]
        yield {number: _in_percent(value) for number, value in some}


_Told = tuple[int, int, int]
"""The id of an open lead, its automatic probability and the new one, in hundredths."""


@lru_cache(maxsize=10_001)
def _in_percent(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100


def _in_hundredths(percent: float | Decimal) -> int:
    return round(100 * percent)


def _estimates(uow: UnitOfWork, after: int) -> Iterator[_Told]:
    """What is told of open leads, in any order."""
    estimator = Estimator(uow, [])
    defaults = {
        stage.id: _in_hundredths(stage.probability) for stage in list_stages(uow)
    }
    reader = estimator.reader
    if reader is not None and estimator.has_enough() and find_spec("numpy"):
        return _learned_estimates(uow, after, reader.weights, defaults)
    if estimator.is_plain:
        return _estimates_of_kinds(uow, after, estimator, defaults)
    return _slow_estimates(uow, after, defaults)


def _estimates_of_kinds(
    uow: UnitOfWork, after: int, estimator: Estimator, defaults: Mapping[int, int]
) -> Iterator[_Told]:
    """The same by counts: leads of one kind are told of together."""
    names = [name for name in estimator.config.variables if name in VARIABLES]
    tags = _tags(uow) if TAGS in estimator.config.variables else {}
    for ids, before, is_out, stage, team, *values in _kinds(uow, after, names):
        default = defaults[stage]
        plain = _values(names, stage, values)
        known: dict[tuple[str, ...], int] = {}
        for number in map(int, ids.split(",")):
            own = () if is_out else tags.get(number, ())
            told = known.get(own)
            if told is None:
                found = None
                if not is_out:
                    every = [*plain, *((TAGS, tag) for tag in own)]
                    found = estimator.percent_of(team or NO_TEAM, every)
                told = default if found is None else _in_hundredths(found)
                known[own] = told
            yield number, before, told


def _kinds(
    uow: UnitOfWork, after: int, names: Sequence[str]
) -> Result[*tuple[Any, ...]]:
    """Each kind of open leads: their ids, what is known of them, and their values."""
    columns = [
        type_coerce(Lead.automatic_probability, Integer),
        Lead.contact_id.in_(select(OptOut.contact_id)).is_(true()),
        Lead.stage_id,
        Lead.team_id,
        *(VARIABLES[name].column for name in names),
    ]
    ids = func.aggregate_strings(cast(Lead.id, String), ",")
    query = select(ids, *columns).where(*_OPEN, Lead.id > after)
    return uow.session.execute(query.group_by(*columns))


def _values(
    names: Sequence[str], stage: int, values: Sequence[Any]
) -> list[tuple[str, str]]:
    found = [(STAGE, str(stage))]
    for name, value in zip(names, values, strict=True):
        if value not in (None, ""):
            found.append((name, str(value)[:120]))
    return found


def _tags(uow: UnitOfWork) -> dict[int, tuple[str, ...]]:
    """The folded tags of every open lead that has any."""
    joined = func.aggregate_strings(cast(LeadTag.tag_id, String), ",")
    query = (
        select(LeadTag.lead_id, joined)
        .join(Lead, Lead.id == LeadTag.lead_id)
        .where(*_OPEN)
        .group_by(LeadTag.lead_id)
    )
    rows = uow.session.execute(select(Tag.id, Tag.name_folded))
    named = {row.id: row.name_folded for row in rows}

    @cache
    def read(ids: str) -> tuple[str, ...]:
        return tuple(sorted(named[int(number)] for number in ids.split(",")))

    return {number: read(ids) for number, ids in uow.session.execute(query)}


def _learned_estimates(
    uow: UnitOfWork, after: int, weights: Weights, defaults: Mapping[int, int]
) -> Iterator[_Told]:
    """The same by a learned model, many leads at once, as rows."""
    from crmkit_scoring.learned.arrays import tell_many  # noqa: PLC0415  (heavy)

    opted_out = frozenset(uow.session.scalars(select(OptOut.contact_id)))
    names = [column.name for column in weights.columns]
    before = type_coerce(Lead.automatic_probability, Integer).label("before")
    columns = {column.key: column for column in FactReader(uow).columns_of(names)}
    columns |= {"stage_id": Lead.stage_id, "before": before}
    every = select(*columns.values()).where(*_OPEN).order_by(Lead.id)
    while rows := uow.session.execute(
        every.where(Lead.id > after).limit(_TOLD_AT_ONCE)
    ).all():
        chances = tell_many(weights, facts_by_name(uow, rows, names), len(rows))
        for row, chance in zip(rows, chances, strict=True):
            is_out = row.contact_id in opted_out
            told = defaults[row.stage_id] if is_out else round(10_000 * chance)
            yield row.id, row.before, told if is_out else min(max(told, 1), 9999)
        after = rows[-1].id


def _slow_estimates(
    uow: UnitOfWork, after: int, defaults: Mapping[int, int]
) -> Iterator[_Told]:
    """The same by any other model, one lead after the other."""
    while True:
        query = select(Lead).where(*_OPEN, Lead.id > after).order_by(Lead.id)
        leads = list(uow.session.scalars(query.limit(_READ_AT_ONCE)))
        if not leads:
            return
        found = estimate(uow, leads)
        for lead in leads:
            percent, before = found.get(lead.id), lead.automatic_probability
            told = defaults[lead.stage_id]
            told = told if percent is None else _in_hundredths(percent)
            yield lead.id, _in_hundredths(before), told
        after = leads[-1].id
        uow.session.expunge_all()
