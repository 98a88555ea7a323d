"""`python -m benchmarks`: every operation on both databases, as Markdown tables."""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.databases import copy_rows, describe, open_for, postgresql
from benchmarks.dispatch import print_costs
from benchmarks.doors import measure_doors
from benchmarks.filling import fill
from benchmarks.imports import measure_import
from benchmarks.operations import Bench
from benchmarks.printing import print_table
from benchmarks.seeding import sign_people_in
from benchmarks.twins.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring import Measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 0 whatever the figures are."""
    asked = _read_arguments(arguments)
    began = perf_counter()
    with tempfile.TemporaryDirectory(prefix="crmkit-bench-") as name:
        path = fill(Path(asked.folder or name), asked.leads)
        url = f"sqlite:///{path}"
        with postgresql(Path(name) / "postgresql") as other:
            open_for(other).close()
            copy_rows(str(path), other)
            for address in (url, other):
                if address.split(":")[0].split("+")[0] in asked.databases:
                    print_table(
                        f"{describe(address)}, {asked.leads:,} leads",
                        _measure(address, asked.rows),
                    )
        print()
        print_costs(path)
    print(f"\n{perf_counter() - began:.0f} s in all.")
    return 0


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the import")
    parser.add_argument("--folder", help="keep the SQLite file here, and use it again")
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], metavar="NAME"
    )
    return parser.parse_args(arguments)


def _measure(url: str, rows: int) -> list[Measured]:
    crm, driver = open_for(url), Driver(url)
    gc.collect()
    gc.freeze()
    bench = Bench(crm, driver, sign_people_in(crm))
    measured: list[Measured] = []
    try:
        measured += bench.boards()
        measured += bench.lists()
        measured.append(bench.lead())
        measured.append(bench.report())
        measured += bench.pasts()
        measured += measure_doors(bench, url, measured[0])
        measured.append(bench.move())
        measured.append(measure_import(bench, rows))
    finally:
        driver.close()
        crm.close()
    return measured


if __name__ == "__main__":
    sys.exit(main())
