"""Rules of teams and members, in the filter language, and options of all runs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt
from sqlalchemy import func, select

from crmkit.core import (
    CrmError,
    Fact,
    Lead,
    ListQuery,
    Member,
    Role,
    Team,
    User,
    criterion_of,
    get_member,
    get_team,
    get_user,
    list_leads,
    list_teams,
    mark,
    record,
    says_field,
)
from crmkit_assignment.tables import MemberRule, Options, TeamRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import UnitOfWork

TEAM, MEMBER = "assignment_team", "assignment_member"
OPTIONS = "assignment_options"
_WEEK = 7


class WrongWeekdayError(CrmError):
    """A weekday is none."""

    def __init__(self) -> None:
        super().__init__(
            mark("Weekdays are numbers from 0, Monday, to 6."), field="weekdays"
        )


class WrongAbsenceError(CrmError):
    """An absence ends before it begins."""

    def __init__(self) -> None:
        super().__init__(
            mark("An absence is a pair of days, the first before the last."),
            field="absences",
        )


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TeamRuleDraft(_Draft):
    """What of a team's rule is to change."""

    filter: str | None = Field(default=None, max_length=4000)
    is_out: StrictBool | None = None
    merges: StrictBool | None = None


class MemberRuleDraft(_Draft):
    """What of a member's rule is to change; `daily` 0 means none today."""

    filter: str | None = Field(default=None, max_length=4000)
    preferred: str | None = Field(default=None, max_length=4000)
    is_out: StrictBool | None = None
    daily: StrictInt | None = Field(default=None, ge=0, le=100_000)
    weekdays: list[StrictInt] | None = Field(default=None, max_length=7)
    absences: list[tuple[date, date]] | None = Field(default=None, max_length=100)


class OptionsDraft(_Draft):
    """What of the options is to change."""

    is_scheduled: StrictBool | None = None
    on_arrival: StrictBool | None = None
    same_company: StrictBool | None = None
    min_age_hours: StrictInt | None = Field(default=None, ge=0, le=8760)
    max_age_days: StrictInt | None = Field(default=None, ge=0, le=3650)


def read_options(uow: UnitOfWork) -> Options:
    """The options as they are, or as they are until somebody chooses."""
    found = uow.session.scalar(select(Options).order_by(Options.id).limit(1))
    return found or Options(
        is_scheduled=False,
        on_arrival=False,
        same_company=True,
        min_age_hours=0,
        max_age_days=0,
    )


def take_options(uow: UnitOfWork) -> Options:
    """The options, and nobody else applies a plan until this unit ends."""
    query = select(Options).order_by(Options.id).limit(1)
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        found = read_options(uow)
        uow.session.add(found)
        uow.session.flush()
    return found


def change_options(uow: UnitOfWork, draft: OptionsDraft) -> Options:
    """Change what holds for every run. Only a manager may."""
    uow.require(Role.MANAGER)
    options = take_options(uow)
    _apply(uow, options, draft, OPTIONS)
    return options


def change_team_rule(uow: UnitOfWork, team_id: int, draft: TeamRuleDraft) -> TeamRule:
    """Change a team's rule. Only a manager may; a wrong filter is refused."""
    uow.require(Role.MANAGER)
    team = get_team(uow, team_id)
    if draft.filter:
        check_filter(uow, draft.filter)
    query = select(TeamRule).where(TeamRule.team_id == team.id)
    rule = uow.session.scalar(uow.locked(query))
    if rule is None:
        rule = TeamRule(team_id=team.id, **TEAM_DEFAULTS)
        uow.session.add(rule)
    _apply(uow, rule, draft, TEAM)
    return rule


def change_member_rule(
    uow: UnitOfWork, team_id: int, user_id: int, draft: MemberRuleDraft
) -> MemberRule:
    """Change a member's rule. Only a manager may; a wrong filter is refused."""
    uow.require(Role.MANAGER)
    member = get_member(uow, get_team(uow, team_id), get_user(uow, user_id))
    _check_member(uow, draft)
    query = select(MemberRule).where(
        MemberRule.team_id == member.team_id, MemberRule.user_id == member.user_id
    )
    rule = uow.session.scalar(uow.locked(query))
    if rule is None:
        rule = MemberRule(
            team_id=team_id, user_id=user_id, filter="", preferred="", is_out=False
        )
        rule.weekdays, rule.absences = [0, 1, 2, 3, 4], []
        uow.session.add(rule)
    _apply(uow, rule, draft, MEMBER)
    return rule


def _check_member(uow: UnitOfWork, draft: MemberRuleDraft) -> None:
    for text in (draft.filter, draft.preferred):
        if text:
            check_filter(uow, text)
    if draft.weekdays is not None and not set(draft.weekdays) <= set(range(_WEEK)):
        raise WrongWeekdayError
    if any(first > last for first, last in draft.absences or ()):
        raise WrongAbsenceError


def _apply(uow: UnitOfWork, row: Any, draft: BaseModel, entity: str) -> None:
    changed = {}
    given = draft.model_dump(mode="json", exclude_unset=True)
    for name, value in given.items():
        before = getattr(row, name)
        if before != value and (value is not None or name == "daily"):
            setattr(row, name, value)
            changed[name] = (before, value)
    uow.session.flush()
    if changed:
        record(uow, [Fact("assignment.changed", entity, row.id, 0, changed)])


def check_filter(uow: UnitOfWork, text: str) -> None:
    """Raise the filter's own error where it cannot be."""
    criterion_of(uow, "lead", text, "")


def try_filter(uow: UnitOfWork, text: str) -> dict[str, Any]:
    """How many open leads a filter accepts, how many of them are nobody's, and some."""
    accepted = criterion_of(uow, "lead", text, "")
    where = [Lead.status == "open", Lead.deleted_at.is_(None), accepted]
    count = select(func.count(), func.count(Lead.owner_id)).where(*where)
    total, owned = uow.session.execute(count).one()
    page = list_leads(uow, ListQuery(text, limit=5))
    names = [{"id": card.id, "name": card.name} for card in page.rows]
    return {"open": total, "unowned": total - owned, "examples": names}


def describe_rules(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Every team with its rule and its members with theirs."""
    teams = {r.team_id: r for r in uow.session.scalars(select(TeamRule))}
    members = {
        (r.team_id, r.user_id): r for r in uow.session.scalars(select(MemberRule))
    }
    users = {team.id: _members_of(uow, team.id) for team in list_teams(uow)}
    return [
        {
            "team_id": team.id,
            "name": team.name,
            **_shown(teams.get(team.id), TEAM_DEFAULTS),
            "members": [
                {
                    "user_id": member.user_id,
                    "name": get_user(uow, member.user_id).name,
                    "capacity": member.capacity,
                    **_shown(members.get((team.id, member.user_id)), MEMBER_DEFAULTS),
                }
                for member in users[team.id]
            ],
        }
        for team in list_teams(uow)
    ]


TEAM_DEFAULTS: Mapping[str, Any] = {"filter": "", "is_out": False, "merges": False}
MEMBER_DEFAULTS: Mapping[str, Any] = {
    "filter": "",
    "preferred": "",
    "is_out": False,
    "daily": None,
    "weekdays": [0, 1, 2, 3, 4],
    "absences": [],
}


def _shown(rule: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {n: d if rule is None else getattr(rule, n) for n, d in defaults.items()}


def _members_of(uow: UnitOfWork, team_id: int) -> list[Member]:
    query = select(Member).where(Member.team_id == team_id).order_by(Member.user_id)
    return list(uow.session.scalars(query))


def rules_with(uow: UnitOfWork, name: str) -> list[str]:
    """The teams, and members with their team, whose rules filter by a field."""
    teams = uow.session.execute(
        select(Team.name, TeamRule.filter).join(Team, Team.id == TeamRule.team_id)
    )
    members = uow.session.execute(
        select(User.name, Team.name, MemberRule.filter, MemberRule.preferred)
        .join(User, User.id == MemberRule.user_id)
        .join(Team, Team.id == MemberRule.team_id)
    )
    return [
        *(team for team, text in teams if says_field(text, name)),
        *(
            f"{user} ({team})"
            for user, team, *texts in members
            if any(says_field(text, name) for text in texts)
        ),
    ]
