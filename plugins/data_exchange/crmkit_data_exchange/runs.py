"""Running an import: units of a few hundred rows, each with its checkpoint."""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import insert, select

from crmkit_data_exchange.directory import list_created, read_directory
from crmkit_data_exchange.imports import (
    check_state,
    get_import,
    mapping_of,
    visible_imports,
)
from crmkit_data_exchange.planning import chunk_size
from crmkit_data_exchange.preparing import find_missing, make_missing
from crmkit_data_exchange.reading import open_reader
from crmkit_data_exchange.storing import store_rows
from crmkit_data_exchange.tables import Import, ImportRow, ImportState, Outcome

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from contextlib import AbstractContextManager

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_data_exchange.placed_rows import Placed
    from crmkit_data_exchange.reading import ReadRow, RowReader

BATCH = 500
# A unit ends when its rows are done or when it has held the lock for so long.
LOCK_SECONDS = 0.1
RUN_IMPORT = "data_exchange.run_import"


class OpensUnits(Protocol):
    """What of a CRM a beginning needs: units to write and to read, for a user's id."""

    def work(
        self, who: int | None = None, *, change_id: str | None = None
    ) -> AbstractContextManager[UnitOfWork]:
        """A unit to write."""
        ...

    def read(self, who: int | None = None) -> AbstractContextManager[UnitOfWork]:
        """A unit to read."""
        ...


def begin_run(crm: OpensUnits, who: int | None, import_id: int) -> int:
    """Make the users, teams and stages that the mapping may make; the run's job.

    Raises:
        CreationNeedsRoleError: the actor may not make them; nothing was written.
        MappingError: the mapping does not fit its file.
    """
    with crm.read(who) as uow:
        import_ = get_import(uow, import_id)
        check_state(import_, ImportState.DRAFT)
        change_id = import_.change_id
        missing = find_missing(uow, import_)
    with crm.work(who, change_id=change_id) as uow:
        import_ = get_import(uow, import_id)
        check_state(import_, ImportState.DRAFT)
        make_missing(uow, mapping_of(import_).create, missing)
        import_.state = ImportState.RUNNING
        return enqueue_run(uow, import_)


def enqueue_run(uow: UnitOfWork, import_: Import) -> int:
    """The job that runs the import, as part of the import's own change."""
    uow.change_id = import_.change_id
    key = f"import {import_.id}"
    job_id = uow.enqueue(RUN_IMPORT, key=key, import_id=import_.id)
    import_.job_id = job_id
    uow.session.flush()
    return job_id


def pause_run(uow: UnitOfWork, import_: Import) -> None:
    """Let no further batch of the import begin until it is continued."""
    check_state(import_, ImportState.RUNNING)
    import_.state = ImportState.PAUSED
    uow.session.flush()


def continue_run(uow: UnitOfWork, import_: Import) -> int:
    """The job that goes on with an import that was paused, or whose job ended."""
    check_state(import_, ImportState.PAUSED, ImportState.RUNNING)
    import_.state = ImportState.RUNNING
    return enqueue_run(uow, import_)


def run_import(job: JobRun) -> None:
    """Run the import of a job to its end, or until it is paused."""
    for _ in run_batches(job):
        pass


def run_batches(job: JobRun) -> Generator[int]:
    """Run one batch after the other; the rows done.

    It may be killed at any moment and begun again, by several at once too: a batch
    and its checkpoint are one transaction, which begins by taking its turn.
    """
    import_id = int(job.arguments["import_id"])
    with job.read() as uow:
        import_ = get_import(uow, import_id)
        if import_.state is not ImportState.RUNNING:
            return
        reader = open_reader(uow, import_, import_.done_rows)
    is_over = False
    while not is_over:
        rows = reader.look(BATCH)
        with job.work() as uow:
            import_ = _take_turn(uow, import_id)
            if import_.state is not ImportState.RUNNING:
                return
            run_batch(uow, import_, reader, rows)
            done, is_over = import_.done_rows, is_done(import_)
            job.save(uow, {"done_rows": done}, done=done, total=import_.total)
            if is_over:
                job.finish(uow, count_outcomes(import_))
        reader.go_to(done)
        yield done


def count_outcomes(import_: Import) -> dict[str, int]:
    """What became of the import's rows."""
    names = ("created", "updated", "skipped", "failed")
    return {name: getattr(import_, name) for name in names}


def is_done(import_: Import) -> bool:
    """Whether every row of the import is in."""
    return import_.state is ImportState.DONE


def _take_turn(uow: UnitOfWork, import_id: int) -> Import:
    """The import as it is now; nobody else changes it before this unit has ended."""
    return uow.session.scalars(
        select(Import)
        .where(Import.id == import_id, visible_imports(uow))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def run_batch(
    uow: UnitOfWork, import_: Import, reader: RowReader, rows: Sequence[ReadRow]
) -> None:
    """Store those of `rows` that nobody stored yet, and the checkpoint behind them."""
    ended = perf_counter() + LOCK_SECONDS
    is_end = not rows
    # Another may have stored some, or all, of them since they were read.
    rows = [row for row in rows if row.index >= import_.done_rows]
    directory = read_directory(uow, list_created(reader.mapping.create) - _MADE_BEFORE)
    placed: list[Placed] = []
    while rows:
        size = chunk_size(reader.mapping, placed)
        chunk, rows = rows[:size], rows[size:]
        placed = store_rows(uow, reader.mapping, directory, chunk)
        _note(uow, import_, placed)
        import_.done_rows = chunk[-1].index + 1
        if perf_counter() > ended:
            break
    if is_end or import_.done_rows >= import_.total:
        import_.state, import_.finished_at = ImportState.DONE, uow.now()
    uow.session.flush()


# Who misses one of these in a run is refused: it was taken away since the beginning.
_MADE_BEFORE = frozenset({"users", "teams", "stages"})


def _note(uow: UnitOfWork, import_: Import, placed: Sequence[Placed]) -> None:
    """Write down what became of the rows, in the transaction that did it."""
    uow.session.execute(
        insert(ImportRow),
        [
            {
                "import_id": import_.id,
                "row_index": item.row.index,
                "line": item.row.line,
                "outcome": item.outcome,
                "record_id": item.record_id,
                "reasons": [problem.pack() for problem in item.problems],
            }
            for item in placed
        ],
    )
    counts = Counter(item.outcome for item in placed)
    import_.created += counts[Outcome.CREATED]
    import_.updated += counts[Outcome.UPDATED]
    import_.skipped += counts[Outcome.SKIPPED]
    import_.failed += counts[Outcome.FAILED]
    misses = Counter(miss for item in placed for miss in item.row.converted.misses)
    if misses:
        known = Counter({(a, b): count for a, b, count in import_.unmatched})
        known.update(misses)
        import_.unmatched = [[*key, count] for key, count in known.most_common()]
