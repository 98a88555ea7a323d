"""The lines that plugins put into the navigations of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from crmkit.core import Failed, Role
from crmkit.hooks import (
    ListContext,
    NavigationContext,
    place_list_actions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.requests import Request

    from crmkit.core import UnitOfWork
    from crmkit.hooks import NavigationItem, PlaceHook
    from crmkit.web.pages.listed import ListState, ShownColumn
    from crmkit.web.rendering import Templates

    Slot = PlaceHook[NavigationContext, Sequence[NavigationItem]]

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of a navigation, or in its place, for admins, the plugin that failed."""

    label: str = ""
    href: str = ""
    icon: str = ""
    is_current: bool = False
    failed: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PlacedLines(Generic[C]):
    """The lines of a slot, asked for when a template shows them."""

    request: Request
    uow: UnitOfWork
    slot: PlaceHook[C, Sequence[NavigationItem]]
    context: C

    def __iter__(self) -> Iterator[PlacedLine]:
        """Each line that a plugin placed, in the actor's language."""
        for placed in self.uow.hooks.draw(self.slot, self.context, self._draw):
            if not isinstance(placed, Failed):
                yield from placed.answer
            elif self.uow.actor.can_be(Role.ADMIN):
                yield PlacedLine(failed=placed.plugin_id)

    def _draw(
        self, plugin_id: str, items: Sequence[NavigationItem]
    ) -> list[PlacedLine]:
        templates: Templates = self.request.app.state.templates
        locale, path = self.uow.actor.locale, self.request.url.path

        def translate(text: str) -> str:
            return templates.translate(locale, text, plugin_id) if text else ""

        return [
            PlacedLine(
                translate(str(item.label)),
                str(item.href),
                str(item.icon),
                is_current=f"{path}/".startswith(f"{item.href}/"),
                hint=translate(str(item.hint)),
            )
            for item in items
        ]


def lines_of(
    request: Request, uow: UnitOfWork, slot: Slot
) -> PlacedLines[NavigationContext]:
    """The lines of a navigation."""
    return PlacedLines(request, uow, slot, NavigationContext(uow))


def actions_of(
    request: Request, uow: UnitOfWork, state: ListState, columns: Sequence[ShownColumn]
) -> PlacedLines[ListContext]:
    """What plugins do with a list as it is looked at."""
    context = ListContext(
        uow,
        state.kind.entity,
        state.filter,
        state.q,
        state.order,
        tuple(column.name for column in columns),
    )
    return PlacedLines(request, uow, place_list_actions, context)
