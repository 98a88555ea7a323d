"""The merges that were made, with the links that each moved."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, NotFoundError, mark

if TYPE_CHECKING:
    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

Moved = dict[str, dict[str, list[int]]]
"""Ids of rows by the link's name and, as text, the lead that they were of."""


class LeadMerge(Base):
    """A merge: `moved` tells what went from which lead to the master."""

    __tablename__ = "lead_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[str] = mapped_column(String(32), index=True)
    master_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    moved: Mapped[dict[str, dict[str, list[int]]]] = mapped_column(JSON)
    sources: Mapped[list[int]] = mapped_column(JSON)
    unmerged_at: Mapped[datetime | None]


class UnmergedAlreadyError(CrmError):
    """The merge was taken back before."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("This merge was taken back already."))


def get_merge(uow: UnitOfWork, merge_id: int) -> LeadMerge:
    """The merge of that id, if it stands."""
    merge = uow.session.scalar(
        uow.locked(select(LeadMerge).where(LeadMerge.id == merge_id))
    )
    if merge is None:
        raise NotFoundError("merge", merge_id)
    if merge.unmerged_at is not None:
        raise UnmergedAlreadyError
    return merge


def merge_of_change(uow: UnitOfWork, change_id: str, master: Lead) -> LeadMerge:
    """The merge into `master` that a change made, if it stands."""
    query = select(LeadMerge.id).where(
        LeadMerge.change_id == change_id, LeadMerge.master_id == master.id
    )
    return get_merge(uow, uow.session.scalar(query) or 0)
