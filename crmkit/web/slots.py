"""What plugins put into the places of a page, drawn so that a failure stays theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from markupsafe import Markup, escape

from crmkit.core import Failed, Role
from crmkit.hooks import (
    Badge,
    CardsContext,
    ContactPanelContext,
    LeadPanelContext,
    ListColumn,
    OwnTemplate,
    Panel,
    place_card_badges,
    place_contact_panel,
    place_lead_panel,
    place_list_columns,
)
from crmkit.web.answers import templates_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

    from crmkit.core import Card, Contact, Lead, Placed, UnitOfWork
    from crmkit.hooks import PlaceHook

    PanelAnswer = Panel | OwnTemplate | None
    CellValue = str | int | Decimal | date | Badge

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Badges:
    """The badges of cards by lead id, and who could not place theirs, for admins."""

    by_lead: Mapping[int, Markup] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column as the list shows it, its cells drawn."""

    label: str
    cells: Mapping[int, Markup]
    is_number: bool


@dataclass(frozen=True, slots=True)
class PlacedColumns:
    """The columns of plugins, and who could not place theirs, for admins."""

    columns: tuple[PlacedColumn, ...] = ()
    failed: tuple[str, ...] = ()


def panels_of(request: Request, uow: UnitOfWork, lead: Lead) -> Sequence[Markup]:
    """What plugins place beside a lead; to admins also who could not."""
    return _panels(request, uow, place_lead_panel, LeadPanelContext(uow, lead))


def contact_panels_of(
    request: Request, uow: UnitOfWork, contact: Contact
) -> Sequence[Markup]:
    """What plugins place beside a contact; to admins also who could not."""
    context = ContactPanelContext(uow, contact)
    return _panels(request, uow, place_contact_panel, context)


def _panels(
    request: Request, uow: UnitOfWork, hook: PlaceHook[C, PanelAnswer], context: C
) -> Sequence[Markup]:
    pen = Pen(request, uow)
    placed = uow.hooks.draw(hook, context, pen.draw_panel)
    shown = [pen.draw_failure(name) for name in _failed(uow, placed)]
    return [*(panel for panel in _answers(placed) if panel), *shown]


def badges_of(request: Request, uow: UnitOfWork, cards: Iterable[Card]) -> Badges:
    """The badges of all `cards`, each plugin asked once."""
    pen = Pen(request, uow)
    context = CardsContext(uow, tuple(cards))
    placed = uow.hooks.draw(place_card_badges, context, pen.draw_badges)
    by_lead: dict[int, Markup] = {}
    for drawn in _answers(placed):
        for lead_id, badges in drawn.items():
            by_lead[lead_id] = by_lead.get(lead_id, Markup()) + badges
    return Badges(by_lead, _failed(uow, placed))


def columns_of(
    request: Request, uow: UnitOfWork, rows: Iterable[Card]
) -> PlacedColumns:
    """The columns that plugins place in the list, each asked once for all `rows`."""
    pen = Pen(request, uow)
    context = CardsContext(uow, tuple(rows))
    placed = uow.hooks.draw(place_list_columns, context, pen.draw_columns)
    columns = tuple(column for drawn in _answers(placed) for column in drawn)
    return PlacedColumns(columns, _failed(uow, placed))


def _answers(placed: Iterable[Placed[R] | Failed]) -> list[R]:
    return [one.answer for one in placed if not isinstance(one, Failed)]


def _failed(uow: UnitOfWork, placed: Iterable[Placed[Any] | Failed]) -> tuple[str, ...]:
    """Who failed, as far as the actor is told: admins are, nobody else."""
    if not uow.actor.can_be(Role.ADMIN):
        return ()
    return tuple(one.plugin_id for one in placed if isinstance(one, Failed))


class Pen:
    """Draws the pieces of plugins in the actor's language; all text is escaped."""

    def __init__(self, request: Request, uow: UnitOfWork) -> None:
        self._templates = templates_of(request)
        self._locale = uow.actor.locale
        self._formats = self._templates.formats(self._locale)
        self._currency = uow.settings.base_currency
        self._known = {"me": uow.actor, "base_currency": self._currency}

    def draw_panel(self, plugin_id: str, panel: PanelAnswer) -> Markup:
        """A panel; nothing where there is none, or no line in it."""
        if isinstance(panel, OwnTemplate):
            values = {**self._known, **panel.values}
            return self._render(f"{plugin_id}/{panel.name}", values)
        if panel is None or not panel.lines:
            return Markup()
        lines = [
            {
                "text": self._say(plugin_id, line.text, line.parts),
                "hint": self._say(plugin_id, line.hint, line.parts),
                "href": line.href or "",
            }
            for line in panel.lines
        ]
        title = self._say(plugin_id, panel.title)
        return self._render("slots/_panel.html", {"title": title, "lines": lines})

    def draw_failure(self, plugin_id: str) -> Markup:
        """That a plugin could not fill its place."""
        return self._render("slots/_failure.html", {"plugin_id": plugin_id})

    def draw_badges(
        self, plugin_id: str, badges: Mapping[int, Sequence[Badge]]
    ) -> dict[int, Markup]:
        """The badges of each card, side by side."""
        return {
            int(lead_id): Markup().join(self._badge(plugin_id, one) for one in many)
            for lead_id, many in badges.items()
        }

    def draw_columns(
        self, plugin_id: str, columns: Sequence[ListColumn]
    ) -> list[PlacedColumn]:
        """The columns, their cells as the reader writes numbers and days."""
        return [
            PlacedColumn(
                self._say(plugin_id, column.label),
                {
                    int(lead_id): self._cell(plugin_id, value, column.unit)
                    for lead_id, value in column.cells.items()
                },
                is_number=_is_number(column),
            )
            for column in columns
        ]

    def _cell(self, plugin_id: str, value: CellValue, unit: str) -> Markup:
        if isinstance(value, Badge):
            return self._badge(plugin_id, value)
        if isinstance(value, datetime):
            value = self._formats.day_of(value)
        if isinstance(value, date):
            return escape(self._formats.day(value))
        if isinstance(value, int | Decimal):
            return escape(self._number(Decimal(value), unit))
        return escape(str(value))

    def _number(self, value: Decimal, unit: str) -> str:
        if unit == "money":
            return self._formats.money(value, self._currency)
        if unit == "percent":
            return self._formats.percent(value)
        return self._formats.number(value)

    def _badge(self, plugin_id: str, badge: Badge) -> Markup:
        label = self._say(plugin_id, badge.label, badge.parts)
        title = self._say(plugin_id, badge.title, badge.parts)
        ui = self._templates.macros(self._locale)
        drawn: Markup = ui.badge(label, str(badge.tone), str(badge.icon), title)
        return drawn

    def _say(
        self, plugin_id: str, text: str, parts: Mapping[str, object] | None = None
    ) -> str:
        """A sentence of the plugin's, its parts filled in; plain text, no Markup."""
        if not text:
            return ""
        said = self._templates.translate(self._locale, str(text), plugin_id)
        return str(said.format(**parts) if parts else said)

    def _render(self, name: str, values: Mapping[str, object]) -> Markup:
        text = self._templates.render(self._locale, name, values)
        return Markup(text)  # noqa: S704  (a template, which escapes what it shows)


def _is_number(column: ListColumn) -> bool:
    values = column.cells.values()
    is_counted = all(isinstance(value, int | Decimal) for value in values)
    return bool(column.unit) or (bool(column.cells) and is_counted)
