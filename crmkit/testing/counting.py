"""Counting the statements that a CRM sends to its database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_UNCOUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA")


class Statements(list[str]):
    """The statements sent, in order; shown one a line where an assertion fails."""

    @override
    def __repr__(self) -> str:
        """The number of statements, then each on a line, shortened."""
        lines = (" ".join(statement.split())[:160] for statement in self)
        return "\n".join([f"{len(self)} statements:", *lines])


@contextmanager
def statements(crm: Crm) -> Iterator[Statements]:
    """The statements of `crm` while the block runs, without those of transactions."""
    sent = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.lstrip().upper().startswith(_UNCOUNTED):
            sent.append(statement)

    event.listen(crm.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(crm.engine, "before_cursor_execute", note)
