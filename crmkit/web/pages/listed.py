"""How a list is looked at, as its address says: filter, order, columns, group."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from crmkit.core import (
    FieldType,
    describe_view,
    favourite_views,
    fields_of,
    list_views,
    mark,
)
from crmkit.web.answers import sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.conditions import keep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from crmkit.core import SavedView, UnitOfWork

BY_MONTH = mark("{label}, by month")
MOST_COLUMNS = 30
MOST_SORTS = 4
_STATE = frozenset({"filter", "q", "sort", "columns", "column", "group"})
_DOWN_FIRST = frozenset(
    {
        FieldType.MONEY,
        FieldType.PERCENT,
        FieldType.WHOLE,
        FieldType.DECIMAL,
        FieldType.DATE,
        FieldType.MOMENT,
    }
)


class ListAsked(BaseModel):
    """What the address of a list says; `in` and `n` ask for the rows of one group."""

    filter: str = ""
    q: str = ""
    sort: str = ""
    columns: str = ""
    column: list[str] = []
    group: str = ""
    view: Blank = None
    cursor: str = ""
    group_value: str | None = Field(None, alias="in")
    n: int = Field(0, ge=0, le=10_000)


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list that one works with: of what, where, and how it looks at first.

    `labels` are shorter ones for columns, `conditions` the filters of its chips.
    """

    entity: str
    path: str
    columns: tuple[str, ...]
    sort: str
    layout: str = "list"
    labels: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListState:
    """How one looks at a list; `view` is the saved view that one came from."""

    kind: ListKind
    filter: str = ""
    q: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    group: str = ""
    view: int | None = None

    @classmethod
    def asked(cls, kind: ListKind, asked: ListAsked) -> ListState:
        """The state that the address says; columns ticked one by one come in order."""
        columns = asked.column or asked.columns.split(",")
        names = tuple(dict.fromkeys(name.strip() for name in columns if name.strip()))
        shown = names[:MOST_COLUMNS]
        if shown == kind.columns:
            shown = ()
        return cls(
            kind, asked.filter, asked.q, asked.sort, shown, asked.group, asked.view
        )

    @classmethod
    def saved(cls, uow: UnitOfWork, kind: ListKind, view: SavedView) -> ListState:
        """The state that a saved view says."""
        said = describe_view(uow, view)
        columns = tuple(said["columns"])
        return cls(
            kind,
            said["filter"],
            said["words"],
            said["sort"],
            () if columns == kind.columns else columns,
            said["group_by"][0] if said["group_by"] else "",
            view.id,
        )

    @property
    def order(self) -> str:
        """The order of the list, the usual one where none is chosen."""
        return self.sort or self.kind.sort

    @property
    def query(self) -> dict[str, str]:
        """The state as the address keeps it."""
        columns = ",".join(self.columns)
        parts = keep(
            filter=self.filter,
            q=self.q,
            sort=self.sort,
            columns=columns,
            group=self.group,
            view=self.view,
        )
        # A view's address alone shows the view as it was saved.
        if parts.keys() == {"view"}:
            parts["sort"] = self.order
        return parts

    def is_like(self, other: ListState) -> bool:
        """Whether the list looks the same."""
        mine = replace(self, sort=self.order, view=None)
        return mine == replace(other, sort=other.order, view=None)


@dataclass(frozen=True, slots=True)
class ListViews:
    """The views of a list; the one that is shown, and whether it is looked at so."""

    views: tuple[SavedView, ...]
    shown: SavedView | None
    is_changed: bool
    state: ListState

    @classmethod
    def of(
        cls, request: Request, uow: UnitOfWork, kind: ListKind, asked: ListAsked
    ) -> ListViews:
        """What the address asks for: a view, a state, or nothing, where one begins."""
        found = list_views(uow, kind.entity)
        views = tuple(view for view in found if view.layout == kind.layout)
        given = request.query_params
        shown = next((view for view in views if view.id == asked.view), None)
        if not given:
            shown = next((view for view in views if view.is_default), None)
        state = ListState.asked(kind, asked)
        if shown is None:
            return cls(views, None, is_changed=False, state=replace(state, view=None))
        saved = ListState.saved(uow, kind, shown)
        if _STATE.isdisjoint(given):
            return cls(views, shown, is_changed=False, state=saved)
        return cls(views, shown, is_changed=not state.is_like(saved), state=state)


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a list is sorted by a column, and how it would be after a press on it.

    `place` is 1 for the first of several columns that sort, 0 where there is but one.
    """

    direction: str
    place: int
    pressed: str
    added: str


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of a list, and what pressing its head leads to."""

    name: str
    label: str
    type: str
    is_sortable: bool
    is_editable: bool
    sorting: Sorting


def columns_of(
    request: Request, uow: UnitOfWork, state: ListState
) -> tuple[ShownColumn, ...]:
    """The columns that the list shows; what is no field any more is left out."""
    fields = fields_of(uow, state.kind.entity)
    names = [name for name in state.columns if name in fields]
    shown = []
    for name in names or state.kind.columns:
        found = fields[name]
        short = state.kind.labels.get(name, found.label)
        label = sentence(request, uow, short)
        column = ShownColumn(
            name,
            label,
            found.type.value,
            found.is_sortable,
            found.is_editable,
            _sorting(state, name, is_down_first=found.type in _DOWN_FIRST),
        )
        shown.append(column)
    return tuple(shown)


def _sorting(state: ListState, name: str, *, is_down_first: bool) -> Sorting:
    parts = state.order.split(",")
    plain = [part.removeprefix("-") for part in parts]
    first = f"-{name}" if is_down_first else name
    if name not in plain:
        before = parts[: MOST_SORTS - 1] if state.sort else []
        return Sorting("", 0, first, ",".join([*before, first]))
    at = plain.index(name)
    is_down = parts[at].startswith("-")
    turned = name if is_down else f"-{name}"
    return Sorting(
        "descending" if is_down else "ascending",
        at + 1 if len(parts) > 1 else 0,
        turned,
        ",".join([*parts[:at], turned, *parts[at + 1 :]]),
    )


def offered_columns(
    request: Request, uow: UnitOfWork, state: ListState
) -> list[tuple[str, str, bool]]:
    """Every column one may show: name, label, and whether it is; those shown first."""
    fields = fields_of(uow, state.kind.entity)
    shown = [name for name in state.columns or state.kind.columns if name in fields]
    rest = [name for name in fields if name not in shown]
    labels = {name: sentence(request, uow, fields[name].label) for name in fields}
    rest.sort(key=lambda name: labels[name].casefold())
    return [(name, labels[name], name in shown) for name in [*shown, *rest]]


def offered_groups(
    request: Request, uow: UnitOfWork, state: ListState
) -> list[tuple[str, str]]:
    """What the list may be grouped by: the word of the address, and its label."""
    offered = []
    for name, found in fields_of(uow, state.kind.entity).items():
        if not found.is_groupable:
            continue
        label = sentence(request, uow, found.label)
        if found.type is FieldType.DATE and not found.is_custom:
            by_month = sentence(request, uow, BY_MONTH).format(label=label)
            offered.append((f"{name}:month", by_month))
        elif found.type is not FieldType.DATE:
            offered.append((name, label))
    return sorted(offered, key=lambda pair: pair[1].casefold())


def views_context(uow: UnitOfWork, views: ListViews) -> dict[str, object]:
    """What the tabs of a list's views want."""
    shown = views.shown
    return {
        "views": views.views,
        "shown_view": shown,
        "is_changed": views.is_changed,
        "is_kept": shown is not None
        and any(view.id == shown.id for view in favourite_views(uow)),
    }
