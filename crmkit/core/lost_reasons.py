"""Why leads are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.named import Named, get_named, need_named
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "LostReason",
    "find_reason",
]


class LostReason(Named, Base):
    """A standard reason for a lost lead."""

    __tablename__ = "lost_reason"


class TwoReasonsError(CrmError):
    """A reason was named by id and by name."""

    def __init__(self) -> None:
        super().__init__(
            mark("Name the reason by its id or by its name, not both."), field="reason"
        )


def find_reason(
    uow: UnitOfWork, reason_id: int | None, name: str | None
) -> LostReason | None:
    """The reason of that id or name; a new name makes a new reason."""
    named = fold(name or "")
    if reason_id is not None and named:
        raise TwoReasonsError
    if reason_id is not None:
        return get_named(uow, LostReason, reason_id)
    if not name or not named:
        return None
    known = need_named(uow, LostReason, [name], role=Role.OWN)
    return get_named(uow, LostReason, known[named])
