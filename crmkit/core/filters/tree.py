"""The tree of a filter: what a text, a page or a saved view stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crmkit.core.errors import CrmError, mark

DEEPEST = 8
LARGEST = 64
LONGEST_LIST = 500


class Operator(StrEnum):
    """How a field is compared."""

    EQUAL = "="
    EXACTLY = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    CONTAINS = "contains"
    EMPTY = "is empty"


@dataclass(frozen=True, slots=True)
class Today:
    """The present day, some days on (or back)."""

    days: int = 0


class Mine(StrEnum):
    """What depends on the actor."""

    ME = "me"
    MY_TEAMS = "my teams"


Scalar = str | Decimal | bool | date | Today | Mine
Operand = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Test:
    """One field compared with one value."""

    __test__ = False  # pytest collects what is named like this

    field: str
    operator: Operator
    value: Operand = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """What does not fulfil its part."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """What fulfils every part."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What fulfils at least one part."""

    parts: tuple[Node, ...]


Node = Test | Not | And | Or


class FilterError(CrmError):
    """A filter cannot be understood; `position` counts characters from 0."""

    def __init__(self, sentence: str, position: int, **parts: object) -> None:
        super().__init__(sentence, field="filter", at=position + 1, **parts)
        self.position = position


class TooLargeError(FilterError):
    """The filter is deeper or larger than is allowed."""

    def __init__(self) -> None:
        super().__init__(mark("This filter is too long; make it simpler."), 0)
