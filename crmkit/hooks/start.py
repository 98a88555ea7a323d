"""Hooks of the start: what a plugin brings into the process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.hooks.forms import RegisterHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase


@dataclass(frozen=True, slots=True)
class RegisterTables:
    """The plugin is asked for the declarative base that its tables stand on."""

    plugin_id: str


@dataclass(frozen=True, slots=True)
class RegisterRoutes:
    """The plugin is asked for its routes, which are served below `prefix`."""

    plugin_id: str
    prefix: str


register_tables: RegisterHook[RegisterTables, type[DeclarativeBase]] = RegisterHook(
    "register_tables", RegisterTables, since="1.0"
)
"""Answer the base made by `crmkit.core.plugin_base`, once its classes are mapped.

Its mappings are configured there and then, so that a broken relationship makes this
plugin `failed` at start and touches nothing else.
"""

register_pages: RegisterHook[RegisterRoutes, Sequence[APIRouter]] = RegisterHook(
    "register_pages", RegisterRoutes, since="1.0"
)
"""Answer routers of pages; they are served below `/p/{id}`."""

register_api: RegisterHook[RegisterRoutes, Sequence[APIRouter]] = RegisterHook(
    "register_api", RegisterRoutes, since="1.0"
)
"""Answer routers of the API; they are served below `/api/v1/p/{id}`."""
