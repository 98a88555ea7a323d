"""What an import would do: the whole file looked at, nothing written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmkit.core import CrmError
from crmkit_data_exchange.directory import Missing, list_created, read_directory
from crmkit_data_exchange.planning import CHUNK, plan_rows
from crmkit_data_exchange.preparing import check_roles
from crmkit_data_exchange.reading import open_reader
from crmkit_data_exchange.tables import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.matching import Key
    from crmkit_data_exchange.placed_rows import Placed
    from crmkit_data_exchange.problems import Problem
    from crmkit_data_exchange.reading import RowReader
    from crmkit_data_exchange.tables import Import

SHOWN_ROWS = 20
MOST_ROWS = 100_000
_EXAMPLE_LINES = 5


@dataclass(slots=True)
class Group:
    """A reason, as its first row has it, and the rows that share it."""

    problem: Problem
    outcome: Outcome
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Grouping:
    """Reasons gathered: two are one if they differ in nothing but the value."""

    groups: dict[tuple[object, ...], Group] = field(default_factory=dict)

    def add(self, outcome: Outcome, line: int, problems: Iterable[Problem]) -> None:
        """Count the reasons of one row."""
        for problem in problems:
            label = problem.parts.get("label", "")
            key = (outcome, problem.message, problem.column, label)
            group = self.groups.setdefault(key, Group(problem, outcome))
            group.count += 1
            if len(group.lines) < _EXAMPLE_LINES:
                group.lines.append(line)

    def sorted(self) -> list[Group]:
        """The reasons, the most frequent first."""
        return sorted(self.groups.values(), key=lambda group: -group.count)


@dataclass(slots=True)
class Preview:
    """What an import would do.

    `rows` are the first of the file, `looked_at` is how many were counted: all, or
    MOST_ROWS of a very long file. `refusal` is why the actor may not run it.
    """

    counts: Counter[Outcome]
    rows: list[Placed]
    groups: list[Group]
    missing: Missing
    unmatched: list[tuple[str, str, int]]
    looked_at: int
    refusal: CrmError | None


def preview_import(uow: UnitOfWork, import_: Import) -> Preview:
    """A dry run over the whole file. What plugins refuse shows only in the run.

    Raises:
        MappingError: the mapping does not fit the file, or lacks a second file.
    """
    return preview_rows(uow, open_reader(uow, import_, 0))


def preview_rows(uow: UnitOfWork, reader: RowReader) -> Preview:
    """The same for rows that are nobody's import yet."""
    mapping = reader.mapping
    directory = read_directory(uow, list_created(mapping.create))
    counts: Counter[Outcome] = Counter()
    shown: list[Placed] = []
    grouping, misses = Grouping(), Counter[tuple[str, str]]()
    made: set[Key] = set()
    looked_at = 0
    while looked_at < MOST_ROWS and (rows := reader.look(CHUNK)):
        for item in plan_rows(uow, mapping, directory, rows):
            _foresee(item, made)
            counts[item.outcome] += 1
            grouping.add(item.outcome, item.row.line, item.problems)
            misses.update(item.row.converted.misses)
            if len(shown) < SHOWN_ROWS:
                shown.append(item)
        looked_at += len(rows)
        reader.go_to(rows[-1].index + 1)
    return Preview(
        counts,
        shown,
        grouping.sorted(),
        directory.missing,
        [(*miss, count) for miss, count in misses.most_common()],
        looked_at,
        _find_refusal(uow, mapping, directory.missing),
    )


def _foresee(item: Placed, made: set[Key]) -> None:
    """A row about a record that an earlier row makes will update that one."""
    if item.key is None or item.outcome is not Outcome.CREATED:
        return
    if item.key in made:
        item.outcome = Outcome.UPDATED
    made.add(item.key)


def _find_refusal(
    uow: UnitOfWork, mapping: Mapping, missing: Missing
) -> CrmError | None:
    try:
        check_roles(uow, mapping.create, missing)
    except CrmError as error:
        return error
    return None
