"""One table a database, as Markdown."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measuring import Measured, ninety_fifth

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = (
    "operation",
    "ours ms",
    "p95",
    "twin ms",
    "p95",
    "ratio",
    "quartiles",
    "statements",
    "bar ms",
    "",
)


def print_table(title: str, rows: Sequence[Measured]) -> None:
    """Print what was measured on one database."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEAD))]
    print(f"\n### {title}\n")
    for number, line in enumerate(cells):
        print(_line(line, widths))
        if number == 0:
            print(_line(["-" * width for width in widths], widths))
    remarks = [f"- {row.name}: {row.remark}" for row in rows if row.remark]
    if remarks:
        print("\n" + "\n".join(remarks))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    filled = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(filled)} |".rstrip()


def _cells(row: Measured) -> tuple[str, ...]:
    twin = ("", "", "", "")
    if row.twin and row.ratio is not None:
        twin = (
            _ms(median(row.twin)),
            _ms(ninety_fifth(row.twin)) if len(row.twin) > 1 else "",
            f"{row.ratio:.2f}",
            "{:.2f}-{:.2f}".format(*row.spread) if row.spread else "",
        )
    sent = " / ".join("" if count is None else str(count) for count in row.statements)
    return (
        row.name,
        _ms(median(row.ours)),
        _ms(ninety_fifth(row.ours)) if len(row.ours) > 1 else "",
        *twin,
        sent.strip(" /"),
        "" if row.bar is None else f"{row.bar * 1000:,.4g}",
        _judge(row),
    )


def _judge(row: Measured) -> str:
    if row.bar is None and row.ratio is None:
        return ""
    return "missed" if row.is_over else "met"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}" if seconds < 1 else f"{seconds * 1000:,.0f}"
