"""A small company to test with, so that a test says only what it is about."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from crmkit.core import (
    Activity,
    ActivityDraft,
    Contact,
    ContactDraft,
    Job,
    Lead,
    LeadDraft,
    Role,
    Stage,
    StageDraft,
    TeamDraft,
    UserDraft,
    add_members,
    add_stage,
    add_team,
    add_user,
    add_users,
    create_contact,
    create_lead,
    get_job,
    get_lead,
    list_stages,
    list_teams,
    list_users,
    plan_activity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from crmkit.app import Crm
    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun

DOMAIN = "example.org"
_STAGES = (("New", 10), ("Proposal", 50), ("Won", 100))
_TEAMS = ("Lyon", "Oslo")
_LYON = ("ann", "bob", "tom")
_PEOPLE = {
    "ann": Role.OWN,
    "bob": Role.OWN,
    "tom": Role.TEAM,
    "oli": Role.OWN,
    "lea": Role.ALL,
    "max": Role.MANAGER,
    "eve": Role.ADMIN,
}


class NoJobError(AssertionError):
    """A test expected a job that is due."""

    def __init__(self) -> None:
        super().__init__("No job is due.")


@dataclass(frozen=True, slots=True, repr=False)
class Kit:
    """A CRM with stages New 10, Proposal 50, Won 100, two teams and seven people.

    Ann and Bob (role own) and Tom (role team) sell in Lyon, Oli (own) in Oslo; Lea
    (all), Max (manager) and Eve (admin) are in no team. Every attribute but `crm` is
    an id, and so are the values of `people`, by first name in small letters.
    """

    crm: Crm
    new: int
    proposal: int
    won: int
    lyon: int
    oslo: int
    people: dict[str, int]

    @override
    def __repr__(self) -> str:
        """Its database, which is all that tells one from another."""
        return f"Kit({self.crm.engine.url!r})"

    @property
    def ann(self) -> int:
        """A salesperson of Lyon who sees what is hers (role own)."""
        return self.people["ann"]

    @property
    def bob(self) -> int:
        """Another salesperson of Lyon (role own)."""
        return self.people["bob"]

    @property
    def tom(self) -> int:
        """The leader of Lyon (role team)."""
        return self.people["tom"]

    @property
    def oli(self) -> int:
        """A salesperson of Oslo (role own)."""
        return self.people["oli"]

    @property
    def lea(self) -> int:
        """One who sees every lead (role all)."""
        return self.people["lea"]

    @property
    def max(self) -> int:
        """A manager."""
        return self.people["max"]

    @property
    def eve(self) -> int:
        """An admin."""
        return self.people["eve"]

    def work(self, who: int | None = None) -> AbstractContextManager[UnitOfWork]:
        """A unit to write, for the user of that id or crmkit itself."""
        return self.crm.work(who)

    def read(self, who: int | None = None) -> AbstractContextManager[UnitOfWork]:
        """A unit to read, for the user of that id or crmkit itself."""
        return self.crm.read(who)

    def run_jobs(self) -> list[Job]:
        """Run here every job that is due; those that ran, as they stand now."""
        from crmkit.jobs import run_due  # noqa: PLC0415  (most tests have no jobs)

        ran = run_due(self.crm)
        with self.read() as uow:
            return [get_job(uow, job_id) for job_id in ran]

    def claim_job(self) -> JobRun:
        """The job that is due for longest, as if a worker had begun it and died."""
        from crmkit.jobs import JobRun  # noqa: PLC0415
        from crmkit.jobs.runner import claim_next  # noqa: PLC0415

        job = claim_next(self.crm)
        if job is None:
            raise NoJobError
        return JobRun(self.crm, job)

    def run_schedules(self) -> list[Job]:
        """Let every schedule that is due make its job, and run what is due."""
        from crmkit.jobs.schedules import fire_due  # noqa: PLC0415

        fire_due(self.crm)
        return self.run_jobs()

    @contextmanager
    def working(self) -> Iterator[None]:
        """While the block runs a worker does jobs and schedules, and watches.

        It is a thread of this process, and tells the time by the kit's clock.
        """
        from threading import Event, Thread  # noqa: PLC0415

        from crmkit.jobs.worker import work  # noqa: PLC0415

        stop = Event()
        worker = Thread(target=work, args=(self.crm, stop))
        worker.start()
        try:
            yield
        finally:
            stop.set()
            worker.join()

    def lead(self, name: str = "Pump station", **fields: Any) -> Lead:
        """A new lead, of Lyon and of Ann unless `fields` (of LeadDraft) say more."""
        values = {"team_id": self.lyon, "owner_id": self.ann, **fields}
        with self.work() as uow:
            return create_lead(uow, LeadDraft(name=name, **values))

    def contact(self, name: str = "Zoé Martin", **fields: Any) -> Contact:
        """A new contact, of the values of ContactDraft; Ann's unless they say more."""
        values = {"owner_id": self.ann, **fields}
        with self.work() as uow:
            return create_contact(uow, ContactDraft(name=name, **values))

    def activity(self, lead: Lead, **fields: Any) -> Activity:
        """A new activity of a lead; Ann's and due today, unless `fields` say more."""
        with self.work() as uow:
            due = (
                {} if {"due_on", "due_at"} & fields.keys() else {"due_on": uow.today()}
            )
            draft = ActivityDraft(**{"owner_id": self.ann, **due, **fields})
            return plan_activity(uow, get_lead(uow, lead.id), draft)

    def user(self, name: str, role: Role = Role.OWN) -> int:
        """The id of a new user, who is one of `people` from now on."""
        key = name.lower()
        with self.work() as uow:
            draft = UserDraft(name=name, email=f"{key}@{DOMAIN}", role=role)
            self.people[key] = add_user(uow, draft).id
        return self.people[key]

    def team(self, name: str, *members: int) -> int:
        """The id of a new team of these users."""
        with self.work() as uow:
            team = add_team(uow, TeamDraft(name=name))
            add_members(uow, [(team.id, user_id) for user_id in members])
            return team.id

    def stage(self, name: str, **fields: Any) -> Stage:
        """A new stage, of the values of StageDraft."""
        with self.work() as uow:
            return add_stage(uow, StageDraft(name=name, **fields))

    def fresh(self, lead: Lead) -> Lead:
        """`lead` as it stands in the database now."""
        with self.read() as uow:
            return get_lead(uow, lead.id)


def settle_in(crm: Crm) -> None:
    """Write the company of `Kit` into an empty CRM."""
    with crm.work() as uow:
        for name, percent in _STAGES:
            draft = StageDraft(
                name=name, probability=Decimal(percent), is_won=name == "Won"
            )
            add_stage(uow, draft)
        lyon, _ = (add_team(uow, TeamDraft(name=name)) for name in _TEAMS)
        drafts = [
            UserDraft(name=name.capitalize(), email=f"{name}@{DOMAIN}", role=role)
            for name, role in _PEOPLE.items()
        ]
        users = dict(zip(_PEOPLE, add_users(uow, drafts), strict=True))
        pairs = [(lyon.id, users[name].id) for name in _LYON]
        add_members(uow, [*pairs, (lyon.id + 1, users["oli"].id)])


def meet(crm: Crm) -> Kit:
    """The company that `settle_in` wrote into `crm`."""
    with crm.read() as uow:
        people = {user.name.lower(): user.id for user in list_users(uow)}
        new, proposal, won = (stage.id for stage in list_stages(uow)[:3])
        lyon, oslo = (team.id for team in list_teams(uow)[:2])
    return Kit(crm, new, proposal, won, lyon, oslo, people)
