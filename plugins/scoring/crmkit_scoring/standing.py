"""What an estimate stands on, read in one statement: it is asked for at each change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import String, bindparam, cast, func, null, select

from crmkit.core import LeadTag, Stage, Tag
from crmkit_scoring.config import unchosen
from crmkit_scoring.counting import read_counts, read_folded
from crmkit_scoring.tables import Config, OptOut, Step, Trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit_scoring.frequency import Counts, Scope

_BETWEEN, _IN = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class Standing:
    """The choices, and what is known of the leads that are asked about.

    `stamp` names the counts as they are folded, "" before there are any; `has_steps`
    tells whether others wait. `first_stage` is the first that all teams share.
    """

    config: Config
    stamp: str
    has_steps: bool
    digest: str
    first_stage: str
    opted_out: frozenset[int]
    tags: dict[int, tuple[str, ...]]


def read_standing(uow: UnitOfWork, leads: Sequence[Lead]) -> Standing:
    """What estimates of `leads` stand on."""
    wanted = {
        "contacts": [one.contact_id for one in leads if one.contact_id is not None],
        "leads": [lead.id for lead in leads],
    }
    row = uow.run(_with_config, wanted).first()
    config = unchosen(uow)
    if row is None:
        row = uow.run(_without_config, wanted).one()
    else:
        config = Config(**{name: getattr(row, name) for name in _CHOSEN})
    return Standing(
        config,
        config.stamp,
        row.step is not None,
        row.digest or "",
        "" if row.first_stage is None else str(row.first_stage),
        frozenset(map(int, row.opted_out.split(","))) if row.opted_out else frozenset(),
        _read_tags(row.tags),
    )


def _read_tags(text: str | None) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for one in text.split(_BETWEEN) if text else ():
        lead_id, _, name = one.partition(_IN)
        found.setdefault(int(lead_id), []).append(name)
    return {lead_id: tuple(sorted(names)) for lead_id, names in found.items()}


class Kept:
    """Counts that never change again, and the scopes made of them."""

    def __init__(self) -> None:
        self.counts: dict[int, Counts] | None = None
        self.scopes: dict[tuple[int, frozenset[str], str], Scope] = {}


@lru_cache(maxsize=8)
def _kept(stamp: str) -> Kept:
    """What this process remembers of the counts of that stamp."""
    del stamp
    return Kept()


def keep_counts(uow: UnitOfWork, standing: Standing) -> Kept:
    """The counts as things stand; read from the database where that has changed."""
    if standing.has_steps or not standing.stamp:
        fresh = Kept()
        fresh.counts = read_counts(uow, None)
        return fresh
    kept = _kept(standing.stamp)
    if kept.counts is None:
        kept.counts = read_folded(uow, None)
    return kept


_shared = (
    select(Stage.id)
    .where(Stage.archived_at.is_(None), Stage.team_ids == ())
    .order_by(Stage.position, Stage.id)
    .limit(1)
)
_out = select(func.aggregate_strings(cast(OptOut.contact_id, String), ",")).where(
    OptOut.contact_id.in_(bindparam("contacts", expanding=True))
)
_tagged = cast(LeadTag.lead_id, String) + _IN + Tag.name_folded
_tags = (
    select(func.aggregate_strings(_tagged, _BETWEEN))
    .join_from(LeadTag, Tag, Tag.id == LeadTag.tag_id)
    .where(LeadTag.lead_id.in_(bindparam("leads", expanding=True)))
)
_CHOSEN = tuple(Config.__table__.c.keys())
_without_config = select(
    select(Step.id).limit(1).scalar_subquery().label("step"),
    _shared.scalar_subquery().label("first_stage"),
    _out.scalar_subquery().label("opted_out"),
    _tags.scalar_subquery().label("tags"),
    null().label("digest"),
)
_with_config = (
    select(
        *Config.__table__.c,
        *(
            column
            for column in _without_config.selected_columns
            if column.key != "digest"
        ),
        select(Trained.digest)
        .where(Trained.id == Config.__table__.c.trained_id)
        .scalar_subquery()
        .label("digest"),
    )
    .order_by(Config.__table__.c.id)
    .limit(1)
)
