"""What lost reasons, tags and origins have in common: they are named choices."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (mapped: the mixin is read at run time)
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.drafts import Draft
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "NameDraft",
    "Named",
    "add_named",
    "archive_named",
    "find_named",
    "get_named",
    "list_named",
    "need_named",
    "rename",
    "restore_named",
]


class Named:
    """The columns of a named choice; its noun is its table's name."""

    __tablename__: str

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


N = TypeVar("N", bound=Named)


class NameDraft(Draft):
    """The name of a new choice."""

    name: str = Field(min_length=1, max_length=120)


class NameTakenError(CrmError):
    """Another choice of this kind has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("There is one named “{name}” already."), field="name", name=name
        )


def get_named(uow: UnitOfWork, kind: type[N], record_id: int) -> N:
    """The choice of that id."""
    found = uow.session.get(kind, record_id)
    if found is None:
        raise NotFoundError(kind.__tablename__.replace("_", " "), record_id)
    return found


def list_named(uow: UnitOfWork, kind: type[N], *, archived: bool = False) -> list[N]:
    """The choices of a kind that are in use, or with `archived` are not, by name."""
    there = kind.archived_at.is_not(None) if archived else kind.archived_at.is_(None)
    query = select(kind).where(there)
    return list(uow.session.scalars(query.order_by(kind.name_folded)))


def find_named(uow: UnitOfWork, kind: type[N], names: Iterable[str]) -> dict[str, int]:
    """Ids of the choices that have one of `names`, by folded name."""
    folded = {fold(name) for name in names}
    if not folded:
        return {}
    rows = uow.session.execute(
        select(kind.name_folded, kind.id).where(kind.name_folded.in_(folded))
    )
    return {name: record_id for name, record_id in rows}  # noqa: C416  (a Result has keys)


def need_named(
    uow: UnitOfWork, kind: type[N], names: Sequence[str], *, role: Role
) -> dict[str, int]:
    """Ids of choices by folded name; what is missing is added if the role allows it."""
    known = find_named(uow, kind, names)
    missing: dict[str, str] = {}
    for name in names:
        if fold(name) not in known:
            missing.setdefault(fold(name), name.strip())
    for folded, name in missing.items():
        if folded:
            known[folded] = add_named(uow, kind, NameDraft(name=name), role=role).id
    return known


def add_named(
    uow: UnitOfWork, kind: type[N], draft: NameDraft, *, role: Role = Role.MANAGER
) -> N:
    """A new choice of a kind; the actor needs `role`."""
    uow.require(role)
    if find_named(uow, kind, [draft.name]):
        raise NameTakenError(draft.name)
    new = kind()
    new.name, new.name_folded = draft.name, fold(draft.name)
    new.created_at = uow.now()
    uow.session.add(new)
    uow.session.flush()
    noun = kind.__tablename__
    record(uow, [Fact(f"{noun}.created", noun, new.id, 1, {"name": (None, new.name)})])
    return new


def rename(
    uow: UnitOfWork, named: Named, draft: NameDraft, based_on: Based = None
) -> None:
    """Give a choice another name. Only a manager may.

    Raises StaleError when somebody renamed it after `based_on`.
    """
    uow.require(Role.MANAGER)
    found = find_named(uow, type(named), [draft.name])
    if found and named.id not in found.values():
        raise NameTakenError(draft.name)
    noun = named.__tablename__
    changed = apply_edit(uow, noun, named, {"name": draft.name}, based_on)
    if changed:
        named.name_folded = fold(named.name)
        named.version += 1
        uow.session.flush()
        record(uow, [Fact(f"{noun}.changed", noun, named.id, named.version, changed)])


def archive_named(uow: UnitOfWork, named: Named) -> None:
    """Take a choice out of every list; records that have it keep it."""
    uow.require(Role.MANAGER)
    if named.archived_at is None:
        named.archived_at = uow.now()
        named.version += 1
        uow.session.flush()
        noun = named.__tablename__
        record(uow, [Fact(f"{noun}.archived", noun, named.id, named.version, {})])


def restore_named(uow: UnitOfWork, named: Named) -> None:
    """Bring an archived choice back into the lists. Only a manager may."""
    uow.require(Role.MANAGER)
    if named.archived_at is not None:
        named.archived_at = None
        named.version += 1
        uow.session.flush()
        noun = named.__tablename__
        record(uow, [Fact(f"{noun}.restored", noun, named.id, named.version, {})])
