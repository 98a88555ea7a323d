"""Learned models as the database keeps them; no library of the learning is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit_scoring.frequency import Estimate


class Reader(Protocol):
    """Something that estimates leads whose values it has read."""

    def estimate(self, lead: Lead) -> Estimate:
        """The probability of a lead, and what its values add."""


def read_trained(
    uow: UnitOfWork, trained_id: int | None, leads: Sequence[Lead]
) -> Reader | None:
    """The learned model of that id with the values of `leads`; None without one."""
    del uow, trained_id, leads
    return None
