"""Where in a text the words stand that were searched for."""

from __future__ import annotations

import unicodedata
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from crmkit.core.words import UNSPACED, split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.core.search import Term

Marks = tuple[tuple[int, int], ...]
"""Places in a text: the first character, counted from 0, and the one behind."""


def mark_words(text: str, terms: Sequence[Term]) -> Marks:
    """The places in `text`, as it was typed, of words that one of `terms` begins."""
    wanted = {word for term in terms for row in term for word in row}
    found = []
    for start, piece in _pieces(text):
        ends = [place for word in wanted if (place := _place(piece, word))]
        if ends:
            first, last = min(ends)[0], max(end for _, end in ends)
            found.append((start + first, start + last))
    return tuple(found)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The words of `text` as they stand in it, and where they begin."""
    for kind, run in groupby(enumerate(text), key=lambda pair: _kind(pair[1])):
        if kind:
            signs = list(run)
            yield signs[0][0], "".join(sign for _, sign in signs)


def _kind(sign: str) -> int:
    """0 between words; letters, numbers and what is written upon them are one word."""
    category = unicodedata.category(sign)
    return 2 if category == "So" else int(category[0] in "LNM")


def _place(piece: str, word: str) -> tuple[int, int] | None:
    """Where in `piece` a word begins with `word`, and where that beginning ends."""
    starts = range(len(piece) if UNSPACED.search(piece) else 1)
    for start in starts:
        if not _folded(piece[start:]).startswith(word):
            continue
        ends = range(start + 1, len(piece) + 1)
        end = next(end for end in ends if _folded(piece[start:end]).startswith(word))
        return start, end + _marks_on(piece[end:])
    return None


def _marks_on(rest: str) -> int:
    """How many signs at the beginning of `rest` stand upon the letter before it."""
    return sum(1 for _ in takewhile(unicodedata.combining, rest))


def _folded(piece: str) -> str:
    return "".join(split_words(piece))
