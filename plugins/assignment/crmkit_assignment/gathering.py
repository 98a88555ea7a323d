"""What a plan is made from: leads that are nobody's, teams, members and their loads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from crmkit.core import (
    Lead,
    Member,
    Role,
    Stage,
    Status,
    Team,
    User,
    criterion_of,
    visible,
)
from crmkit_assignment.planning import Candidate, Double, Pool, Taker, day_share
from crmkit_assignment.rules import read_options
from crmkit_assignment.tables import MemberRule, TeamRule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from crmkit.core import UnitOfWork
    from crmkit_assignment.planning import Pair

DAYS = 30
_CHUNK = 500


def find_candidates(
    uow: UnitOfWork,
    team_id: int | None,
    ids: Iterable[int] | None = None,
    *,
    merging: Collection[int] = (),
) -> list[Candidate]:
    """The open leads that are nobody's, of all teams or of one and of none.

    `merging` are the teams that merge leads of the same mail address.
    """
    where = _where(uow, team_id, ids)
    rows = uow.session.execute(
        select(
            Lead.id,
            Lead.version,
            Lead.team_id,
            Lead.name,
            Lead.base_weighted,
            Lead.probability,
            Lead.priority,
            Lead.contact_id,
            Lead.email_normalized,
            Lead.company_folded,
        ).where(*where)
    ).all()
    are_kept = read_options(uow).same_company
    twins = _find_twins(uow, rows) if are_kept else {}
    alike = _SAME if are_kept else _MAIL if merging else ()
    groups = _find_groups(rows, alike)
    doubles = _find_doubles(uow, rows, merging) if merging else {}
    return [
        Candidate(
            row.id,
            row.version,
            row.team_id,
            float(row.base_weighted or 0),
            float(row.probability),
            row.priority,
            row.name,
            twins.get(row.id),
            groups.get(row.id),
            row.email_normalized if merging else None,
            doubles.get(row.email_normalized),
        )
        for row in rows
    ]


def _where(
    uow: UnitOfWork, team_id: int | None, ids: Iterable[int] | None = None
) -> list[ColumnElement[bool]]:
    options, now = read_options(uow), uow.now()
    open_stages = select(Stage.id).where(Stage.is_won.is_(False))
    where: list[ColumnElement[bool]] = [
        visible(uow),
        Lead.status == Status.OPEN,
        Lead.owner_id.is_(None),
        Lead.archived_at.is_(None),
        Lead.stage_id.in_(open_stages),
    ]
    if team_id is not None:
        where.append(or_(Lead.team_id.is_(None), Lead.team_id == team_id))
    if options.min_age_hours:
        where.append(Lead.created_at <= now - timedelta(hours=options.min_age_hours))
    if options.max_age_days:
        where.append(Lead.created_at >= now - timedelta(days=options.max_age_days))
    if ids is not None:
        where.append(Lead.id.in_(list(ids)))
    return where


_SAME = ("contact_id", "email_normalized", "company_folded")
_MAIL = ("email_normalized",)


def _find_groups(rows: Sequence[Any], alike: Sequence[str]) -> dict[int, int]:
    """Which of these leads are of one person or company: a number by lead id.

    Two that share a contact, an address or a company are, and so are those that a
    third one links.
    """
    parents: dict[tuple[str, Any], tuple[str, Any]] = {}

    def root(key: tuple[str, Any]) -> tuple[str, Any]:
        while (parent := parents.setdefault(key, key)) != key:
            parents[key] = parents[parent]
            key = parent
        return key

    for row in rows:
        for name in alike:
            if value := getattr(row, name):
                parents[root((name, value))] = root(("lead", row.id))
    members: dict[tuple[str, Any], list[int]] = {}
    for row in rows:
        members.setdefault(root(("lead", row.id)), []).append(row.id)
    return {
        lead_id: min(ids) for ids in members.values() if len(ids) > 1 for lead_id in ids
    }


def _find_twins(uow: UnitOfWork, rows: Sequence[Any]) -> dict[int, int]:
    """Who owns another lead of the same contact, mail address or company, by lead id.

    The newest of these leads decides, that of a contact before the others.
    """
    found: dict[int, int] = {}
    for name in _SAME:
        column = getattr(Lead, name)
        wanted = {getattr(r, name) for r in rows if getattr(r, name)} - {None}
        owners = _owners_by(uow, column, sorted(wanted))
        for row in rows:
            value = getattr(row, name)
            if row.id not in found and value in owners:
                found[row.id] = owners[value]
    return found


def _find_doubles(
    uow: UnitOfWork, rows: Sequence[Any], merging: Collection[int]
) -> dict[str, Double]:
    """Open leads that somebody of a team that merges owns, the newest, by address."""
    found: dict[str, Double] = {}
    addresses = sorted({row.email_normalized for row in rows} - {None})
    for start in range(0, len(addresses), _CHUNK):
        query = select(Lead.id, Lead.team_id, Lead.name, Lead.email_normalized).where(
            Lead.email_normalized.in_(addresses[start : start + _CHUNK]),
            Lead.team_id.in_(merging),
            Lead.owner_id.is_not(None),
            Lead.status == Status.OPEN,
            Lead.archived_at.is_(None),
            visible(uow),
        )
        for row in uow.session.execute(query.order_by(Lead.id)):
            found[row.email_normalized] = Double(row.id, row.team_id, row.name)
    return found


def _owners_by(uow: UnitOfWork, column: Any, values: Sequence[Any]) -> dict[Any, int]:
    owners: dict[Any, int] = {}
    for start in range(0, len(values), _CHUNK):
        query = (
            select(column, Lead.owner_id)
            .where(
                column.in_(values[start : start + _CHUNK]),
                Lead.owner_id.is_not(None),
                Lead.deleted_at.is_(None),
                Lead.status != Status.LOST,
            )
            .order_by(Lead.id)
        )
        rows = uow.session.execute(query)
        owners.update((value, owner) for value, owner in rows if owner is not None)
    return owners


def find_pools(
    uow: UnitOfWork,
    team_id: int | None,
    ids: Iterable[int] | None = None,
    *,
    forced: bool = False,
) -> list[Pool]:
    """The teams with their members, as much as each may take now.

    A forced run takes no notice of what members got today, never of their capacity.
    Rules are asked about the leads of `ids` alone, where these are given.
    """
    filters = _Filters(uow, team_id, ids)
    rules = {rule.team_id: rule for rule in uow.session.scalars(select(TeamRule))}
    takers = _find_takers(uow, filters, forced=forced)
    pools = []
    teams = select(Team.id).where(Team.archived_at.is_(None)).order_by(Team.id)
    for number in uow.session.scalars(teams):
        rule = rules.get(number)
        is_left_out = rule is not None and rule.is_out and team_id != number
        if is_left_out or team_id not in {None, number}:
            continue
        accepts = filters.ids("" if rule is None else rule.filter)
        own = takers.get(number, [])
        got = sum(taker.got for taker in own)
        merges = rule is not None and rule.merges
        pools.append(Pool(number, own, accepts, got, merges))
    return pools


class _Filters:
    """The candidates that each filter accepts, each filter asked once."""

    def __init__(
        self, uow: UnitOfWork, team_id: int | None, ids: Iterable[int] | None
    ) -> None:
        self.uow = uow
        self.where = _where(uow, team_id, ids)
        self.known: dict[str, frozenset[int]] = {}

    def ids(self, text: str) -> frozenset[int] | None:
        """None for an empty filter, which accepts all."""
        if not text.strip():
            return None
        if text not in self.known:
            accepted = criterion_of(self.uow, "lead", text, "")
            found = self.uow.session.scalars(
                select(Lead.id).where(*self.where, accepted)
            )
            self.known[text] = frozenset(found)
        return self.known[text]


def _find_takers(
    uow: UnitOfWork, filters: _Filters, *, forced: bool
) -> dict[int, list[Taker]]:
    rules = {
        (rule.team_id, rule.user_id): rule
        for rule in uow.session.scalars(select(MemberRule))
    }
    month, day = count_loads(uow, DAYS), count_loads(uow, 1)
    members = uow.session.execute(
        select(Member.team_id, Member.user_id, Member.capacity, User.name)
        .join(User, User.id == Member.user_id)
        .where(User.disabled_at.is_(None))
        .order_by(Member.team_id, Member.user_id)
    )
    found: dict[int, list[Taker]] = {}
    for team_id, user_id, capacity, name in members:
        pair = (team_id, user_id)
        rule = rules.get(pair)
        if rule is not None and rule.is_out:
            continue
        share = day_share(capacity)
        if rule is not None and rule.daily is not None:
            share = rule.daily
        taker = Taker(
            team_id=team_id,
            user_id=user_id,
            name=name,
            capacity=capacity,
            got=month.get(pair, 0),
            today=share if forced else share - day.get(pair, 0),
            is_away=rule is not None and _is_away(uow, rule),
            accepts=None if rule is None else filters.ids(rule.filter),
            prefers=None
            if rule is None or not rule.preferred.strip()
            else filters.ids(rule.preferred),
        )
        found.setdefault(team_id, []).append(taker)
    return found


def count_loads(uow: UnitOfWork, days: int) -> Mapping[Pair, int]:
    """How many leads each member was assigned in the last `days`, closed ones too."""
    since = uow.now() - timedelta(days=days)
    rows = uow.session.execute(
        select(Lead.team_id, Lead.owner_id, func.count())
        .where(
            Lead.owner_id.is_not(None),
            Lead.team_id.is_not(None),
            Lead.assigned_at > since,
            Lead.deleted_at.is_(None),
        )
        .group_by(Lead.team_id, Lead.owner_id)
    )
    return {(team or 0, owner or 0): count for team, owner, count in rows}


def _is_away(uow: UnitOfWork, rule: MemberRule) -> bool:
    today = uow.today()
    if today.weekday() not in rule.weekdays:
        return True
    day = today.isoformat()
    return any(first <= day <= last for first, last in rule.absences)


def may_run(uow: UnitOfWork) -> None:
    """Raise ForbiddenError for who may not assign leads by rule."""
    uow.require(Role.MANAGER)
