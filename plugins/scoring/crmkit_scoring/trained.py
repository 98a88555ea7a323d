"""Learned models as the database keeps them; no library of the learning is needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from crmkit_scoring.learned.facts import facts_now
from crmkit_scoring.learned.weights import Weights, load_weights
from crmkit_scoring.tables import Trained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit_scoring.frequency import Estimate
    from crmkit_scoring.learned.facts import Facts
    from crmkit_scoring.standing import Standing


@dataclass(frozen=True, slots=True)
class Reader:
    """A learned model, and the facts of some leads by id."""

    weights: Weights
    facts: Mapping[int, Facts]

    def chance(self, lead: Lead) -> float:
        """The probability of one of the leads, 0 to 1."""
        return self.weights.chance(self.facts[lead.id])

    def estimate(self, lead: Lead) -> Estimate:
        """The probability of one of the leads, and what its values add."""
        return self.weights.estimate(self.facts[lead.id])


def read_trained(
    uow: UnitOfWork, standing: Standing, leads: Sequence[Lead]
) -> Reader | None:
    """The learned model that is chosen, with the facts of `leads`.

    None without one, and for one that an earlier version left: the counts answer then.
    """
    trained_id, digest = standing.config.trained_id, standing.digest
    if trained_id is None or not digest:
        return None
    kept = _remembered(digest)
    if not kept:
        packed = uow.run(_packed, {"trained": trained_id}).scalar_one()
        kept.append(load_weights(packed, digest))
    weights = kept[0]
    if weights is None:
        return None
    facts = facts_now(uow, leads, standing.tags)
    return Reader(weights, dict(zip((one.id for one in leads), facts, strict=True)))


_packed = select(Trained.weights).where(Trained.id == bindparam("trained"))


@lru_cache(maxsize=4)
def _remembered(digest: str) -> list[Weights | None]:
    """The weights of that sum, once they were unpacked in this process."""
    del digest
    return []
