"""What is to become of rows: created, updated or left out; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit_data_exchange.companies import link_companies
from crmkit_data_exchange.directory import find_named_contacts
from crmkit_data_exchange.drafts import make_draft
from crmkit_data_exchange.matching import find_records, make_key
from crmkit_data_exchange.people import note_people
from crmkit_data_exchange.placed_rows import Placed
from crmkit_data_exchange.problems import SEVERAL, Problem
from crmkit_data_exchange.tables import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.directory import Directory
    from crmkit_data_exchange.drafts import Drafted
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.reading import ReadRow

# People find a company among the rows that are planned together.
CHUNK = 100
_CHUNK_OF_UPDATES = 25


def chunk_size(mapping: Mapping, before: Sequence[Placed] = ()) -> int:
    """How many rows are stored together, after those `before` them.

    An update takes ten times as long as a new record, so that there are fewer where
    records are matched, until rows turn out to be new.
    """
    is_new = bool(before) and all(row.outcome is not Outcome.UPDATED for row in before)
    return CHUNK if is_new or not mapping.match_by else _CHUNK_OF_UPDATES


def plan_rows(
    uow: UnitOfWork, mapping: Mapping, directory: Directory, rows: Sequence[ReadRow]
) -> list[Placed]:
    """What is to become of each of `rows`."""
    find_named_contacts(uow, directory, mapping.entity, rows)
    plan = [
        _place(row, make_draft(mapping.entity, row.converted, directory))
        for row in rows
    ]
    link_companies(uow, directory, [item for item in plan if not item.problems])
    good = [item for item in plan if not item.problems]
    note_people(uow, directory, good)
    find_targets(uow, mapping, good)
    return plan


def _place(row: ReadRow, drafted: Drafted) -> Placed:
    outcome = Outcome.FAILED if drafted.problems else Outcome.CREATED
    return Placed(row, drafted, outcome, problems=drafted.problems)


def find_targets(uow: UnitOfWork, mapping: Mapping, plan: Sequence[Placed]) -> None:
    """Mark the rows whose record is there already, or is not clear."""
    if not mapping.match_by:
        return
    drafts = [item.draft for item in plan]
    found = find_records(uow, mapping.entity, mapping.match_by, drafts)
    for item in plan:
        item.key = make_key(uow, item.draft, mapping.match_by)
        ids = [] if item.key is None else found.get(item.key, [])
        if len(ids) == 1:
            item.outcome, item.record_id = Outcome.UPDATED, ids[0]
        elif ids:
            parts = {"count": len(ids), "fields": ", ".join(mapping.match_by)}
            item.refuse(Problem("", "", SEVERAL, parts), Outcome.SKIPPED)
