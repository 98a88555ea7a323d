"""Learning from one CSV file and foretelling another, as the plugin does with leads."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from io import StringIO
from typing import TYPE_CHECKING

from crmkit.core import CrmError, mark
from crmkit_scoring.frequency import LEAD, ROW, Scope, add_deltas
from crmkit_scoring.learned.columns import Column, as_number, learn_column
from crmkit_scoring.measures import log_loss
from crmkit_scoring.variables import STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmkit_scoring.learned.columns import Value

_WON = frozenset("won win yes y true t 1 converted success oui gagné gagnée".split())
_LOST = frozenset("lost loss lose no n false f 0 failure non perdu perdue".split())
_LARGEST_FIELD = 10_000_000
_FEWEST = 50
_FOLDS = 5
_LEAST = 0.0001


class NoColumnError(CrmError):
    """A file lacks a column that was named."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(
            mark("There is no column “{name}” in {file}."), name=name, file=file
        )


class UnreadableError(CrmError):
    """A file is no CSV."""

    def __init__(self, file: str) -> None:
        super().__init__(
            mark("{file} cannot be read as CSV with a line of column names."),
            file=file,
        )


class NoOutcomeError(CrmError):
    """No row says how it ended."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark(
                "Nothing in “{name}” reads as won and lost, like yes and no, 1 and 0; "
                "name the value that means won."
            ),
            name=name,
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """Which column is what; `won` is the value that means won, if none is plain."""

    outcome: str
    id: str
    ignored: frozenset[str]
    won: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file: ids, values, and outcomes, None where it is not known."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    values: tuple[dict[str, Value], ...]
    won: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Which model was best, log-loss of each on unseen rows, and chances 0 to 1."""

    kind: str
    losses: dict[str, float]
    chances: tuple[float, ...]


def read_rows(file: Path, ask: Ask, *, needs_outcome: bool) -> Rows:
    """The rows of a CSV file, which may be gzipped; in UTF-8, UTF-16 or Windows-1252.

    Commas, semicolons, tabs or bars part its fields; lines may be shorter or longer
    than the first. Raises UnreadableError and NoColumnError.
    """
    text = _decode(file)
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    others = csv.field_size_limit(_LARGEST_FIELD)
    try:
        reader = csv.DictReader(
            StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True
        )
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        names = list(dict.fromkeys(reader.fieldnames))
        for name in (ask.id, *([ask.outcome] if needs_outcome else [])):
            if name not in names:
                raise NoColumnError(name, file.name)
        given = list(reader)
    except csv.Error as error:
        raise UnreadableError(file.name) from error
    finally:
        csv.field_size_limit(others)
    used = [n for n in names if n not in {ask.id, ask.outcome, *ask.ignored}]
    return Rows(
        tuple(used),
        tuple(row[ask.id] or "" for row in given),
        tuple({name: row[name] for name in used} for row in given),
        tuple(_read_outcome(row.get(ask.outcome), ask) for row in given),
    )


def _decode(file: Path) -> str:
    """The text of a file; what is no UTF is read as Windows-1252."""
    try:
        raw = file.read_bytes()
        packed = raw.startswith(b"\x1f\x8b")
        raw = gzip.decompress(raw) if packed else raw
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(file.name) from error
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _read_outcome(value: str | None, ask: Ask) -> bool | None:
    text = (value or "").strip().casefold()
    if not text:
        return None
    if ask.won is not None:
        return text == ask.won.strip().casefold()
    if (number := as_number(text)) is not None:
        text = f"{number:g}"
    return True if text in _WON else False if text in _LOST else None


def foretell(train: Rows, test: Rows, outcome: str) -> Told:
    """The chance of each row of `test`, by what is best on unseen rows of `train`."""
    known = [index for index, won in enumerate(train.won) if won is not None]
    rows = [train.values[index] for index in known]
    won = [bool(train.won[index]) for index in known]
    if not any(won) or all(won):
        raise NoOutcomeError(outcome)
    folds = _find_folds([train.ids[index] for index in known])
    names = [name for name in train.names if name in set(test.names)]
    if len(won) < _FEWEST or find_spec("sklearn") is None:
        return _by_frequency(names, rows, won, test)
    from crmkit_scoring.learned.arrays import tell_rows  # noqa: PLC0415  (an extra)
    from crmkit_scoring.learned.fitting import fit  # noqa: PLC0415  (heavy, an extra)

    fitted = fit(names, rows, won, folds)
    told = tell_rows(fitted.weights, test.values)
    chances = tuple(_limit(chance) for chance in told)
    return Told(fitted.kind, dict(fitted.losses), chances)


def _find_folds(ids: Sequence[str]) -> list[int]:
    """A fold for each row, by its id; by its place where few ids tell rows apart."""
    folds = [_fold(row_id) for row_id in ids]
    is_uneven = max(Counter(folds).values()) > len(ids) / 2
    return [at % _FOLDS for at in range(len(ids))] if is_uneven else folds


def _fold(row_id: str) -> int:
    """A fold for a row, the same for rows of one id and for every run."""
    return int(sha256(row_id.encode()).hexdigest()[:8], 16) % _FOLDS


def _limit(chance: float) -> float:
    return min(max(chance, _LEAST), 1 - _LEAST)


def _by_frequency(
    names: Sequence[str],
    rows: Sequence[dict[str, Value]],
    won: Sequence[bool],
    test: Rows,
) -> Told:
    """The same by counting alone; with few rows the share that was won."""
    found = (learn_column(n, [row[n] for row in rows], won) for n in names)
    columns = [column for column in found if column is not None]
    base = sum(won) / len(won)
    losses = {"base": log_loss([base] * len(won), won)}
    if len(won) < _FEWEST:
        return Told("base", losses, tuple([_limit(base)] * len(test.ids)))
    scope = _count(columns, rows, won)
    chances = tuple(_limit(_ask(scope, columns, row)) for row in test.values)
    return Told("frequency", losses, chances)


def _bins(columns: Sequence[Column], row: dict[str, Value]) -> list[tuple[str, str]]:
    return [(c.name, str(index)) for c in columns if (index := c.bin(row[c.name]))]


def _count(
    columns: Sequence[Column], rows: Sequence[dict[str, Value]], won: Sequence[bool]
) -> Scope:
    wins = sum(won)
    whole = (LEAD * wins + ROW, LEAD * (len(won) - wins) + ROW)
    counts: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
    add_deltas(
        counts,
        (
            (0, name, value, int(is_won), int(not is_won))
            for row, is_won in zip(rows, won, strict=True)
            for name, value in _bins(columns, row)
        ),
    )
    return Scope({(STAGE, ""): whole, **counts.get(0, {})}, "")


def _ask(scope: Scope, columns: Sequence[Column], row: dict[str, Value]) -> float:
    found = scope.estimate(_bins(columns, row))
    return 0.0 if found is None else found.percent / 100
