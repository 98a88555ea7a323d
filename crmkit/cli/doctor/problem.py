"""One thing that is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one sentence, and what to do; `trace` shows where.

    `is_advice` is what works today and will not for ever.
    """

    about: str
    sentence: str
    remedy: str = ""
    trace: str = ""
    is_advice: bool = False

    @property
    def line(self) -> str:
        """All of it for people, on one line."""
        return f"{self.about}: {self.sentence} {self.remedy}".rstrip()


def counted(number: int, noun: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
