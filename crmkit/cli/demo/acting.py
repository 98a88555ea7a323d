"""Taking the steps of all lives, one day after the other, a unit for some at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmkit.cli.demo.steps import Turn
from crmkit.core import get_leads, new_change_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.app import Crm
    from crmkit.cli.demo.moments import DemoClock
    from crmkit.cli.demo.scenery import Scenery
    from crmkit.cli.demo.steps import Step
    from crmkit.core import Lead, UnitOfWork

_STEPS = 60


def take_steps(
    crm: Crm,
    clock: DemoClock,
    scenery: Scenery,
    steps: Sequence[Step],
    advance: Callable[[int], None],
) -> None:
    """Take `steps` in the order of their moments, each at its moment.

    Each is a change of its own, by the owner of the lead.
    """
    ordered = sorted(steps, key=lambda step: step.at)
    for start in range(0, len(ordered), _STEPS):
        some = ordered[start : start + _STEPS]
        with crm.work() as uow:
            ids = {step.life.lead_id for step in some} - {0}
            leads = {lead.id: lead for lead in get_leads(uow, sorted(ids))}
            for step in some:
                clock.set_to(step.at)
                _take(uow, scenery, step, leads)
        advance(len(some))


def _take(
    uow: UnitOfWork, scenery: Scenery, step: Step, leads: dict[int, Lead]
) -> None:
    actor = step.life.wish.owner or scenery.demo_user
    own = replace(uow, actor=actor, change_id=new_change_id())
    turn = Turn(own, step.life, leads.get(step.life.lead_id))
    step.do(turn)
    leads[turn.lead.id] = turn.lead
