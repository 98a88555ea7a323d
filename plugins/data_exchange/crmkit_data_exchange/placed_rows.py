"""A row of the file on its way: its draft, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from crmkit_data_exchange.tables import Outcome

if TYPE_CHECKING:
    from crmkit_data_exchange.drafts import Draft, Drafted
    from crmkit_data_exchange.matching import Key
    from crmkit_data_exchange.problems import Problem
    from crmkit_data_exchange.reading import ReadRow


@dataclass(slots=True)
class Placed:
    """A row with its draft, and what becomes of it."""

    row: ReadRow
    drafted: Drafted
    outcome: Outcome
    record_id: int | None = None
    problems: tuple[Problem, ...] = ()
    key: Key | None = None

    @property
    def draft(self) -> Draft:
        """The row's draft; only a refused row has none."""
        return cast("Draft", self.drafted.draft)

    def refuse(self, problem: Problem, outcome: Outcome = Outcome.FAILED) -> None:
        """Leave the row out, with the reason."""
        self.outcome, self.problems = outcome, (problem,)
