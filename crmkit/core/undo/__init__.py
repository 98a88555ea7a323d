"""Taking back a change: field by field, as a new change that undoes the old one.

What somebody changed since stays as it is and is listed. Mails that wait are held back;
those already sent are named. Each entity says how its events are taken back: the core's
in `of_leads` and `of_others`, those of plugins by the hook `register_undo`.
"""

from crmkit.core.undo.changes import Kept, Undone, begin_undo, undo_change
from crmkit.core.undo.undoable import TakenBack, Undoable
from crmkit.core.ways_back import split_fields

__all__ = [
    "Kept",
    "TakenBack",
    "Undoable",
    "Undone",
    "begin_undo",
    "split_fields",
    "undo_change",
]
