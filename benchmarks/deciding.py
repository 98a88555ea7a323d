"""`python -m benchmarks.deciding`: scoring and assignment, on one database each.

The leads are those of the other benchmarks, with their history; where they come from
tells a little of how they ended. Nothing is compared with a twin: the bars are those
that the plugins promise. Each job is a process of its own, as a worker's.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from crmkit.core import Status, get_leads
from crmkit_assignment.runs import start_run
from crmkit_scoring.config import ConfigDraft, choose
from crmkit_scoring.counting import take_snapshot, write_snapshot
from crmkit_scoring.estimating import estimate
from crmkit_scoring.rescoring import find_changed
from crmkit_scoring.tables import Choice

from benchmarks.databases import copy_rows, describe, open_for, postgresql
from benchmarks.deciding_leads import PLUGINS, fill_deciding
from benchmarks.one_job import run_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.app import Crm

_TIMES = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="benchmarks.deciding", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--unowned", type=int, default=10_000)
    parser.add_argument("--folder", help="keep the SQLite file here, and use it again")
    parser.add_argument("--fill", action="store_true", help="only make that file")
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], metavar="NAME"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="crmkit-bench-") as name:
        path = fill_deciding(Path(asked.folder or name), asked.leads, asked.unowned)
        for database in () if asked.fill else asked.databases:
            with _opened(database, path, Path(name)) as url:
                print(f"\n{describe(url)}, {asked.leads:,} leads\n", flush=True)
                print("| what | took | of a core | statements | memory |")
                print("| --- | --- | --- | --- | --- |")
                _measure(url, asked.unowned)
    return 0


@contextmanager
def _opened(database: str, path: Path, folder: Path) -> Iterator[str]:
    """The address of a copy of the file, in one of the two kinds of database."""
    if database == "sqlite":
        copy = folder / "deciding.db"
        shutil.copy(path, copy)
        yield f"sqlite:///{copy}"
    else:
        with postgresql(folder / "postgresql") as url:
            open_for(url, PLUGINS).close()
            copy_rows(str(path), url)
            yield url


def _measure(url: str, unowned: int) -> None:
    crm = open_for(url, PLUGINS)
    try:
        _count_and_score(crm, "counts")
        _work(crm, "scoring.rebuild_counts", "the night's job, all probabilities new")
        _work(crm, "scoring.rebuild_counts", "the night's job, once more")
        with crm.work() as uow:
            job_id = start_run(uow, is_dry=False).job_id or 0
        _tell(f"assign {unowned:,} leads to 50 members", crm, job_id)
        _work(crm, "scoring.learn", "learn")
        with crm.work() as uow:
            choose(uow, ConfigDraft(choice=Choice.LEARNED))
        _score(crm, "the learned model")
        _work(crm, "scoring.rebuild_counts", "the night's job by the learned model")
    finally:
        crm.close()


def _count_and_score(crm: Crm, by: str) -> None:
    """Counting anew and scoring, but for writing the probabilities that changed."""
    with crm.read() as uow, _timed("count the closed leads anew"):
        snapshot = take_snapshot(uow)
    with crm.work() as uow, _timed("write these counts"):
        write_snapshot(uow, snapshot)
    _score(crm, by)


def _score(crm: Crm, by: str) -> None:
    with crm.read() as uow:
        leads = get_leads(uow, list(range(1, 400)))
        one = next(lead for lead in leads if lead.status is Status.OPEN)
        estimate(uow, [one])
        with _timed(f"one lead that changed, by {by}", _TIMES):
            for _ in range(_TIMES):
                estimate(uow, [one])
    with crm.read() as uow, _timed(f"tell of every open lead by {by}"):
        for _ in find_changed(uow):
            pass


@contextmanager
def _timed(what: str, times: int = 1) -> Iterator[None]:
    """Print what was done in the block, so many times, and how long each took."""
    began, worked = perf_counter(), process_time()
    yield
    took, core = perf_counter() - began, process_time() - worked
    each, own = (f"{1000 * one / times:,.2f} ms" for one in (took, core))
    print(f"| {what} | {each} | {own} | | |", flush=True)


def _work(crm: Crm, job: str, what: str) -> None:
    with crm.work() as uow:
        job_id = uow.enqueue(job, key="all")
    _tell(what, crm, job_id)


def _tell(what: str, crm: Crm, job_id: int) -> None:
    url = crm.engine.url.render_as_string(hide_password=False)
    took = run_apart(url, PLUGINS, job_id)
    print(
        f"| {what} | {took.seconds:.2f} s | {took.core:.2f} s | {took.statements:,} |"
        f" {took.megabytes} MB |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
