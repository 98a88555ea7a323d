"""The plugin's tables: imports, their files and rows, and mappings kept by name."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import User, choice, plugin_base, references

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("data_exchange")


class ImportState(StrEnum):
    """How far an import is."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class Outcome(StrEnum):
    """What became of a row of the file."""

    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


class Import(Base):
    """One file on its way into the CRM.

    Rows 0 … `done_rows` - 1 are in, each with its `ImportRow`, in the transaction that
    moved `done_rows`. `mapping` is the text that `parse_mapping` reads, `shape` what
    `read_table` found, `change_id` the change that all its units belong to, `job_id`
    the job that runs it or takes it back.
    """

    __tablename__ = "data_exchange__import"

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(24))
    file_name: Mapped[str] = mapped_column(String(250))
    state: Mapped[ImportState] = mapped_column(choice(ImportState))
    mapping: Mapped[str] = mapped_column(Text)
    shape: Mapped[dict[str, Any]] = mapped_column(JSON)
    total: Mapped[int]
    done_rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    unmatched: Mapped[list[Any]] = mapped_column(JSON, default=list)
    change_id: Mapped[str] = mapped_column(String(32))
    undo_change_id: Mapped[str] = mapped_column(String(32))
    undo_before: Mapped[int | None]
    undone: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    job_id: Mapped[int | None]


def _of_import() -> Mapped[int]:
    parent = ForeignKey("data_exchange__import.id", ondelete="CASCADE")
    return mapped_column(parent)


class ImportFile(Base):
    """The bytes of an import's file (`lookup` empty) or of a second file.

    The content of the first is CSV; `original` is the workbook it is a sheet of, where
    that has others.
    """

    __tablename__ = "data_exchange__file"
    __table_args__ = (UniqueConstraint("import_id", "lookup"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = _of_import()
    lookup: Mapped[str] = mapped_column(String(250))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    original: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportRow(Base):
    """What became of one row; `reasons` are pairs of a message id and its parts."""

    __tablename__ = "data_exchange__import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "row_index"),
        Index("ix_data_exchange__import_row_record", "record_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = _of_import()
    row_index: Mapped[int]
    line: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    record_id: Mapped[int | None]
    reasons: Mapped[list[Any]] = mapped_column(JSON)


class KeptRecord(Base):
    """A record, or fields of it, that an undo left alone: somebody changed them."""

    __tablename__ = "data_exchange__kept"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = _of_import()
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(250))
    fields: Mapped[list[Any]] = mapped_column(JSON)


class SavedMapping(Base):
    """A mapping kept by name; `headers` are the folded columns it was made for."""

    __tablename__ = "data_exchange__mapping"
    __table_args__ = (UniqueConstraint("entity", "name_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120))
    headers: Mapped[str] = mapped_column(String(64), index=True)
    mapping: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL")
    )
    created_at: Mapped[datetime]
