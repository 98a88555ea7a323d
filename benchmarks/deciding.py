"""`python -m benchmarks.deciding`: scoring and assignment, on one database each.

Leads are made by the core, with their history. Nothing is compared with a twin: the
figures are those that the plugins promise.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from crmkit.core import (
    LeadDraft,
    MemberDraft,
    PastLeadDraft,
    StageDraft,
    Status,
    TeamDraft,
    UserDraft,
    add_member,
    add_stage,
    add_team,
    add_user,
    create_leads,
    get_leads,
)
from crmkit.jobs import run_due
from crmkit_assignment.rules import MemberRuleDraft, change_member_rule
from crmkit_assignment.runs import start_run
from crmkit_scoring.counting import take_snapshot, write_snapshot
from crmkit_scoring.estimating import estimate
from crmkit_scoring.rescoring import find_changed

from benchmarks.databases import open_for, postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.app import Crm
    from crmkit.core import Lead, UnitOfWork

T = TypeVar("T")

_PLUGINS = ("assignment", "scoring")
_BATCH = 500
_TEAMS = 5
_MEMBERS = 10
_SOURCES = ("Mail", "Phone", "Fair", "Web", "Partner")
_COUNTRIES = ("FR", "DE", "IT", "ES", "NO", "GB")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="benchmarks.deciding", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--unowned", type=int, default=10_000)
    parser.add_argument(
        "--database", choices=["sqlite", "postgresql"], default="sqlite"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="crmkit-bench-") as name:
        if asked.database == "sqlite":
            _measure(
                open_for(f"sqlite:///{Path(name) / 'deciding.db'}", _PLUGINS), asked
            )
        else:
            with postgresql(Path(name) / "postgresql") as url:
                _measure(open_for(url, _PLUGINS), asked)
    return 0


def _measure(crm: Crm, asked: argparse.Namespace) -> None:
    _fill(crm, asked.leads, asked.unowned)
    with crm.read() as uow:
        snapshot = _time("count every closed lead", lambda: take_snapshot(uow))
    with crm.work() as uow:
        _time("write the counts", lambda: write_snapshot(uow, snapshot))
    with crm.read() as uow:
        changed = _time("score every open lead", lambda: list(find_changed(uow)))
        some = get_leads(uow, list(range(1, 400)))
        one = next(lead for lead in some if lead.status is Status.OPEN)
        _time("score one lead, 100 times", lambda: _again(uow, one))
    print(f"  {sum(map(len, changed))} probabilities changed")
    with crm.work() as uow:
        uow.enqueue("scoring.rebuild_counts", key="all")
    _time("the night's job, all of it", lambda: run_due(crm))
    with crm.work() as uow:
        start_run(uow, is_dry=False)
    _time(f"assign {asked.unowned} leads to 50 members", lambda: run_due(crm))
    with crm.work() as uow:
        uow.enqueue("scoring.learn", key="all")
    _time("learn, and score every open lead by it", lambda: run_due(crm))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {most} MB of memory at most")
    crm.close()


def _again(uow: UnitOfWork, lead: Lead) -> None:
    for _ in range(100):
        estimate(uow, [lead])


def _time(what: str, do: Callable[[], T]) -> T:
    began = perf_counter()
    found = do()
    print(f"{perf_counter() - began:8.2f} s  {what}", flush=True)
    return found


def _fill(crm: Crm, leads: int, unowned: int) -> None:
    rng = random.Random(7)  # noqa: S311  (the same leads each time)
    with crm.work() as uow:
        stages = _add_stages(uow)
        teams = _add_teams(uow, unowned)
    for start in range(0, leads, _BATCH):
        with crm.work() as uow:
            now = uow.now()
            drafts = []
            for _ in range(min(_BATCH, leads - start)):
                closed = now - timedelta(days=rng.randrange(700))
                status = rng.choices(list(Status), [3, 2, 5])[0]
                drafts.append(
                    PastLeadDraft(
                        name="Pump",
                        team_id=rng.choice(teams),
                        stage_id=rng.choice(stages),
                        source=rng.choice(_SOURCES),
                        country=rng.choice(_COUNTRIES),
                        status=status,
                        created_at=closed - timedelta(days=30),
                        closed_at=None if status is Status.OPEN else closed,
                        owner_id=1,
                    )
                )
            create_leads(uow, drafts)
    for start in range(0, unowned, _BATCH):
        with crm.work() as uow:
            create_leads(
                uow,
                [
                    LeadDraft(
                        name="New",
                        source=rng.choice(_SOURCES),
                        country=rng.choice(_COUNTRIES),
                        priority=rng.randrange(4),
                        email=f"who{start + at}@example.org",
                        expected_revenue=Decimal(rng.randrange(10_000)),
                    )
                    for at in range(min(_BATCH, unowned - start))
                ],
            )
    run_due(crm)


def _add_stages(uow: UnitOfWork) -> list[int]:
    names = ("New", "Qualified", "Proposal", "Won")
    made = [
        add_stage(uow, StageDraft(name=name, is_won=name == "Won")) for name in names
    ]
    return [stage.id for stage in made[:-1]]


def _add_teams(uow: UnitOfWork, unowned: int) -> list[int]:
    teams = []
    for number in range(_TEAMS):
        team = add_team(uow, TeamDraft(name=f"Team {number}"))
        teams.append(team.id)
        for at in range(_MEMBERS):
            user = add_user(uow, UserDraft(name=f"User {number}.{at}"))
            draft = MemberDraft(user_id=user.id, capacity=min(unowned, 100_000))
            add_member(uow, team, draft)
            rule = MemberRuleDraft(
                filter=f"priority >= {at % 2}", daily=unowned, weekdays=list(range(7))
            )
            change_member_rule(uow, team.id, user.id, rule)
    return teams


if __name__ == "__main__":
    raise SystemExit(main())
