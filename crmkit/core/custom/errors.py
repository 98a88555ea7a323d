"""What is wrong with a value of a custom field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from crmkit.core.custom.described import Definition


class CustomValueError(CrmError):
    """A value does not fit its custom field."""

    def __init__(self, definition: Definition, reason: str) -> None:
        super().__init__(
            mark("“{label}”: {reason}"),
            field=f"custom.{definition.slug}",
            label=definition.label,
            reason=reason,
        )


class NoTargetError(CrmError):
    """A field names a user or contact who is not there, or not for the actor."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(
            mark("“{label}” names nobody who is there."),
            field=f"custom.{definition.slug}",
            label=definition.label,
        )


class MissingValueError(CrmError):
    """A field that must be filled in is empty."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(
            mark("“{label}” has to be filled in."),
            field=f"custom.{definition.slug}",
            label=definition.label,
        )


class ShownOnlyError(CrmError):
    """The field shows what another record holds, and takes no value itself."""

    def __init__(self, slug: str, label: str) -> None:
        super().__init__(
            mark("“{label}” shows a value of another record; change it there."),
            field=f"custom.{slug}",
            label=label,
        )


class UnknownCustomFieldError(CrmError):
    """No custom field has this slug, or the actor may not see it."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            mark("There is no field “{name}”."), field=f"custom.{slug}", name=slug
        )
