"""The past: the pipeline as of any moment, and what became of it since."""

from crmkit.core.past.board import as_of
from crmkit.core.past.moments import FutureError, UnreadableMomentError, read_moment

__all__ = [
    "FutureError",
    "UnreadableMomentError",
    "as_of",
    "read_moment",
]
