"""What a connection was taken for: reading, writing, or maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def is_writing(connection: Connection) -> bool:
    """Whether the transactions of a connection are to write."""
    return bool(connection.get_execution_options().get("crmkit_writes"))


def is_maintaining(connection: Connection) -> bool:
    """Whether each statement stands for itself, as indexes and vacuum need."""
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
