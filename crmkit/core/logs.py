"""The log: lines for people or JSON for machines, without anybody's data in it.

What is logged while a request or job runs carries its id. The id is kept in a context
variable and serves the log alone: nothing else depends on it.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.config import dictConfig
from typing import TYPE_CHECKING

import orjson
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core.settings import Settings

__all__ = [
    "Trace",
    "set_up_logs",
    "tracing",
]

_OURS = ("crmkit", "uvicorn")
_ANYBODYS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # a mail address
    r"|\bck_[\w-]{16,}"  # a token of the API
    r"|(?<=://)[^\s/@]+@"  # who signs in to a database or mail server
    r"|(?<=input_value=).*?(?=, input_type)"  # what pydantic refused
    r"|(?m:^DETAIL:.*$)"  # the row that PostgreSQL refused
)
_HIDDEN = "…"
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


@dataclass(slots=True)
class Trace:
    """A request or job as the log knows it, and how much it asked of the database.

    A job goes under the id of the request that asked for it.
    """

    id: str
    statements: int = 0
    job_id: int | None = None


_present: ContextVar[Trace | None] = ContextVar("crmkit_trace", default=None)


@contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Everything logged while the block runs carries the id of `trace`."""
    before = _present.set(trace)
    try:
        yield trace
    finally:
        _present.reset(before)


def present_trace() -> Trace | None:
    """What runs now, as far as the log knows."""
    return _present.get()


def set_up_logs(settings: Settings) -> None:
    """Send what this process logs to standard error, as the settings say."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "text": {"()": TextLines},
                "json": {"()": JsonLines},
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": settings.log,
                }
            },
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {name: {"level": level_of(settings)} for name in _OURS},
        }
    )


def level_of(settings: Settings) -> str:
    """The level chosen; else what people want to read, or machines to gather."""
    chosen = settings.log_level or ("info" if settings.log == "json" else "warning")
    return chosen.upper()


def hide(text: str) -> str:
    """`text` without mail addresses, tokens, passwords and values of rows."""
    return _ANYBODYS.sub(_HIDDEN, text)


class TextLines(logging.Formatter):
    """A line for people, with a trace below it where there is one."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        parts = _parts_of(record)
        head = f"{parts['at']} {parts['level']} {parts['logger']}: {parts['message']}"
        if "request_id" in parts:
            head += f" [{parts['request_id']}]"
        more = (str(parts[name]) for name in ("statement", "trace") if name in parts)
        return "\n".join([head, *more])


class JsonLines(logging.Formatter):
    """An object on one line, with what was logged beside the message."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(_parts_of(record), default=str).decode()


def _parts_of(record: logging.LogRecord) -> dict[str, object]:
    moment = datetime.fromtimestamp(record.created, UTC)
    parts: dict[str, object] = {
        "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": hide(record.getMessage()),
    }
    trace = _present.get()
    if trace is not None:
        parts["request_id"] = trace.id
        if trace.job_id is not None:
            parts["job_id"] = trace.job_id
    for name, value in record.__dict__.items():
        if name not in _PLAIN and not name.startswith("_"):
            parts[name] = hide(value) if isinstance(value, str) else value
    if record.exc_info:
        parts["trace"] = hide(logging.Formatter().formatException(record.exc_info))
    return parts
