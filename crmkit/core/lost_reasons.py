"""Why leads are lost."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.named import Named, find_named, get_named, need_named
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "LostReason",
    "can_add_reason",
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


class NewReasonError(CrmError):
    """The reason is not in the list, and the actor may not add it."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, name: str) -> None:
        super().__init__(
            mark(
                "Only a manager adds “{name}” to the reasons. Choose one of the list."
            ),
            field="reason",
            name=name.strip(),
        )


def can_add_reason(uow: UnitOfWork) -> bool:
    """Whether the actor may lose a lead for a reason that is not in the list yet."""
    return uow.settings.free_lost_reasons or uow.actor.can_be(Role.MANAGER)


def find_reason(
    uow: UnitOfWork, reason_id: int | None, name: str | None
) -> LostReason | None:
    """The reason of that id or name; a new name makes a new reason.

    Raises NewReasonError where the settings keep that for managers.
    """
    named = fold(name or "")
    if reason_id is not None and named:
        raise TwoReasonsError
    if reason_id is not None:
        return get_named(uow, LostReason, reason_id)
    if not name or not named:
        return None
    if not can_add_reason(uow) and not find_named(uow, LostReason, [name]):
        raise NewReasonError(name)
    known = need_named(uow, LostReason, [name], role=Role.OWN)
    return get_named(uow, LostReason, known[named])
