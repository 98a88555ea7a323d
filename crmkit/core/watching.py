"""Watching statements: how many a request sends, and which take long."""

from __future__ import annotations

import logging
import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from crmkit.core.logs import present_trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

_UNCOUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_STARTED = "crmkit_started"
_LONGEST = 2_000
_MS = 1_000

log = logging.getLogger("crmkit.slow")


def watch_statements(engine: Engine, slow_ms: Callable[[], int]) -> None:
    """Count the statements of `engine`, and log those that take `slow_ms()` or more.

    A limit of 0 logs none. The time is that until the first row: SQLite finds further
    rows while they are read. No value is logged, only the text.
    """

    def start(connection: Connection, *_details: Any) -> None:
        connection.info[_STARTED] = perf_counter()

    def end(
        connection: Connection, _cursor: Any, statement: str, *_details: Any
    ) -> None:
        if statement.startswith(_UNCOUNTED):
            return
        trace = present_trace()
        if trace is not None:
            trace.statements += 1
        spent = (perf_counter() - connection.info[_STARTED]) * _MS
        limit = slow_ms()
        if limit and spent >= limit:
            text = _LITERAL.sub("'…'", " ".join(statement.split()))[:_LONGEST]
            facts = {"ms": round(spent), "statement": text}
            log.warning("A statement took %d ms.", spent, extra=facts)

    event.listen(engine, "before_cursor_execute", start)
    event.listen(engine, "after_cursor_execute", end)
