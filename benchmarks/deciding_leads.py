"""The leads that scoring and assignment are measured with, and who may get them."""

from __future__ import annotations

import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import LeadDraft, Member, create_leads, list_teams
from crmkit.jobs import run_due
from crmkit_assignment.rules import MemberRuleDraft, change_member_rule

from benchmarks.databases import fingerprint, open_for
from benchmarks.filling import fill

if TYPE_CHECKING:
    from crmkit.app import Crm
    from crmkit.core import UnitOfWork

PLUGINS = ("assignment", "scoring")
_BATCH = 500
_COUNTRIES = ("FR", "DE", "IT", "ES", "NO", "GB")


def fill_deciding(folder: Path, leads: int, unowned: int) -> Path:
    """The file in `folder` with so many leads, and others that are nobody's."""
    path = folder / f"deciding-{leads}-{unowned}-{fingerprint()}.db"
    if path.exists():
        return path
    made = path.with_suffix(".part")
    for end in ("", "-wal", "-shm"):
        Path(f"{made}{end}").unlink(missing_ok=True)
    shutil.copy(fill(folder, leads), made)
    _tell_of_ends(str(made))
    crm = open_for(f"sqlite:///{made}", PLUGINS)
    with crm.work() as uow:
        _add_rules(uow, unowned)
    _add_unowned(crm, unowned)
    crm.close()
    return made.rename(path)


def _tell_of_ends(path: str) -> None:
    """Let country and priority say something of how a lead ended."""
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE lead SET priority ="
            " CASE WHEN id * 37 % 100 < 20 + 30 * (status = 'won') THEN 3"
            " ELSE id % 3 END,"
            " country = CASE WHEN id * 7919 % 100 < 30 + 25 * (status = 'won')"
            " THEN 'FR' WHEN id % 4 = 0 THEN 'DE' WHEN id % 4 = 1 THEN 'IT'"
            " WHEN id % 4 = 2 THEN 'ES' ELSE 'GB' END"
        )
    database.close()


def _add_rules(uow: UnitOfWork, unowned: int) -> None:
    """A rule for each member; together they have room for all."""
    for team in list_teams(uow):
        query = select(Member).where(Member.team_id == team.id).order_by(Member.id)
        for at, member in enumerate(uow.session.scalars(query)):
            member.capacity = 100_000
            rule = MemberRuleDraft(
                filter=f"priority >= {at % 2}", daily=unowned, weekdays=list(range(7))
            )
            change_member_rule(uow, team.id, member.user_id, rule)


def _add_unowned(crm: Crm, unowned: int) -> None:
    rng = Random(7)  # noqa: S311  (the same leads each time)
    for start in range(0, unowned, _BATCH):
        with crm.work() as uow:
            drafts = [
                LeadDraft(
                    name="New",
                    country=rng.choice(_COUNTRIES),
                    priority=rng.randrange(4),
                    email=f"who{start + at}@example.org",
                    expected_revenue=Decimal(rng.randrange(10_000)),
                )
                for at in range(min(_BATCH, unowned - start))
            ]
            create_leads(uow, drafts)
    run_due(crm)
