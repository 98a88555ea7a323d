"""The job that counts every lead anew, at night, and scores the open ones."""

from __future__ import annotations

from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

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
from crmkit_scoring.frequency import clamp
from crmkit_scoring.learned.facts import facts_now
from crmkit_scoring.tables import NO_TEAM, OptOut
from crmkit_scoring.variables import STAGE, TAGS, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_scoring.learned.weights import Weights

WRITTEN_AT_ONCE = 500
_READ_AT_ONCE = 1000
_TOLD_AT_ONCE = 5000
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
    """New probabilities of open leads behind `after` that changed, in batches."""
    batch: dict[int, Decimal] = {}
    for lead_id, before, percent in _estimates(uow, after):
        value = Decimal(str(percent)).quantize(Decimal("0.01"))
        if value != before:
            batch[lead_id] = value
        if len(batch) == WRITTEN_AT_ONCE:
            yield batch
            batch = {}
    if batch:
        yield batch


def _estimates(
    uow: UnitOfWork, after: int
) -> Iterator[tuple[int, Decimal, float | Decimal]]:
    """Id, automatic probability and the new one of open leads, by id."""
    estimator = Estimator(uow, [])
    defaults = {stage.id: stage.probability for stage in list_stages(uow)}
    reader = estimator.reader
    if reader is not None and estimator.has_enough() and find_spec("numpy"):
        yield from _learned_estimates(uow, after, reader.weights, defaults)
        return
    if not estimator.is_plain:
        yield from _slow_estimates(uow, after, defaults)
        return
    names = [name for name in estimator.config.variables if name in VARIABLES]
    query = select(
        Lead.id,
        Lead.automatic_probability,
        Lead.contact_id,
        Lead.stage_id,
        Lead.team_id,
        *(VARIABLES[name].column for name in names),
    ).where(*_OPEN, Lead.id > after)
    tags = _tags(uow) if TAGS in estimator.config.variables else {}
    opted_out = frozenset(uow.session.scalars(select(OptOut.contact_id)))
    known: dict[tuple[Any, ...], float | None] = {}
    for row in uow.session.execute(query.order_by(Lead.id)):
        told: float | Decimal | None = None
        if row[2] not in opted_out:
            key = (row[3:], tags.get(row[0], ()))
            if key not in known:
                values = _values(names, row, tags.get(row[0], ()))
                known[key] = estimator.percent_of(row[4] or NO_TEAM, values)
            told = known[key]
        yield row[0], row[1], defaults[row[3]] if told is None else told


def _values(names: list[str], row: Any, tags: tuple[str, ...]) -> list[tuple[str, str]]:
    found = [(STAGE, str(row[3]))]
    for name, value in zip(names, row[5:], strict=True):
        if value not in (None, ""):
            found.append((name, str(value)[:120]))
    return found + [(TAGS, tag) for tag in tags]


def _tags(uow: UnitOfWork) -> dict[int, tuple[str, ...]]:
    """The folded tags of every open lead that has any."""
    query = (
        select(LeadTag.lead_id, Tag.name_folded)
        .join(Tag, Tag.id == LeadTag.tag_id)
        .join(Lead, Lead.id == LeadTag.lead_id)
        .where(*_OPEN)
        .order_by(LeadTag.lead_id, Tag.name_folded)
    )
    found: dict[int, tuple[str, ...]] = {}
    for lead_id, name in uow.session.execute(query):
        found[lead_id] = (*found.get(lead_id, ()), name)
    return found


def _learned_estimates(
    uow: UnitOfWork, after: int, weights: Weights, defaults: Mapping[int, Decimal]
) -> Iterator[tuple[int, Decimal, float | Decimal]]:
    """The same by a learned model, many leads at once, as rows."""
    from crmkit_scoring.learned.arrays import tell_many  # noqa: PLC0415  (heavy)

    opted_out = frozenset(uow.session.scalars(select(OptOut.contact_id)))
    every = select(*Lead.__table__.c).where(*_OPEN).order_by(Lead.id)
    while rows := uow.session.execute(
        every.where(Lead.id > after).limit(_TOLD_AT_ONCE)
    ).all():
        profiled = [row for row in rows if row.contact_id not in opted_out]
        chances = tell_many(weights, facts_now(uow, profiled))
        told = {
            row.id: clamp(100 * chance)
            for row, chance in zip(profiled, chances, strict=True)
        }
        for row in rows:
            default = defaults[row.stage_id]
            yield row.id, row.automatic_probability, told.get(row.id, default)
        after = rows[-1].id


def _slow_estimates(
    uow: UnitOfWork, after: int, defaults: Mapping[int, Decimal]
) -> Iterator[tuple[int, Decimal, float | Decimal]]:
    """The same by any other model, one lead after the other."""
    while True:
        query = select(Lead).where(*_OPEN, Lead.id > after).order_by(Lead.id)
        leads = list(uow.session.scalars(query.limit(_READ_AT_ONCE)))
        if not leads:
            return
        found = estimate(uow, leads)
        for lead in leads:
            percent = found.get(lead.id, defaults[lead.stage_id])
            yield lead.id, lead.automatic_probability, percent
        after = leads[-1].id
        uow.session.expunge_all()
