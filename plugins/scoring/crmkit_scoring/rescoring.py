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
    changed = _find_changed(uow, after)
    numbers = sorted(changed)
    for start in range(0, len(numbers), WRITTEN_AT_ONCE):
        some = numbers[start : start + WRITTEN_AT_ONCE]
        yield {number: _in_percent(changed[number]) for number in some}


_Changed = dict[int, int]
"""New automatic probabilities in hundredths, by the id of the lead."""
_Values = list[tuple[str, str]]


@lru_cache(maxsize=10_001)
def _in_percent(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100


def _in_hundredths(percent: float | Decimal) -> int:
    return round(100 * percent)


def _find_changed(uow: UnitOfWork, after: int) -> _Changed:
    """The open leads behind `after` that another probability is told of now."""
    estimator = Estimator(uow, [])
    defaults = {
        stage.id: _in_hundredths(stage.probability) for stage in list_stages(uow)
    }
    reader = estimator.reader
    if reader is not None and estimator.has_enough() and find_spec("numpy"):
        return _changed_by_learning(uow, after, reader.weights, defaults)
    if estimator.is_plain:
        return _changed_by_counts(uow, after, estimator, defaults)
    return _changed_one_by_one(uow, after, defaults)


def _changed_by_counts(
    uow: UnitOfWork, after: int, estimator: Estimator, defaults: Mapping[int, int]
) -> _Changed:
    """The same by counts: leads of one kind are told of together."""
    names = [name for name in estimator.config.variables if name in VARIABLES]
    tags = _tags(uow) if TAGS in estimator.config.variables else {}
    changed: _Changed = {}

    def tell(stage: int, team: int | None, values: _Values) -> int:
        found = estimator.percent_of(team or NO_TEAM, values)
        return defaults[stage] if found is None else _in_hundredths(found)

    for joined, before, is_out, stage, team, *values in _kinds(uow, after, names):
        plain, told = _values(names, stage, values), dict[tuple[str, ...], int]()
        ids = set(map(int, joined.split(",")))
        tagged = set() if is_out else ids & tags.keys()
        now = defaults[stage] if is_out else tell(stage, team, plain)
        if now != before:
            changed |= dict.fromkeys(ids - tagged, now)
        for number in tagged:
            own = tags[number]
            if own not in told:
                told[own] = tell(stage, team, [*plain, *((TAGS, tag) for tag in own)])
            if told[own] != before:
                changed[number] = told[own]
    return changed


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


def _values(names: Sequence[str], stage: int, values: Sequence[Any]) -> _Values:
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


def _changed_by_learning(
    uow: UnitOfWork, after: int, weights: Weights, defaults: Mapping[int, int]
) -> _Changed:
    """The same by a learned model, many leads at once, as rows."""
    from crmkit_scoring.learned.arrays import tell_many  # noqa: PLC0415  (heavy)

    opted_out = frozenset(uow.session.scalars(select(OptOut.contact_id)))
    names = [column.name for column in weights.columns]
    before = type_coerce(Lead.automatic_probability, Integer).label("before")
    columns = {column.key: column for column in FactReader(uow).columns_of(names)}
    columns |= {"stage_id": Lead.stage_id, "before": before}
    every = select(*columns.values()).where(*_OPEN).order_by(Lead.id)
    changed: _Changed = {}
    while rows := uow.session.execute(
        every.where(Lead.id > after).limit(_TOLD_AT_ONCE)
    ).all():
        chances = tell_many(weights, facts_by_name(uow, rows, names), len(rows))
        for row, chance in zip(rows, chances, strict=True):
            told = min(max(round(10_000 * chance), 1), 9999)
            if row.contact_id in opted_out:
                told = defaults[row.stage_id]
            if told != row.before:
                changed[row.id] = told
        after = rows[-1].id
    return changed


def _changed_one_by_one(
    uow: UnitOfWork, after: int, defaults: Mapping[int, int]
) -> _Changed:
    """The same by any other model, one lead after the other."""
    query = select(Lead).where(*_OPEN).order_by(Lead.id).limit(_READ_AT_ONCE)
    changed: _Changed = {}
    while leads := uow.session.scalars(query.where(Lead.id > after)).all():
        found = estimate(uow, leads)
        for lead in leads:
            percent = found.get(lead.id)
            told = defaults[lead.stage_id]
            told = told if percent is None else _in_hundredths(percent)
            if told != _in_hundredths(lead.automatic_probability):
                changed[lead.id] = told
        after = leads[-1].id
        uow.session.expunge_all()
    return changed
