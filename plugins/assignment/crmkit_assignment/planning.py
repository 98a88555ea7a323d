"""Planning: leads, rules and capacities in; who gets what, and why, out. Pure.

The same input in any order gives the same plan. Leads are dealt out by value, each to
the member who has the least of his capacity so far; a seed decides between equals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

T = TypeVar("T")
Pair = tuple[int, int]
"""A team and a user: a member."""


class Why(StrEnum):
    """Why a lead goes where it goes, or stays."""

    FAIR = "fair"
    PREFERRED = "preferred"
    TWIN = "twin"
    MERGED = "merged"
    BY_HAND = "by_hand"
    NO_TEAM = "no_team"
    NO_MEMBER = "no_member"
    NO_RULE = "no_rule"
    FULL = "full"
    DAY_FULL = "day_full"
    AWAY = "away"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead without an owner. `twin` owns another of the same person or company.

    Leads of one `group`, which are of the same person or company, go to one member.
    In a team that merges, one is merged into `double`, which somebody owns, or into
    the first one of the same `address`.
    """

    id: int
    version: int
    team_id: int | None
    value: float
    probability: float
    priority: int
    name: str = ""
    twin: int | None = None
    group: int | None = None
    address: str | None = None
    double: Double | None = None


@dataclass(frozen=True, slots=True)
class Double:
    """A lead of the same mail address that another one can be merged into."""

    id: int
    team_id: int
    name: str


@dataclass(slots=True)
class Taker:
    """A member: capacity over 30 days, what he got, and what he may get today.

    `accepts` and `prefers` are lead ids, None for all. `is_away` holds for today.
    """

    team_id: int
    user_id: int
    name: str
    capacity: int
    got: int = 0
    today: int = 0
    is_away: bool = False
    accepts: frozenset[int] | None = None
    prefers: frozenset[int] | None = None

    @property
    def room(self) -> int:
        """How many leads he can take now."""
        return max(min(self.capacity - self.got, self.today), 0)

    @property
    def load(self) -> float:
        """The share of his capacity that he would have with one more."""
        return (self.got + 1) / max(self.capacity, 1)

    def takes(self, lead_id: int) -> bool:
        """Whether his rule accepts a lead."""
        return self.accepts is None or lead_id in self.accepts

    def wants(self, lead_id: int) -> bool:
        """Whether it is one of those he is the first to be asked for."""
        is_his = self.prefers is not None and lead_id in self.prefers
        return is_his and self.takes(lead_id)


@dataclass(slots=True)
class Pool:
    """A team: which leads it accepts, its members, and whether it `merges` doubles."""

    id: int
    takers: Sequence[Taker]
    accepts: frozenset[int] | None = None
    got: int = 0
    merges: bool = False
    capacity: int = field(init=False)

    def __post_init__(self) -> None:
        """Add up what its members take together."""
        here = (taker.capacity for taker in self.takers if not taker.is_away)
        self.capacity = sum(here)

    def takes(self, lead_id: int) -> bool:
        """Whether its rule accepts a lead."""
        return self.accepts is None or lead_id in self.accepts


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a lead; without `owner_id` it stays nobody's, and `why` tells.

    With `into_id` it is merged into that lead.
    """

    lead_id: int
    version: int
    team_id: int | None
    owner_id: int | None
    why: Why
    detail: str = ""
    value: float = 0.0
    into_id: int | None = None


@dataclass(slots=True)
class _Dealer:
    pools: Mapping[int, Pool]
    seed: int
    lines: dict[int, Line] = field(default_factory=dict)
    followers: dict[int, list[Candidate]] = field(default_factory=dict)
    late: list[Candidate] = field(default_factory=list)
    heads: dict[str, Double] = field(default_factory=dict)

    def draw(self, lead: Candidate, equals: Mapping[int, T]) -> T:
        """One of those that are equal, by id: the same for the same seed."""

        def luck(number: int) -> str:
            text = f"{self.seed}:{lead.id}:{number}"
            return sha256(text.encode()).hexdigest()

        return equals[min(equals, key=luck) if len(equals) > 1 else next(iter(equals))]

    def give(self, lead: Candidate, taker: Taker, why: Why) -> None:
        taker.got += 1
        taker.today -= 1
        owner = taker.user_id
        self.lines[lead.id] = Line(
            lead.id, lead.version, taker.team_id, owner, why, taker.name, lead.value
        )
        self._head(lead, taker.team_id)
        for other in self.followers.pop(lead.id, ()):
            if not (self.is_settled(other) or self.give_along(other, taker)):
                self.late.append(other)

    def give_along(self, lead: Candidate, taker: Taker) -> bool:
        """Give a lead to who has another of the same person or company, if he can."""
        is_his_team = lead.team_id in {None, taker.team_id}
        if not is_his_team or not taker.room or taker.is_away:
            return False
        self.give(lead, taker, Why.TWIN)
        self.pools[taker.team_id].got += 1
        return True

    def keep(
        self, lead: Candidate, team: int | None, why: Why, detail: str = ""
    ) -> None:
        self.lines[lead.id] = Line(
            lead.id, lead.version, team, None, why, detail, lead.value
        )
        self._head(lead, team)

    def _head(self, lead: Candidate, team: int | None) -> None:
        """Later leads of the same address are merged into the first of a team's."""
        pool = self.pools.get(team or 0)
        if lead.address and pool is not None and pool.merges:
            head = Double(lead.id, pool.id, lead.name)
            self.heads.setdefault(lead.address, head)

    def is_settled(self, lead: Candidate) -> bool:
        """Whether a lead has its line, as one that is merged now if it can be."""
        if lead.id in self.lines:
            return True
        head = lead.double or self.heads.get(lead.address or "")
        if head is None or lead.team_id not in {None, head.team_id}:
            return False
        team, why = head.team_id, Why.MERGED
        self.lines[lead.id] = Line(
            lead.id, lead.version, team, None, why, head.name, into_id=head.id
        )
        return True


def plan(
    leads: Iterable[Candidate], pools: Sequence[Pool], seed: int = 0
) -> list[Line]:
    """A line for each lead, those of most value first.

    No member gets more than his capacity or his day's share.
    """
    order = sorted(leads, key=_worth)
    dealer = _Dealer({pool.id: pool for pool in pools}, seed)
    by_user: dict[int, list[Taker]] = {}
    for pool in sorted(pools, key=lambda pool: pool.id):
        for taker in pool.takers:
            by_user.setdefault(taker.user_id, []).append(taker)
    rest = [
        lead
        for lead in order
        if not (dealer.is_settled(lead) or _give_to_twin(dealer, lead, by_user))
    ]
    first = _lead_groups(dealer, rest)
    _deal(dealer, first)
    for others in dealer.followers.values():
        dealer.late += others
    _deal(dealer, sorted(dealer.late, key=_worth))
    return [dealer.lines[lead.id] for lead in order]


def _lead_groups(dealer: _Dealer, leads: Sequence[Candidate]) -> list[Candidate]:
    """The first lead of each group; the others follow it to whoever gets it."""
    leaders: dict[int, Candidate] = {}
    first = []
    for lead in leads:
        leader = lead if lead.group is None else leaders.setdefault(lead.group, lead)
        if leader is lead:
            first.append(lead)
        else:
            dealer.followers.setdefault(leader.id, []).append(lead)
    return first


def _deal(dealer: _Dealer, leads: Sequence[Candidate]) -> None:
    """A team for each lead, then a member of it."""
    teams: dict[int, list[Candidate]] = {}
    for lead in leads:
        team = None if dealer.is_settled(lead) else _choose_team(dealer, lead)
        if team is not None:
            teams.setdefault(team, []).append(lead)
    for team in sorted(teams):
        _deal_out(dealer, dealer.pools[team], teams[team])


def _worth(lead: Candidate) -> tuple[float, float, int, int]:
    return (-lead.value, -lead.probability, -lead.priority, lead.id)


def _give_to_twin(
    dealer: _Dealer, lead: Candidate, by_user: Mapping[int, list[Taker]]
) -> bool:
    """Give a lead to the owner of its twin, in the first of his teams where he can."""
    takers = () if lead.twin is None else by_user.get(lead.twin, ())
    return any(dealer.give_along(lead, taker) for taker in takers)


def _choose_team(dealer: _Dealer, lead: Candidate) -> int | None:
    """The team that has the least of its capacity among those that accept the lead."""
    if lead.team_id is not None:
        if lead.team_id not in dealer.pools:
            dealer.keep(lead, lead.team_id, Why.NO_MEMBER)
            return None
        return lead.team_id
    fits = [p for p in dealer.pools.values() if p.capacity and p.takes(lead.id)]
    if not fits:
        dealer.keep(lead, None, Why.NO_TEAM)
        return None
    shares = [(pool.got + 1) / pool.capacity for pool in fits]
    chosen = dealer.draw(lead, {pool.id: pool for pool in _least(fits, shares)})
    chosen.got += 1
    return chosen.id


def _least(options: Sequence[T], shares: Sequence[float]) -> list[T]:
    """The options that have the least share."""
    least = min(shares)
    both = zip(options, shares, strict=True)
    return [option for option, share in both if share == least]


def _deal_out(dealer: _Dealer, pool: Pool, leads: Sequence[Candidate]) -> None:
    """Give a team's leads to its members: what one prefers first, then the rest."""
    for lead in leads:
        if not dealer.is_settled(lead):
            wanting = [taker for taker in pool.takers if taker.wants(lead.id)]
            _offer(dealer, lead, wanting, preferred=True)
    for lead in leads:
        if dealer.is_settled(lead):
            continue
        able = [taker for taker in pool.takers if taker.takes(lead.id)]
        if not _offer(dealer, lead, able):
            why, detail = _explain(pool.takers, able)
            dealer.keep(lead, pool.id, why, detail)


def _offer(
    dealer: _Dealer,
    lead: Candidate,
    takers: Sequence[Taker],
    *,
    preferred: bool = False,
) -> bool:
    free = [taker for taker in takers if taker.room and not taker.is_away]
    if not free:
        return False
    least = _least(free, [taker.load for taker in free])
    taker = dealer.draw(lead, {taker.user_id: taker for taker in least})
    dealer.give(lead, taker, Why.PREFERRED if preferred else Why.FAIR)
    return True


def _explain(takers: Sequence[Taker], able: Sequence[Taker]) -> tuple[Why, str]:
    """Why nobody of a team takes a lead."""
    if not takers:
        return Why.NO_MEMBER, ""
    if not able:
        return Why.NO_RULE, ""
    here = [taker for taker in able if not taker.is_away]
    if not here:
        return Why.AWAY, ", ".join(taker.name for taker in able)
    full = [taker for taker in here if taker.got >= taker.capacity]
    why = Why.FULL if len(full) == len(here) else Why.DAY_FULL
    return why, ", ".join(f"{t.name} {t.got}/{t.capacity}" for t in here)


def jain(loads: Sequence[float]) -> float:
    """Jain's index of fairness: 1 where all have the same, 1/n where one has all."""
    squares = sum(load * load for load in loads)
    return sum(loads) ** 2 / (len(loads) * squares) if squares else 1.0


def day_share(capacity: int) -> int:
    """How many leads a day a capacity over 30 days comes to, half up, at least one."""
    return max((2 * capacity + 30) // 60, 1) if capacity > 0 else 0
