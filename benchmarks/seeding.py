"""The leads that are measured with: made by the core, the same at every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from crmkit.core import (
    Activity,
    ContactDraft,
    ContactKind,
    Lead,
    MemberDraft,
    PastLeadDraft,
    Role,
    StageDraft,
    Status,
    TeamDraft,
    UserDraft,
    add_member,
    add_stage,
    add_team,
    add_token,
    add_users,
    create_contacts,
    create_leads,
    list_stages,
    list_teams,
    list_users,
    sign_in,
    start_of_day,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.app import Crm
    from crmkit.core import Stage, UnitOfWork

BATCH = 500
_SEED = 4711
_OWNERS, _COMPANIES = 50, 2_000
_STAGES = (("New", 10), ("Qualified", 30), ("Proposal", 50), ("Trial", 70))
_STAGE_SHARES = (34, 26, 20, 12, 8)
_OPEN, _WON, _PLANNED = 0.6, 0.2, 0.75
_KNOWN, _TAGGED, _CAME_BY = 0.5, 0.3, 0.5
_DUE = (-9, -3, -1, 0, 1, 2, 5, 12, 30)
_WORDS = (
    "Pump station Cold store Roof Solar field Office Fleet Warehouse Audit Retrofit "
    "Control room Boiler Crane Sorting line Packing hall Data link"
).split()
_FIRST = "Ana Ben Chloé Dirk Eva Farid Gwen Hugo Inès Jan Karla Léo Mia Noé".split()
_LAST = "Adam Blanc Costa Dumas Ebert Fabre Girard Hansen Ibsen Jourdan Keller".split()
_TAGS = "hot cold partner renewal tender export public spare".split()
_SOURCES = "Web Fair Referral Phone Partner".split()


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is known of the database: who measures, and how he signs in."""

    all_id: int
    team_id: int
    token: str
    key: str


def seed(crm: Crm, leads: int) -> None:
    """Fill an empty database with 5 teams, 50 owners, 6 stages and the leads."""
    rng = Random(_SEED)  # noqa: S311  (the same at every run)
    with crm.work() as uow:
        _add_scenery(uow)
        stages = [stage for stage in list_stages(uow) if not stage.is_won]
        companies = create_contacts(
            uow,
            [
                ContactDraft(name=_company(rng, i), kind=ContactKind.COMPANY)
                for i in range(_COMPANIES)
            ],
        )
        known = [(company.id, company.name) for company in companies]
        teams = [team.id for team in list_teams(uow)]
        owners = sorted(user.id for user in list_users(uow))
    maker = _Maker(rng, stages, known, (teams, owners))
    for start in range(0, leads, BATCH):
        with crm.work() as uow:
            size = min(BATCH, leads - start)
            made = create_leads(uow, [maker.draft(uow) for _ in range(size)])
            _plan(uow, rng, made)


def _company(rng: Random, number: int) -> str:
    return f"{rng.choice(_LAST)} {rng.choice(_WORDS)} {number}"


def _add_scenery(uow: UnitOfWork) -> None:
    for number, (name, probability) in enumerate(_STAGES):
        draft = StageDraft(name=name, probability=probability, rotting_days=30)
        add_stage(uow, draft.model_copy(update={"position": 10 * number + 10}))
    add_stage(uow, StageDraft(name="Negotiation", probability=85, position=90))
    add_stage(uow, StageDraft(name="Won", is_won=True, position=100))
    teams = [
        add_team(uow, TeamDraft(name=name))
        for name in ("North", "South", "East", "West", "Export")
    ]
    users = add_users(
        uow,
        [
            UserDraft(
                name=f"{_FIRST[i % len(_FIRST)]} {_LAST[i % len(_LAST)]} {i}",
                email=f"owner{i}@example.org",
                role=Role.ALL if i % 2 == 0 else Role.TEAM,
            )
            for i in range(_OWNERS)
        ],
    )
    for number, user in enumerate(users):
        team = teams[number // 2 % len(teams)]
        add_member(uow, team, MemberDraft(user_id=user.id))


def sign_people_in(crm: Crm) -> Seeded:
    """Two users of a seeded database, the first signed in."""
    with crm.work() as uow:
        first, second, *_ = sorted(list_users(uow), key=lambda user: user.id)
        return Seeded(
            first.id,
            second.id,
            add_token(uow, first, "benchmarks"),
            sign_in(uow, first.id, "benchmarks"),
        )


class _Maker:
    """Makes one draft after the other."""

    def __init__(
        self,
        rng: Random,
        stages: Sequence[Stage],
        companies: Sequence[tuple[int, str]],
        people: tuple[Sequence[int], Sequence[int]],
    ) -> None:
        self.rng = rng
        self.stages = [stage.id for stage in stages]
        self.companies = companies
        self.teams, self.owners = people

    def draft(self, uow: UnitOfWork) -> PastLeadDraft:
        """A lead of the last 400 days, open, won or lost."""
        rng = self.rng
        number = rng.randrange(len(self.owners))
        contact_id, company = rng.choice(self.companies)
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        lot = rng.random()
        began = uow.now() - timedelta(days=400 * rng.random())
        values: dict[str, Any] = {
            "name": f"{rng.choice(_WORDS)} {rng.choice(_WORDS)} {rng.randrange(9999)}",
            "contact_id": contact_id if rng.random() < _KNOWN else None,
            "company_name": company,
            "contact_name": f"{first} {last}",
            "email": f"{first}.{last}{number}@example.org".lower(),
            "phone": f"+33 1 {rng.randrange(10**7, 10**8)}",
            "stage_id": rng.choices(self.stages, weights=_STAGE_SHARES)[0],
            "owner_id": self.owners[number],
            "team_id": self.teams[number // 2 % len(self.teams)],
            "priority": rng.randrange(4),
            "tags": tuple(rng.sample(_TAGS, 2)) if rng.random() < _TAGGED else (),
            "source": rng.choice(_SOURCES) if rng.random() < _CAME_BY else None,
            "expected_revenue": rng.randrange(500, 90_000),
            "expected_close": (began + timedelta(days=rng.randrange(300))).date(),
            "created_at": began,
        }
        if lot < _OPEN:
            return PastLeadDraft(**values)
        closed_at = began + (uow.now() - began) * rng.random()
        status = Status.WON if lot < _OPEN + _WON else Status.LOST
        return PastLeadDraft(**values, status=status, closed_at=closed_at)


def _plan(uow: UnitOfWork, rng: Random, leads: Sequence[Lead]) -> None:
    """Give three open leads of four an activity: late, today or in the next weeks."""
    rows = []
    for lead in leads:
        if lead.status is not Status.OPEN or rng.random() >= _PLANNED:
            continue
        day = uow.today() + timedelta(days=rng.choice(_DUE))
        rows.append(
            {
                "lead_id": lead.id,
                "type": rng.choice(("call", "mail", "meeting", "task", "demo")),
                "summary": rng.choice(_WORDS),
                "due_on": day,
                "due_from": start_of_day(day, uow.settings.zone),
                "owner_id": lead.owner_id,
                "created_at": uow.now(),
            }
        )
    if not rows:
        return
    added = insert(Activity).returning(Activity.id, sort_by_parameter_order=True)
    ids = uow.session.scalars(added, rows).all()
    uow.session.execute(
        update(Lead),
        [
            {
                "id": row["lead_id"],
                "next_activity_id": activity_id,
                "next_activity_at": row["due_from"],
            }
            for row, activity_id in zip(rows, ids, strict=True)
        ],
    )
