"""What commands say: text for people, JSON for machines, bars for who waits."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
"""Gives a command the flag `--json`, as its parameter `as_json`."""


class FailedError(click.ClickException):
    """The command cannot do its work: one sentence on standard error, exit 1."""

    exit_code = 1

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def answer(data: object, *, as_json: bool, text: str | Iterable[str]) -> None:
    """Print `data` as JSON, or else `text`: a string, or lines."""
    if as_json:
        orjson = import_module("orjson")
        options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
        click.echo(orjson.dumps(data, default=str, option=options).decode())
        return
    for line in [text] if isinstance(text, str) else text:
        click.echo(line)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table whose columns are as wide as their longest cell."""
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while the block runs; call its value with steps done.

    Nothing is printed where standard error is no terminal.
    """
    bar = click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        update_min_steps=max(1, length // 200),
    )
    with bar:
        yield bar.update
