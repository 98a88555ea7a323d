"""How long similar leads and a merge take among many leads, with the plans.

    python -m benchmarks.twins_of_leads [--leads N]

Both are made in process, on PostgreSQL, without their twins in raw SQL: the bars are
fixed times. A merge is taken back after each measuring.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select, text

from crmkit.core import (
    Lead,
    MergeDraft,
    duplicates_of,
    get_lead,
    get_merge,
    merge_leads,
    unmerge_leads,
)

from benchmarks.databases import open_for, postgresql
from benchmarks.measuring import Measured, take_time
from benchmarks.printing import print_table
from benchmarks.seeding import seed

if TYPE_CHECKING:
    from crmkit.app import Crm

TIMES = 60
FOUND_BAR, MERGED_BAR = 0.0007, 0.012
_FIVE = 5


def main(arguments: list[str]) -> int:
    """Print what was measured; 1 where a bar is missed."""
    leads = int(arguments[1]) if arguments[:1] == ["--leads"] else 100_000
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder)) as url:
        crm = open_for(url, ("duplicates",))
        seed(crm, leads)
        with crm.work() as uow:
            uow.session.execute(text("ANALYZE"))
        rows = [_found(crm, leads), _merged(crm, leads)]
        print_table(f"{leads:,} leads on PostgreSQL", rows)
        _explain(crm, leads // 2)
    return int(any(row.is_over for row in rows))


def _found(crm: Crm, leads: int) -> Measured:
    with crm.read() as uow:
        few = select(Lead).where(Lead.id % (leads // TIMES) == 0).limit(TIMES)
        finds = [partial(duplicates_of, uow, lead) for lead in uow.session.scalars(few)]
        times = [take_time(find) for find in finds]
    return Measured("similar leads of one", times, bar=FOUND_BAR)


def _merged(crm: Crm, leads: int) -> Measured:
    times = []
    for number in range(1, min(TIMES, leads // 100)):
        with crm.work() as uow:
            ids = [
                lead_id
                for (lead_id,) in uow.session.execute(
                    select(Lead.id)
                    .where(Lead.id > number * 100, Lead.status == "open")
                    .limit(_FIVE)
                )
            ]
            draft = MergeDraft(ids=ids)
            made = []
            times.append(take_time(lambda: made.append(merge_leads(uow, draft))))  # noqa: B023  (called here)
            unmerge_leads(uow, get_merge(uow, made[0].merge_id or 0))
    return Measured("merge of five", times, bar=MERGED_BAR)


def _explain(crm: Crm, lead_id: int) -> None:
    """Print the plan of the statement that finds similar leads."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, sql: str, values: Any, *_: object) -> None:
        sent.append((sql, values))

    with crm.read() as uow:
        lead = get_lead(uow, lead_id)
        event.listen(crm.engine, "before_cursor_execute", note)
        duplicates_of(uow, lead)
        event.remove(crm.engine, "before_cursor_execute", note)
        for sql, values in sent:
            if "UNION" in sql:
                plan = uow.session.connection().exec_driver_sql(
                    f"EXPLAIN ANALYZE {sql}", values
                )
                print("\n".join(row[0] for row in plan))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
