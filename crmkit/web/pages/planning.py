"""What forms of activities offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork


def types_in_use(uow: UnitOfWork) -> list[tuple[str, str]]:
    """The types that an activity may have, as pairs of slug and name."""
    known = uow.catalogue.activity_types
    return [(slug, one.name) for slug, one in known.items() if not one.is_archived]
