"""Hooks that fill places of the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmkit.hooks.forms import PlaceHook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import Lead, UnitOfWork


@dataclass(frozen=True, slots=True)
class NavigationContext:
    """The page is about to show its navigation to `uow.actor`."""

    uow: UnitOfWork


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A line of the navigation: label, address, name of an icon.

    The label is a sentence of the plugin's catalogue; it is translated when shown.
    """

    label: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class LeadPanelContext:
    """The page of `lead` is about to be shown to `uow.actor`."""

    uow: UnitOfWork
    lead: Lead


@dataclass(frozen=True, slots=True)
class PanelLine:
    """A line of a panel: text, maybe a second line and an address.

    Text and hint are sentences of the plugin's catalogue; `parts` fill their
    `{named}` places once they are translated.
    """

    text: str
    hint: str = ""
    href: str | None = None
    parts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel beside a record: a title and lines; without lines it is not shown."""

    title: str
    lines: tuple[PanelLine, ...] = ()


place_navigation: PlaceHook[NavigationContext, Sequence[NavigationItem]] = PlaceHook(
    "place_navigation", NavigationContext, since="1.0"
)
"""Answer the lines to show in the navigation, the core's first."""

place_lead_panel: PlaceHook[LeadPanelContext, Panel | None] = PlaceHook(
    "place_lead_panel", LeadPanelContext, since="1.0"
)
"""Answer a panel for the right side of a lead's page."""
