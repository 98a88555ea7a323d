"""What comes through a door is a draft: checked values, and nothing unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Draft",
    "check_text",
]

_KEPT = frozenset("\t\n\r")


class ControlCharacterError(CrmError):
    """A text holds a character that no text holds."""

    def __init__(self, field: str) -> None:
        super().__init__(
            mark("“{name}” holds a control character that cannot be kept."),
            field=field,
            name=field,
        )


def check_text(values: Mapping[str, Any]) -> None:
    """Raise ControlCharacterError where a text holds NUL or its like."""
    for name, value in values.items():
        if isinstance(value, str) and not value.isprintable() and _is_broken(value):
            raise ControlCharacterError(name)


def _is_broken(text: str) -> bool:
    return any(
        (sign < " " and sign not in _KEPT)
        or sign == "\x7f"
        or "\ud800" <= sign <= "\udfff"
        for sign in text
    )


class Draft(BaseModel):
    """The base of all drafts: outer blanks go, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="after")
    def _has_plain_text(self) -> Self:
        check_text(self.__dict__)
        return self
