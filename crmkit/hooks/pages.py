"""Hooks that fill places of the pages, and the pieces that they put there.

A piece is typed: text that the page translates, escapes and draws with its own
macros. Every text is a sentence of the plugin's catalogue; `parts` fill its `{named}`
places once it is translated. An address begins with `/` or `https://`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmkit.hooks.forms import PlaceHook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from crmkit.core import Card, Contact, Lead, UnitOfWork

Tone = Literal["", "late", "today", "planned", "accent", "line"]
"""The colour of a badge: red, amber, green, the accent, an outline, or none."""


class PieceError(ValueError):
    """What a plugin put into a slot cannot be shown."""


def _check_address(href: str) -> None:
    if not href.startswith(("/", "https://")):
        sentence = f"The address “{href}” begins neither with / nor with https://."
        raise PieceError(sentence)


@dataclass(frozen=True, slots=True)
class NavigationContext:
    """The page is about to show a navigation to `uow.actor`."""

    uow: UnitOfWork


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A line of a navigation: label, address, name of an icon.

    `hint` says more where there is room for a second line, as among the first steps.
    """

    label: str
    href: str
    icon: str
    hint: str = ""

    def __post_init__(self) -> None:
        """Refuse an address that leads nowhere."""
        _check_address(self.href)


@dataclass(frozen=True, slots=True)
class LeadPanelContext:
    """The page of `lead` is about to be shown to `uow.actor`."""

    uow: UnitOfWork
    lead: Lead


@dataclass(frozen=True, slots=True)
class ContactPanelContext:
    """The page of `contact` is about to be shown to `uow.actor`."""

    uow: UnitOfWork
    contact: Contact


@dataclass(frozen=True, slots=True)
class PanelLine:
    """A line of a panel: text, maybe a second line and an address."""

    text: str
    hint: str = ""
    href: str | None = None
    parts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an address that leads nowhere."""
        if self.href is not None:
            _check_address(self.href)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel beside a record: a title and lines; without lines it is not shown."""

    title: str
    lines: tuple[PanelLine, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template of the plugin's own, for what the typed pieces cannot show.

    `name` is its path inside the plugin's `templates/`. It sees `values`, `me` (the
    actor), `base_currency` and the `ui` macros; it is escaped like any page, and no
    script or style in it would run.
    """

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CardsContext:
    """Cards or rows are about to be shown to `uow.actor`: all of one answer."""

    uow: UnitOfWork
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ListContext:
    """A list is about to be shown to `uow.actor`, as its address or view says.

    `entity` is `lead` or `contact`; `filter`, `words` and `sort` are what the list is
    asked for, `columns` the names of the fields that it shows.
    """

    uow: UnitOfWork
    entity: str
    filter: str
    words: str
    sort: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Badge:
    """A small label; `title` is what a mouse above it is told."""

    label: str
    tone: Tone = ""
    icon: str = ""
    title: str = ""
    parts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list of leads: its cells by lead id; the others stay empty.

    `unit` says what its numbers are: `money` of the base currency, `percent`, or "".
    """

    label: str
    cells: Mapping[int, str | int | Decimal | date | Badge]
    unit: Literal["", "money", "percent"] = ""


place_navigation: PlaceHook[NavigationContext, Sequence[NavigationItem]] = PlaceHook(
    "place_navigation", NavigationContext, since="1.0"
)
"""Answer the lines to show in the navigation, the core's first."""

place_my_menu: PlaceHook[NavigationContext, Sequence[NavigationItem]] = PlaceHook(
    "place_my_menu", NavigationContext, since="1.0"
)
"""Answer lines for the actor's own menu: pages on which he keeps what is his."""

place_settings: PlaceHook[NavigationContext, Sequence[NavigationItem]] = PlaceHook(
    "place_settings", NavigationContext, since="1.0"
)
"""Answer lines for the navigation of the settings, which admins alone see.

The pages they lead to are the plugin's own, answered by `crmkit.web.settings_page`.
"""

place_first_steps: PlaceHook[NavigationContext, Sequence[NavigationItem]] = PlaceHook(
    "place_first_steps", NavigationContext, since="1.0"
)
"""Answer ways to begin, shown on the board while it is empty."""

place_lead_panel: PlaceHook[LeadPanelContext, Panel | OwnTemplate | None] = PlaceHook(
    "place_lead_panel", LeadPanelContext, since="1.0"
)
"""Answer a panel for the right side of a lead's page."""

place_contact_panel: PlaceHook[ContactPanelContext, Panel | OwnTemplate | None] = (
    PlaceHook("place_contact_panel", ContactPanelContext, since="1.0")
)
"""Answer a panel for the right side of a contact's page."""

place_card_badges: PlaceHook[CardsContext, Mapping[int, Sequence[Badge]]] = PlaceHook(
    "place_card_badges", CardsContext, since="1.0"
)
"""Answer badges by lead id, for all cards at once."""

place_list_columns: PlaceHook[CardsContext, Sequence[ListColumn]] = PlaceHook(
    "place_list_columns", CardsContext, since="1.0"
)
"""Answer columns of the list of leads, the same ones whatever the rows are."""

place_list_actions: PlaceHook[ListContext, Sequence[NavigationItem]] = PlaceHook(
    "place_list_actions", ListContext, since="1.0"
)
"""Answer what can be done with a list as it is looked at: lines of its menu “More”."""
