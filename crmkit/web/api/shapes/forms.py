"""Pages and lists, amounts, problems: what every answer is made of."""

from __future__ import annotations

from typing import Annotated, Any, Generic, NotRequired, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

T = TypeVar("T")
Amount = Annotated[
    str,
    Field(pattern=r"^-?\d+(\.\d{1,4})?$", description="An amount, as text."),
]
Percent = Annotated[
    str,
    Field(pattern=r"^\d{1,3}(\.\d{1,2})?$", description="0 to 100, as text."),
]
Versions = Annotated[int, Field(ge=0, description="Raised by every change.")]


class Page(TypedDict, Generic[T]):
    """A page of a list: send `next_cursor` as `cursor` for the next one."""

    items: list[T]
    next_cursor: str | None
    has_more: bool
    total: NotRequired[Annotated[int, Field(description="With `total=exact`.")]]


class History(TypedDict, Generic[T]):
    """A page of history: send `next_cursor` as `cursor` for what is older."""

    items: list[T]
    next_cursor: int | None
    has_more: bool


class Items(TypedDict, Generic[T]):
    """A whole list."""

    items: list[T]


class FieldProblem(TypedDict):
    """What is wrong with one input."""

    field: str
    message: str


class Problem(TypedDict):
    """Why a request was not carried out (RFC 9457); nothing was changed."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence for a person.")]
    errors: NotRequired[list[FieldProblem]]
    current: NotRequired[dict[str, Any]]
    theirs: NotRequired[dict[str, Any]]
    merged_into_id: NotRequired[int]
