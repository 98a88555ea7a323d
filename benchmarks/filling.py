"""The SQLite file that is measured on, made once for the tables that there are."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.databases import fingerprint, open_for
from benchmarks.growing import grow
from benchmarks.history import add_history
from benchmarks.seeding import seed

if TYPE_CHECKING:
    from pathlib import Path

SEEDED = 20_000
"""So many leads are made by the core; the database copies them until there are all."""
WITH_HISTORY = 200_000
"""Up to so many leads have ten events each; more only what their creation wrote."""


def fill(folder: Path, leads: int) -> Path:
    """The file in `folder` that holds so many leads, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"leads-{leads}-{fingerprint()}.db"
    if path.exists():
        return path
    began = perf_counter()
    made = path.with_suffix(".part")
    made.unlink(missing_ok=True)
    crm = open_for(f"sqlite:///{made}")
    seed(crm, min(leads, SEEDED))
    crm.close()
    if leads <= WITH_HISTORY:
        add_history(str(made))
    grow(str(made), leads)
    made.rename(path)
    took = perf_counter() - began
    print(f"{leads:,} leads made in {took:.0f} s, {leads / took:,.0f}/s.", flush=True)
    return path
