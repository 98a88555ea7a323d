"""Why a cell could not be used: a sentence for each reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.core import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CONTROL_CHARACTER = mark("“{column}” holds a character that is not text.")
TOO_MANY_CELLS = mark("This row has {count} more cells than the header.")
MISSING = mark("{label} is missing.")
NO_NUMBER = mark("“{value}” is not a number.")
NO_WHOLE_NUMBER = mark("“{value}” is not a whole number.")
NO_DATE = mark("“{value}” is not a date.")
NO_YES_NO = mark("“{value}” is neither yes nor no.")
NO_MAIL_ADDRESS = mark("“{value}” is not a mail address.")
NO_CHOICE = mark("“{value}” is none of {choices}.")
NO_COUNTRY = mark("“{value}” is not a country.")
NO_LANGUAGE = mark("“{value}” is not a language.")
NO_CURRENCY = mark("“{value}” is not a currency.")
TOO_LONG = mark("{label} has more than {count} characters.")
TOO_MANY = mark("{label} has more than {count} entries.")
OUT_OF_RANGE = mark("{label} has to be from {least} to {most}.")
NEGATIVE = mark("{label} cannot be below {least}.")
TOO_LARGE = mark("{label} is too large.")
TOO_FINE = mark("{label} has more than {count} digits after the point.")
NOT_FITTING = mark("“{value}” does not fit {label}.")
NO_USER = mark("There is no user “{value}”.")
NO_TEAM = mark("There is no team “{value}”.")
NO_STAGE = mark("There is no stage “{value}”.")
NO_STAGE_OF_TEAM = mark("The team has no stage “{value}”.")
NO_TAG = mark("There is no tag “{value}”.")
NO_REASON = mark("There is no lost reason “{value}”.")
NO_COMPANY = mark("There is no company “{value}”.")
NO_CONTACT = mark("There is no contact “{value}”.")
SEVERAL_CONTACTS = mark("There are {count} contacts “{value}”.")
SEVERAL = mark("{count} records are the same in {fields}; which one is not clear.")
SAME = mark("Nothing in it differs from the record that is there.")
DATABASE_REFUSED = mark("The database refused this row.")

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason: the column it is about ("" for the row), what stood there, a sentence.

    `message` is a message id whose named parts are in `parts`.
    """

    column: str
    value: str
    message: str
    parts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of_error(cls, error: CrmError) -> Problem:
        """The problem that an error of the core tells; its field is the column."""
        return cls(error.field or "", "", error.sentence, error.parts)

    @classmethod
    def unpack(cls, packed: Sequence[Any]) -> Problem:
        """The problem that `pack` wrote."""
        return cls(*packed)

    def pack(self) -> list[object]:
        """The problem as it is stored."""
        return [self.column, self.value[: _SHOWN + 1], self.message, dict(self.parts)]

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate`."""
        value = self.value if len(self.value) <= _SHOWN else f"{self.value[:_SHOWN]}…"
        given = {"column": self.column, "value": value, **self.parts}
        if "label" in given:
            given["label"] = translate(str(given["label"]))
        return translate(self.message).format(**given)


class ValueRefusedError(ValueError):
    """A text does not fit the type of its field; `message` is a message id."""

    def __init__(self, message: str, **parts: object) -> None:
        super().__init__(message)
        self.message = message
        self.parts = parts
