"""Taking an import back: created records into the bin, updated ones as they were."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from crmkit.core import undo_change
from crmkit_data_exchange.imports import check_state, get_import, visible_imports
from crmkit_data_exchange.tables import Import, ImportState, KeptRecord

if TYPE_CHECKING:
    from collections.abc import Generator

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.runs import OpensUnits

BATCH = 100


def begin_undo(uow: UnitOfWork, import_: Import) -> None:
    """Let `advance_undo` take the import back; also one that stopped half-way."""
    check_state(import_, ImportState.DONE, ImportState.PAUSED, ImportState.RUNNING)
    import_.state, import_.undo_before = ImportState.UNDOING, None
    if not import_.created + import_.updated:
        import_.state = ImportState.UNDONE
    uow.session.flush()


def advance_undo(
    crm: OpensUnits, who: int | None, import_id: int, *, seconds: float | None = None
) -> Generator[int]:
    """Undo in batches, until all is done or `seconds` are over; records taken back.

    Like a run it may be killed at any moment and called again.
    """
    with crm.read(who) as uow:
        undo_change_id = get_import(uow, import_id).undo_change_id
    until = None if seconds is None else perf_counter() + seconds
    while until is None or perf_counter() < until:
        with crm.work(who, change_id=undo_change_id) as uow:
            import_ = _take_turn(uow, import_id)
            if import_.state is not ImportState.UNDOING:
                return
            _undo_batch(uow, import_)
            undone = import_.undone
        yield undone


def _take_turn(uow: UnitOfWork, import_id: int) -> Import:
    return uow.session.scalars(
        select(Import)
        .where(Import.id == import_id, visible_imports(uow))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _undo_batch(uow: UnitOfWork, import_: Import) -> None:
    """Undo the newest events that are left, and save how far it came."""
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
                "fields": list(kept.fields),
            }
            for kept in undone.kept
        ]
        uow.session.execute(insert(KeptRecord), rows)
    uow.session.flush()


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
