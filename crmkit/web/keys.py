"""The keys of the pages: the one list that help, palette and tests read."""

from __future__ import annotations

from dataclasses import dataclass

from crmkit.core import mark

__all__ = ["KEYS", "Key"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key as scripts bind it and what it does; `always` where no page binds it.

    `shown` is how the keyboard names it, where that differs.
    """

    name: str
    label: str
    shown: str = ""
    always: bool = False


KEYS = (
    Key("Ctrl+k", mark("Search or run"), "Ctrl K", always=True),
    Key("c", mark("New lead")),
    Key("/", mark("Search")),
    Key("m", mark("Move to another stage")),
    Key("w", mark("Mark as won")),
    Key("l", mark("Mark as lost")),
    Key("o", mark("Convert")),
    Key("e", mark("Edit the field, or the first one")),
    Key("F2", mark("Edit the cell")),
    Key("n", mark("Write a note")),
    Key("a", mark("Plan the next step")),
    Key("ArrowDown", mark("Go from card to card"), "← ↑ ↓ →"),
    Key("f", mark("Build a filter")),
    Key("j", mark("Next row")),
    Key("k", mark("Row before")),
    Key("s", mark("Put off")),
    Key("t", mark("Another day…")),
    Key("x", mark("Select the row")),
    Key("u", mark("Merge the selected rows")),
    Key("Enter", mark("Open the row")),
    Key("g t", mark("Go to Today"), always=True),
    Key("g p", mark("Go to the pipeline"), always=True),
    Key("g l", mark("Go to the leads"), always=True),
    Key("g c", mark("Go to the contacts"), always=True),
    Key("Ctrl+Enter", mark("Save"), "Ctrl Enter", always=True),
    Key("Escape", mark("Close, or put back"), "Esc", always=True),
    Key("Ctrl+z", mark("Undo the last change"), "Ctrl Z", always=True),
    Key("?", mark("These keys"), always=True),
)
"""In the order in which help lists them, those that the page binds."""
