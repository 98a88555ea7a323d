"""Numbers that rise when what processes keep in memory changes: settings, fields.

Every unit reads them as it opens, so that no process works with what is out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, cast, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base, join_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork


SETUP = "fields"
"""Goes for what `uow.catalogue` holds: fields, activity types, stages, templates."""


class Revision(Base):
    """How often something that processes remember was changed."""

    __tablename__ = "revision"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    number: Mapped[int]


every_revision = select(
    join_texts(Revision.name + "=" + cast(Revision.number, String), ",")
).scalar_subquery()


def read_revisions(text: str | None) -> Mapping[str, int]:
    """The numbers by name, from what `every_revision` selects."""
    pairs = (pair.split("=") for pair in (text or "").split(",") if pair)
    return {name: int(number) for name, number in pairs}


def raise_revision(uow: UnitOfWork, name: str) -> None:
    """Let every process read anew, from its next unit on, what goes by `name`."""
    raised = uow.session.execute(
        update(Revision)
        .where(Revision.name == name)
        .values(number=Revision.number + 1)
        .returning(Revision.number)
    ).first()
    if raised is None:
        uow.session.add(Revision(name=name, number=1))
        uow.session.flush()
