"""Saved views: a filter, an order and columns under a name, for one, a team or all."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.board_order import BoardOrder
from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, ForbiddenError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.fields import UnknownFieldError, find_field
from crmkit.core.filters.forms import filter_from_json, filter_to_json, filter_to_text
from crmkit.core.filters.text import parse_filter
from crmkit.core.grouping import check_grouping
from crmkit.core.listing import criterion_of, sort_of
from crmkit.core.regrouping import board_fields
from crmkit.core.types import choice
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "SavedView",
    "ViewDraft",
    "ViewScope",
    "add_view",
    "broken_views",
    "delete_view",
    "describe_view",
    "edit_view",
    "favourite_views",
    "get_view",
    "keep_at_hand",
    "list_views",
]


BOARD = "board"


class ViewScope(StrEnum):
    """Who finds a view in his list."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


class SavedView(Base):
    """A way to look at leads or contacts; `filter` is its tree as JSON, or null.

    On a board `columns` are what cards show beside the usual, `group_by` is what makes
    its columns, and `sort` the order of the cards.
    """

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_entity", "entity", "position", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    entity: Mapped[str] = mapped_column(String(24))
    layout: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    scope: Mapped[ViewScope] = mapped_column(choice(ViewScope))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    filter: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    words: Mapped[str] = mapped_column(String(250))
    sort: Mapped[str] = mapped_column(String(80))
    columns: Mapped[list[str]] = mapped_column(JSON)
    group_by: Mapped[list[str]] = mapped_column(JSON)
    is_default: Mapped[bool]
    position: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ViewFavourite(Base):
    """A view that a user keeps at hand, beside the places of the navigation."""

    __tablename__ = "view_favourite"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), primary_key=True
    )
    view_id: Mapped[int] = mapped_column(
        ForeignKey("saved_view.id", ondelete="CASCADE"), primary_key=True, index=True
    )


FieldName = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class ViewDraft(Draft):
    """A view as it comes through a door. `filter` is a filter's text.

    A view for a team names it; it is for members and their managers to change.
    """

    name: str = Field(min_length=1, max_length=120)
    entity: Literal["lead", "contact"] = "lead"
    layout: Literal["list", "board"] = "list"
    scope: ViewScope = ViewScope.MINE
    team_id: int | None = None
    filter: str = Field(default="", max_length=4000)
    words: str = Field(default="", max_length=250)
    sort: str = Field(default="", max_length=80)
    columns: tuple[FieldName, ...] = Field(default=(), max_length=50)
    group_by: tuple[FieldName, ...] = Field(default=(), max_length=3)
    is_default: bool = False
    position: int = Field(default=0, ge=0, le=100_000)


class BoardOfContactsError(CrmError):
    """Leads stand on a board, contacts in a list."""

    def __init__(self) -> None:
        super().__init__(mark("Only leads stand on a board."), field="layout")


class ViewTeamError(CrmError):
    """A view of a team names a team of the actor; another names none."""

    def __init__(self) -> None:
        super().__init__(
            mark("A view for a team names one of your teams; another names none."),
            field="team_id",
        )


def visible_views(uow: UnitOfWork) -> ColumnElement[bool]:
    """The criterion of the views that the actor finds; admins find every one."""
    actor = uow.actor
    if actor.can_be(Role.ADMIN):
        return SavedView.deleted_at.is_(None)
    mine = SavedView.owner_id == actor.id
    teams: ColumnElement[bool] = SavedView.team_id.in_(actor.team_ids)
    if actor.can_be(Role.MANAGER):
        teams = SavedView.scope == ViewScope.TEAM
    found = or_(mine, teams, SavedView.scope == ViewScope.ALL)
    return SavedView.deleted_at.is_(None) & found


def list_views(uow: UnitOfWork, entity: str | None = None) -> list[SavedView]:
    """The views that the actor finds: his own first, then his teams', then all's."""
    query = select(SavedView).where(visible_views(uow))
    if entity is not None:
        query = query.where(SavedView.entity == entity)
    views = uow.session.scalars(query.order_by(SavedView.position, SavedView.id))
    order = list(ViewScope)
    return sorted(views, key=lambda view: order.index(view.scope))


def favourite_views(uow: UnitOfWork) -> list[SavedView]:
    """The views that the actor keeps at hand, by name; one statement."""
    query = (
        select(SavedView)
        .join(ViewFavourite, ViewFavourite.view_id == SavedView.id)
        .where(ViewFavourite.user_id == uow.actor.id, visible_views(uow))
        .order_by(SavedView.name, SavedView.id)
    )
    return list(uow.session.scalars(query))


def keep_at_hand(uow: UnitOfWork, view: SavedView, *, is_kept: bool) -> None:
    """Keep a view that the actor finds at hand for him, or no longer."""
    user_id = uow.actor.id
    if user_id is None:
        return
    known = uow.session.get(ViewFavourite, (user_id, view.id))
    if is_kept == (known is not None):
        return
    if known is None:
        uow.session.add(ViewFavourite(user_id=user_id, view_id=view.id))
    else:
        uow.session.delete(known)
    uow.session.flush()
    said = {"kept_by_id": (None, user_id) if is_kept else (user_id, None)}
    record(uow, [Fact("view.kept", "view", view.id, view.version, said)])


def get_view(uow: UnitOfWork, view_id: int) -> SavedView:
    """The view of that id, if the actor finds it."""
    query = select(SavedView).where(SavedView.id == view_id, visible_views(uow))
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError("view", view_id)
    return found


def add_view(uow: UnitOfWork, draft: ViewDraft) -> SavedView:
    """A new view. Raises what its filter, order or columns cannot be."""
    _check(uow, draft)
    values = _values(draft)
    now = uow.now()
    view = SavedView(
        **values, owner_id=uow.actor.id, created_at=now, updated_at=now, version=1
    )
    uow.session.add(view)
    uow.session.flush()
    said = {name: (None, value) for name, value in values.items()}
    record(uow, [Fact("view.created", "view", view.id, 1, said)])
    return view


def edit_view(
    uow: UnitOfWork, view: SavedView, changes: Mapping[str, Any], based_on: Based = None
) -> None:
    """Change what a view shows or who finds it."""
    _check_mine(uow, view)
    draft = ViewDraft(**{**_draft_of(view), **changes})
    _check(uow, draft)
    values = _values(draft)
    changed = apply_edit(uow, "view", view, values, based_on)
    if changed:
        _save(uow, view, "view.changed", changed)


def delete_view(uow: UnitOfWork, view: SavedView) -> None:
    """Take a view out of every list."""
    _check_mine(uow, view)
    view.deleted_at = uow.now()
    _save(uow, view, "view.deleted", {})


def describe_view(uow: UnitOfWork, view: SavedView) -> dict[str, Any]:
    """A view as scripts get it; `problem` says why its filter finds nothing now.

    A filter that names a field which is gone is kept as it is, and not obeyed.
    """
    draft = _draft_of(view)
    described = {
        "id": view.id,
        "version": view.version,
        **draft,
        "tree": view.filter,
        "owner_id": view.owner_id,
        "problem": None,
    }
    try:
        _check_fields(uow, ViewDraft(**draft))
    except CrmError as error:
        described["problem"] = str(error)
    return described


def broken_views(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Name and reason of each view, whoever's, that cannot be shown as it was saved."""
    views = select(SavedView).where(SavedView.deleted_at.is_(None))
    told = (
        (view.name, describe_view(uow, view)["problem"])
        for view in uow.session.scalars(views.order_by(SavedView.id))
    )
    return [(name, problem) for name, problem in told if problem]


def _draft_of(view: SavedView) -> dict[str, Any]:
    values = {name: getattr(view, name) for name in ViewDraft.model_fields}
    if view.filter is None:
        values["filter"] = ""
    else:
        values["filter"] = filter_to_text(filter_from_json(view.filter))
    return values


def _values(draft: ViewDraft) -> dict[str, Any]:
    text = draft.filter.strip()
    return draft.model_dump(exclude={"filter"}) | {
        "columns": list(draft.columns),
        "group_by": list(draft.group_by),
        "filter": filter_to_json(parse_filter(text)) if text else None,
    }


def _check(uow: UnitOfWork, draft: ViewDraft) -> None:
    """Raise where the actor may not share so, or the view would show nothing."""
    if (draft.scope is ViewScope.TEAM) != (draft.team_id is not None):
        raise ViewTeamError
    is_manager = uow.actor.can_be(Role.MANAGER)
    if draft.scope is ViewScope.ALL and not is_manager:
        raise ForbiddenError(Role.MANAGER.value)
    if draft.scope is ViewScope.TEAM and not is_manager:
        uow.require(Role.TEAM)
        if draft.team_id not in uow.actor.team_ids:
            raise ViewTeamError
    _check_fields(uow, draft)


def _check_fields(uow: UnitOfWork, draft: ViewDraft) -> None:
    criterion_of(uow, draft.entity, draft.filter, draft.words)
    for name in draft.columns:
        find_field(uow, draft.entity, name)
    if draft.layout == BOARD:
        _check_board(uow, draft)
        return
    if draft.sort:
        sort_of(uow, draft.entity, draft.sort)
    if draft.group_by:
        check_grouping(uow, draft.group_by, draft.entity)


def _check_board(uow: UnitOfWork, draft: ViewDraft) -> None:
    if draft.entity != "lead":
        raise BoardOfContactsError
    if draft.sort not in {"", *BoardOrder}:
        raise UnknownFieldError(draft.sort)
    for name in draft.group_by:
        if name not in board_fields(uow):
            raise UnknownFieldError(name)


def _check_mine(uow: UnitOfWork, view: SavedView) -> None:
    """Raise ForbiddenError unless the actor may change the view."""
    if view.owner_id != uow.actor.id:
        uow.require(Role.MANAGER)


def _save(uow: UnitOfWork, view: SavedView, kind: str, changed: Values) -> None:
    view.version += 1
    view.updated_at = uow.now()
    uow.session.flush()
    record(uow, [Fact(kind, "view", view.id, view.version, changed)])
