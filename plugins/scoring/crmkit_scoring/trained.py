"""Learned models as the database keeps them; no library of the learning is needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit_scoring.learned.facts import facts_now
from crmkit_scoring.learned.weights import Weights, load_weights
from crmkit_scoring.tables import Trained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit_scoring.frequency import Estimate
    from crmkit_scoring.learned.facts import Facts


@dataclass(frozen=True, slots=True)
class Reader:
    """A learned model, and the facts of some leads by id."""

    weights: Weights
    facts: Mapping[int, Facts]

    def estimate(self, lead: Lead) -> Estimate:
        """The probability of one of the leads, and what its values add."""
        return self.weights.estimate(self.facts[lead.id])


def read_trained(
    uow: UnitOfWork, trained_id: int | None, leads: Sequence[Lead]
) -> Reader | None:
    """The learned model of that id with the facts of `leads`; None without one."""
    query = select(Trained.weights, Trained.digest).where(Trained.id == trained_id)
    row = uow.session.execute(query).first()
    if row is None or not row.digest:
        return None
    facts = dict(zip((lead.id for lead in leads), facts_now(uow, leads), strict=True))
    return Reader(_load(row.weights, row.digest), facts)


@lru_cache(maxsize=4)
def _load(packed: bytes, digest: str) -> Weights:
    """The weights, unpacked once in a process: their sum names them."""
    return load_weights(packed, digest)
