"""Cells that a spreadsheet would run as formulas, disarmed by a leading apostrophe."""

from __future__ import annotations

import re

# Excel also takes the full-width forms; blanks in front do not help everywhere.
_RUNS = r"\s*[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"'*{_RUNS}")
_ARMED = re.compile(rf"''*{_RUNS}")


def arm(text: str) -> str:
    """`text` as it can stand in a table: `'` in front if it might run.

    One more apostrophe goes in front of those that `text` has itself, so that `disarm`
    always gives `text` again.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def is_armed(cell: str) -> bool:
    """Whether `disarm` would change `cell`."""
    return cell.startswith("'") and _ARMED.match(cell) is not None


def disarm(cell: str) -> str:
    """`cell` without the apostrophe that `arm` put in front."""
    return cell[1:] if is_armed(cell) else cell
