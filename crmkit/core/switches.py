"""Which plugins are switched on: rows that every process reads in every unit."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "switch_plugin",
]


class PluginSwitch(Base):
    """A plugin that somebody switched off or on; without a row it is on."""

    __tablename__ = "plugin_switch"

    plugin_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    is_enabled: Mapped[bool]
    changed_at: Mapped[datetime]


def switch_plugin(uow: UnitOfWork, plugin_id: str, *, is_enabled: bool) -> None:
    """Switch a plugin on or off, for every process from its next unit on."""
    uow.require(Role.ADMIN)
    switch = PluginSwitch(
        plugin_id=plugin_id, is_enabled=is_enabled, changed_at=uow.now()
    )
    uow.session.merge(switch)
    uow.session.flush()
