"""Tags: free classification of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.named import Named, need_named
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "LeadTag",
    "Tag",
    "set_tags",
    "tags_of",
    "tags_of_leads",
]


class Tag(Named, Base):
    """A word that leads are marked with."""

    __tablename__ = "tag"


class LeadTag(Base):
    """A tag of a lead."""

    __tablename__ = "lead_tag"

    lead_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True
    )


def tags_of(uow: UnitOfWork, lead_id: int) -> list[str]:
    """The names of a lead's tags, in order."""
    return list(uow.run(_names_of_one, {"of_lead": lead_id}).scalars())


_names_of_one = (
    select(Tag.name)
    .join(LeadTag, LeadTag.tag_id == Tag.id)
    .where(LeadTag.lead_id == bindparam("of_lead"))
    .order_by(Tag.name_folded)
)


def tags_of_leads(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of the tags of leads by id, in order; of leads that have any."""
    rows = uow.session.execute(
        select(LeadTag.lead_id, Tag.name)
        .join(Tag, LeadTag.tag_id == Tag.id)
        .where(LeadTag.lead_id.in_(ids))
        .order_by(Tag.name_folded)
    )
    found: dict[int, list[str]] = {}
    for lead_id, name in rows:
        found.setdefault(lead_id, []).append(name)
    return found


def set_tags(uow: UnitOfWork, names: Mapping[int, Sequence[str]]) -> None:
    """Give leads, by id, the tags of these names and no other; new ones are made."""
    wanted = {lead_id: list(dict.fromkeys(tags)) for lead_id, tags in names.items()}
    every = [name for tags in wanted.values() for name in tags]
    ids = need_named(uow, Tag, every, role=Role.OWN)
    uow.session.execute(delete(LeadTag).where(LeadTag.lead_id.in_(wanted)))
    rows = {
        (lead_id, ids[fold(name)])
        for lead_id, tags in wanted.items()
        for name in tags
        if fold(name)
    }
    if rows:
        uow.session.execute(
            insert(LeadTag),
            [{"lead_id": lead_id, "tag_id": tag_id} for lead_id, tag_id in rows],
        )
