"""`python -m benchmarks.concurrency`: 4 writers and 8 readers, on each database."""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from crmkit.app import open_crm
from crmkit.core import (
    BoardQuery,
    LeadDraft,
    Settings,
    StageDraft,
    add_stage,
    create_lead,
    edit_lead,
    get_lead,
    pipeline,
)

from benchmarks.databases import describe, postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.app import Crm

WRITERS, READERS, LEADS = 4, 8, 40


def main() -> None:
    """Print how long reads and writes took, and whether an update was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.concurrency")
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory(prefix="crmkit-bench-") as name,
        postgresql(Path(name) / "postgresql") as other,
    ):
        for url in (f"sqlite:///{name}/leads.db", other):
            print(f"\n{describe(url)}, {seconds:.0f} s", flush=True)
            _measure(url, seconds)


def _measure(url: str, seconds: float) -> None:
    crm = open_crm(Settings(database_url=url, plugins=(), pool_size=WRITERS + READERS))
    crm.upgrade()
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
        ids = [create_lead(uow, LeadDraft(name=f"{n}")).id for n in range(LEADS)]
    until = perf_counter() + seconds
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing = [pool.submit(_write, crm, ids, until) for _ in range(WRITERS)]
        reading = [pool.submit(_read, crm, until) for _ in range(READERS)]
        written = [took for future in writing for took in future.result()]
        read = [took for future in reading for took in future.result()]
    with crm.read() as uow:
        leads = [get_lead(uow, lead_id) for lead_id in ids]
        kept = int(sum(lead.expected_revenue for lead in leads))
        versions = sum(lead.version - 1 for lead in leads)
    crm.close()
    for noun, took in (("writes", written), ("boards read", read)):
        print(
            f"- {len(took):,} {noun}, {len(took) / seconds:,.0f}/s: p50 "
            f"{median(took) * 1000:.1f} ms, p99 {_ninety_ninth(took) * 1000:.1f} ms, "
            f"the longest {max(took) * 1000:.0f} ms"
        )
    print(f"- updates lost: {len(written) - kept}, versions: {len(written) - versions}")


def _write(crm: Crm, ids: Sequence[int], until: float) -> list[float]:
    took: list[float] = []
    while (began := perf_counter()) < until:
        with crm.work() as uow:
            lead = get_lead(uow, ids[len(took) % len(ids)])
            edit_lead(uow, lead, {"expected_revenue": lead.expected_revenue + 1})
        took.append(perf_counter() - began)
    return took


def _read(crm: Crm, until: float) -> list[float]:
    took: list[float] = []
    while (began := perf_counter()) < until:
        with crm.read() as uow:
            pipeline(uow, BoardQuery())
        took.append(perf_counter() - began)
    return took


def _ninety_ninth(took: Sequence[float]) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * 0.99))]


if __name__ == "__main__":
    main()
