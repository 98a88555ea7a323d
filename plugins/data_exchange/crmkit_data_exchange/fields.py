"""What this plugin needs to know of a field of the catalogue."""

from __future__ import annotations

from typing import Protocol


class FieldDescription(Protocol):
    """A field of leads or contacts, as the core's catalogue describes it.

    `type` is the catalogue's field type: `text`, `long_text`, `whole`, `decimal`,
    `money`, `percent`, `date`, `moment`, `yes_no`, `choice`, `tags`, `mail`, `phone`,
    `link`, or a name to be found among records (`user`, `team`, `stage`, …).
    """

    @property
    def name(self) -> str:
        """The name in mappings and in the API."""
        ...

    @property
    def label(self) -> str:
        """The name on pages, in English."""
        ...

    @property
    def type(self) -> str:
        """The kind of its values."""
        ...

    @property
    def is_required(self) -> bool:
        """Whether a record without it is refused."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a `choice`; empty for other types."""
        ...
