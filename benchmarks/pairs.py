"""`python -m benchmarks.pairs FOLDER`: how well leads that are the same are found.

The folder holds `chicago_sites.csv` and `febrl_dataset1.csv`, records of which is known
which are the same. Each becomes a lead with what the plugin `duplicates` looks at; of
people without mail and telephone, as FEBRL's, it can find none, and the table says so.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.core import (
    LeadDraft,
    NoFinderError,
    StageDraft,
    add_stage,
    create_leads,
    duplicates_of,
    get_lead,
)

from benchmarks.databases import open_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmkit.app import Crm

BATCH = 500
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class DataSet:
    """A file, what a row becomes as a lead, and which row it is the same as."""

    file: str
    draft: Callable[[Row], LeadDraft]
    truth: Callable[[Row], str]


def _site(row: Row) -> LeadDraft:
    phone = row["Phone"].strip()
    return LeadDraft(
        name=row["Site name"].strip() or "?",
        # Seven digits, as one writes them in the city.
        phone=f"+1 312 {phone}" if len(phone) == 7 else None,  # noqa: PLR2004
        street=row["Address"].strip() or None,
        zip=row["Zip"].strip() or None,
    )


def _person(row: Row) -> LeadDraft:
    name = f"{row['given_name']} {row['surname']}".strip() or "?"
    return LeadDraft(name=name, contact_name=name, zip=row["postcode"] or None)


DATA_SETS = (
    DataSet("chicago_sites.csv", _site, lambda row: row["True Id"]),
    DataSet("febrl_dataset1.csv", _person, lambda row: row["rec_id"].split("-")[1]),
)


def main(arguments: list[str]) -> int:
    """Print a line for each file."""
    folder = Path(arguments[0])
    print("| file | leads | pairs | found | right | precision | recall |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for data in DATA_SETS:
        with tempfile.TemporaryDirectory(prefix="crmkit-pairs-") as name:
            crm = open_for(f"sqlite:///{Path(name, 'pairs.db')}", ("duplicates",))
            with crm.work() as uow:
                add_stage(uow, StageDraft(name="New"))
            print(_measure(crm, data, folder / data.file))
            crm.close()
    return 0


def _measure(crm: Crm, data: DataSet, path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    ids = list(_make(crm, [data.draft(row) for row in rows]))
    same = defaultdict(list)
    for number, row in zip(ids, rows, strict=True):
        same[data.truth(row)].append(number)
    true = {pair for group in same.values() for pair in combinations(sorted(group), 2)}
    found = _find(crm, ids)
    right = len(found & true)
    precision = f"{right / len(found):.1%}" if found else "none found"
    figures = (len(ids), len(true), len(found), right)
    cells = " | ".join(f"{figure:,}" for figure in figures)
    return f"| {path.name} | {cells} | {precision} | {right / len(true):.1%} |"


def _make(crm: Crm, drafts: list[LeadDraft]) -> Iterator[int]:
    for start in range(0, len(drafts), BATCH):
        with crm.work() as uow:
            made = create_leads(uow, drafts[start : start + BATCH])
            yield from [lead.id for lead in made]


def _find(crm: Crm, ids: list[int]) -> set[tuple[int, int]]:
    found = set()
    with crm.read() as uow:
        for number in ids:
            try:
                _, alike = duplicates_of(uow, get_lead(uow, number))
            except NoFinderError:
                continue
            found |= {
                (min(number, one.lead_id), max(number, one.lead_id)) for one in alike
            }
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
