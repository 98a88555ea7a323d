"""The past: the pipeline as of any moment, and what became of it since."""

from crmkit.core.past.board import as_of
from crmkit.core.past.differences import (
    ChangedLead,
    Changes,
    Difference,
    Flow,
    changes_between,
)
from crmkit.core.past.moments import FutureError, UnreadableMomentError, read_moment
from crmkit.core.past.rebuilding import rebuild_past

__all__ = [
    "ChangedLead",
    "Changes",
    "Difference",
    "Flow",
    "FutureError",
    "UnreadableMomentError",
    "as_of",
    "changes_between",
    "read_moment",
    "rebuild_past",
]
