"""Taking an import back: created records into the bin, updated ones as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from crmkit.core import undo_change
from crmkit_data_exchange.imports import check_state, visible_imports
from crmkit_data_exchange.tables import Import, ImportState, KeptRecord

if TYPE_CHECKING:
    from collections.abc import Generator

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun

BATCH = 100
UNDO_IMPORT = "data_exchange.undo_import"


def begin_undo(uow: UnitOfWork, import_: Import) -> int | None:
    """The job that takes the import back; also one that stopped half-way.

    None where there is nothing to take back.
    """
    check_state(import_, ImportState.DONE, ImportState.PAUSED, ImportState.RUNNING)
    import_.state, import_.undo_before = ImportState.UNDOING, None
    if not import_.created + import_.updated:
        import_.state = ImportState.UNDONE
        uow.session.flush()
        return None
    return enqueue_undo(uow, import_)


def enqueue_undo(uow: UnitOfWork, import_: Import) -> int:
    """The job that undoes the import, or goes on with that, as one change."""
    check_state(import_, ImportState.UNDOING)
    uow.change_id = import_.undo_change_id
    key = f"import {import_.id}"
    job_id = uow.enqueue(UNDO_IMPORT, key=key, import_id=import_.id)
    import_.job_id = job_id
    uow.session.flush()
    return job_id


def undo_import(job: JobRun) -> None:
    """Take the import of a job back to its end."""
    for _ in undo_batches(job):
        pass


def undo_batches(job: JobRun) -> Generator[int]:
    """Undo one batch after the other; the records taken back.

    Like a run it may be killed at any moment and begun again.
    """
    import_id = int(job.arguments["import_id"])
    is_over = False
    while not is_over:
        with job.work() as uow:
            import_ = _take_turn(uow, import_id)
            if import_.state is not ImportState.UNDOING:
                return
            is_over = _undo_batch(uow, import_)
            undone, total = import_.undone, import_.created + import_.updated
            job.save(uow, {"undone": undone}, done=undone, total=total)
            if is_over:
                job.finish(uow, {"undone": undone})
        yield undone


def _take_turn(uow: UnitOfWork, import_id: int) -> Import:
    return uow.session.scalars(
        select(Import)
        .where(Import.id == import_id, visible_imports(uow))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _undo_batch(uow: UnitOfWork, import_: Import) -> bool:
    """Undo the newest events that are left, and save how far it came; is it over?"""
    undone = undo_change(
        uow, import_.change_id, before=import_.undo_before, limit=BATCH
    )
    import_.undone += undone.records
    import_.undo_before = undone.before
    if undone.before is None:
        import_.state, import_.finished_at = ImportState.UNDONE, uow.now()
    if undone.kept:
        rows = [
            {
                "import_id": import_.id,
                "entity": kept.entity,
                "record_id": kept.id,
                "name": kept.name,
                # None where all of the record stays, which its event tells.
                "fields": [name for name in kept.fields if "." not in name],
            }
            for kept in undone.kept
        ]
        uow.session.execute(insert(KeptRecord), rows)
    uow.session.flush()
    return undone.before is None


def list_kept(
    uow: UnitOfWork, import_: Import, limit: int | None = None
) -> list[KeptRecord]:
    """What the undo left alone because somebody had changed it."""
    return list(
        uow.session.scalars(
            select(KeptRecord)
            .where(KeptRecord.import_id == import_.id)
            .order_by(KeptRecord.id)
            .limit(limit)
        )
    )


def count_kept(uow: UnitOfWork, import_: Import) -> int:
    """How many records the undo left alone, in whole or in part."""
    query = select(func.count(KeptRecord.record_id.distinct()))
    return uow.session.scalar(query.where(KeptRecord.import_id == import_.id)) or 0
