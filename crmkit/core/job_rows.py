"""What became of each record that a job worked on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.types import choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Outcome",
    "RowOutcome",
    "list_rows",
    "note_rows",
]

_LONGEST = 500


class Outcome(StrEnum):
    """What became of a record."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class JobRow(Base):
    """One record of a job; `sentence` says why it was refused."""

    __tablename__ = "job_row"
    __table_args__ = (Index("ix_job_row_job", "job_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    sentence: Mapped[str | None] = mapped_column(String(_LONGEST))


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one record, and why not, in a sentence."""

    entity: str
    record_id: int
    outcome: Outcome
    sentence: str | None = None


def note_rows(uow: UnitOfWork, job_id: int, rows: Sequence[RowOutcome]) -> None:
    """Keep what became of some records of a job, in the unit's transaction."""
    if rows:
        uow.session.execute(
            insert(JobRow),
            [
                {
                    "job_id": job_id,
                    "entity": row.entity,
                    "record_id": row.record_id,
                    "outcome": row.outcome,
                    "sentence": row.sentence[:_LONGEST] if row.sentence else None,
                }
                for row in rows
            ],
        )


def list_rows(
    uow: UnitOfWork, job_id: int, *, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """The records of a job in the order in which they were worked on, behind `after`.

    Look the job up first: who may see it may see its rows.
    """
    rows = uow.session.scalars(
        select(JobRow)
        .where(JobRow.job_id == job_id, JobRow.id > after)
        .order_by(JobRow.id)
        .limit(limit)
    )
    names = ("id", "entity", "record_id", "outcome", "sentence")
    return [{name: getattr(row, name) for name in names} for row in rows]
