"""Taking back changed rules and options, as part of undoing a change."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import Role, TakenBack, Undoable, get_team, get_user, split_fields
from crmkit_assignment.rules import (
    MEMBER,
    OPTIONS,
    TEAM,
    MemberRuleDraft,
    OptionsDraft,
    TeamRuleDraft,
    change_member_rule,
    change_options,
    change_team_rule,
)
from crmkit_assignment.runs import RUN_ENTITY, mark_undone
from crmkit_assignment.tables import MemberRule, Options, Run, TeamRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select

    from crmkit.core import Event, UnitOfWork

    Kind = type[TeamRule | MemberRule | Options | Run]


def _load(kind: Kind, uow: UnitOfWork, ids: set[int]) -> dict[int, Any]:
    uow.require(Role.MANAGER)
    rows: Select[Any] = select(kind).where(kind.id.in_(ids)).order_by(kind.id)
    return {row.id: row for row in uow.session.scalars(uow.locked(rows))}


def _take_back_team(uow: UnitOfWork, rule: TeamRule, event: Event) -> TakenBack:
    back, kept = split_fields(rule, event)
    change_team_rule(uow, rule.team_id, TeamRuleDraft(**back))
    return TakenBack(get_team(uow, rule.team_id).name, min(len(back), 1), kept)


def _take_back_member(uow: UnitOfWork, rule: MemberRule, event: Event) -> TakenBack:
    back, kept = split_fields(rule, event)
    change_member_rule(uow, rule.team_id, rule.user_id, MemberRuleDraft(**back))
    return TakenBack(get_user(uow, rule.user_id).name, min(len(back), 1), kept)


def _take_back_options(uow: UnitOfWork, options: Options, event: Event) -> TakenBack:
    back, kept = split_fields(options, event)
    change_options(uow, OptionsDraft(**back))
    return TakenBack(event.entity, min(len(back), 1), kept)


def _take_back_run(uow: UnitOfWork, run: Run, event: Event) -> TakenBack:
    """The leads are given back by their own events; the run is called undone."""
    mark_undone(uow, run)
    return TakenBack(event.entity, 0)


WAYS: Mapping[str, Undoable] = {
    TEAM: Undoable(partial(_load, TeamRule), _take_back_team),
    MEMBER: Undoable(partial(_load, MemberRule), _take_back_member),
    OPTIONS: Undoable(partial(_load, Options), _take_back_options),
    RUN_ENTITY: Undoable(partial(_load, Run), _take_back_run),
}
