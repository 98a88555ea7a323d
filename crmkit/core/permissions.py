"""Permissions of plugins: which role at least may do what a plugin offers.

The manifest names the lowest role a permission can be given to; an admin gives it to
that role or keeps it for a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base, join_texts
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.types import choice
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmkit.core.uow import UnitOfWork
    from crmkit.hooks import Plugin

__all__ = [
    "KnownPermission",
    "set_permission",
]


class PermissionRule(Base):
    """A permission that an admin keeps for another role than its lowest."""

    __tablename__ = "plugin_permission"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    changed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class KnownPermission:
    """A permission that a plugin declares, by its full name `<plugin id>.<name>`."""

    name: str
    plugin_id: str
    label: str
    lowest_role: Role


class LowRoleError(CrmError):
    """The plugin does not let so low a role have the permission."""

    def __init__(self, lowest: Role) -> None:
        super().__init__(
            mark("The plugin gives this to the role “{role}” or higher only."),
            field="role",
            role=lowest.value,
        )


def declared_by(manifests: Iterable[Plugin]) -> dict[str, KnownPermission]:
    """Every permission of these plugins, by its full name."""
    every = (
        KnownPermission(
            f"{manifest.id}.{permission.name}",
            manifest.id,
            permission.label,
            Role(permission.lowest_role),
        )
        for manifest in manifests
        for permission in manifest.permissions
    )
    return {permission.name: permission for permission in every}


_rule = PermissionRule.name + "=" + cast(PermissionRule.role, String)
every_rule = select(join_texts(_rule, ",")).scalar_subquery()


def roles_by_name(
    known: Mapping[str, KnownPermission], rules: str | None
) -> Mapping[str, Role]:
    """The role that each permission takes; `rules` is what `every_rule` selects."""
    roles = {name: permission.lowest_role for name, permission in known.items()}
    for rule in (rules or "").split(",") if rules else ():
        name, _, role = rule.partition("=")
        # The manifest may have raised its lowest role since.
        if name in roles and Role(role).rank > roles[name].rank:
            roles[name] = Role(role)
    return roles


def set_permission(
    uow: UnitOfWork, known: Mapping[str, KnownPermission], name: str, role: Role
) -> None:
    """Give a permission to `role` and all higher ones, from the next unit on."""
    uow.require(Role.ADMIN)
    if name not in known:
        raise NotFoundError("permission", name)
    lowest = known[name].lowest_role
    if role.rank < lowest.rank:
        raise LowRoleError(lowest)
    query = select(PermissionRule).where(PermissionRule.name == name)
    rule = uow.session.scalar(uow.locked(query))
    before = lowest if rule is None else rule.role
    if before is role:
        return
    if rule is None:
        rule = PermissionRule(name=name, version=0)
        uow.session.add(rule)
    rule.role, rule.changed_at = role, uow.now()
    rule.version += 1
    uow.session.flush()
    values = {"name": (None, name), "role": (before, role)}
    fact = Fact(
        "permission.changed", "plugin_permission", rule.id, rule.version, values
    )
    record(uow, [fact])
