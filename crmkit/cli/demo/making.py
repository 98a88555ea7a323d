"""Making a demo: scenery, lived leads, then a crowd of others."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import text, update

from crmkit.app import open_crm
from crmkit.cli.demo.acting import take_steps
from crmkit.cli.demo.crowd import add_crowd
from crmkit.cli.demo.firms import invent_firms
from crmkit.cli.demo.lives import Era, plan_lives
from crmkit.cli.demo.moments import YEAR, DemoClock
from crmkit.cli.demo.scenery import build_scenery
from crmkit.cli.demo.story import tell_story
from crmkit.cli.demo.words import words_of
from crmkit.cli.printing import progress
from crmkit.core import Job, JobState, SystemClock, list_users, set_password

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.app import Crm
    from crmkit.core import Settings

PASSWORD = "sonde-demo"  # noqa: S105  (printed for everybody to use)
LIVED = 400
_SEED = 20
_FEWEST_FIRMS, _LEADS_PER_FIRM = 120, 40


def make_demo(settings: Settings, leads: int, now: datetime | None = None) -> None:
    """Migrate the database of `settings` and fill it with a demo of `leads` leads.

    Two demos made at the same moment `now` are the same.
    """
    now = now or SystemClock().now()
    clock = DemoClock(now - YEAR)
    crm = open_crm(settings, clock=clock)
    try:
        crm.upgrade()
        _fill(crm, clock, leads, now)
    finally:
        crm.close()


def _fill(crm: Crm, clock: DemoClock, leads: int, now: datetime) -> None:
    rng = Random(_SEED)  # noqa: S311  (a demo, not a secret)
    firms = invent_firms(rng, max(_FEWEST_FIRMS, leads // _LEADS_PER_FIRM))
    words = words_of(crm.settings.locale)
    scenery = build_scenery(crm, rng, words, firms)
    era = Era(rng, scenery, now, crm.settings.zone)
    lives = plan_lives(era, min(leads, LIVED))
    steps = [step for life in lives for step in tell_story(era, life)]
    with progress("A year of leads", len(steps)) as advance:
        take_steps(crm, clock, scenery, steps, advance)
    if leads > LIVED:
        with progress("More leads", leads - LIVED) as advance:
            add_crowd(crm, clock, era, leads - LIVED, advance)
    clock.set_to(now)
    _let_jobs_be_new(crm)
    _count_values(crm)
    _let_sign_in(crm)


def _let_jobs_be_new(crm: Crm) -> None:
    """What the story asked for in the past is due now: nobody was there to do it."""
    with crm.work() as uow:
        asked = update(Job).values(created_at=uow.now(), due_at=uow.now())
        uow.session.execute(asked.where(Job.state == JobState.WAITING))


def _count_values(crm: Crm) -> None:
    """Let the database see what there is: its plans are guesses before."""
    with crm.work() as uow:
        uow.session.execute(text("ANALYZE"))


def _let_sign_in(crm: Crm) -> None:
    """Give everybody the demo's password, as the last thing that a demo needs."""
    with crm.work() as uow:
        first, *others = list_users(uow)
        set_password(uow, first, PASSWORD)
        for user in others:
            # Hashing is slow on purpose, and once is enough for one password.
            user.password_hash = first.password_hash
