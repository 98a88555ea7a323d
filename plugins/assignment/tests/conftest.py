from __future__ import annotations

import pytest

from crmkit.core import (
    LeadDraft,
    MemberDraft,
    create_leads,
    edit_member,
    get_lead,
    get_member,
    get_team,
    get_user,
)
from crmkit_assignment.rules import (
    MemberRuleDraft,
    change_member_rule,
)
from crmkit_assignment.runs import get_run, start_run


@pytest.fixture
def world(kit):
    """Capacities that a day can use up, and ways to add leads and to run."""

    class World:
        def capacity(self, team: int, user: int, capacity: int) -> None:
            with kit.work() as uow:
                member = get_member(uow, get_team(uow, team), get_user(uow, user))
                draft = MemberDraft(user_id=user, capacity=capacity)
                edit_member(uow, member, draft)

        def leads(self, count: int, **values) -> list[int]:
            drafts = [LeadDraft(name=f"Lead {n}", **values) for n in range(count)]
            with kit.work() as uow:
                return [one.id for one in create_leads(uow, drafts)]

        def run(self, *, is_dry=False, **how):
            with kit.work() as uow:
                run_id = start_run(uow, is_dry=is_dry, **how).id
            kit.run_jobs()
            with kit.read() as uow:
                return get_run(uow, run_id)

        def owners(self, ids: list[int]) -> list[int | None]:
            with kit.read() as uow:
                return [get_lead(uow, lead_id).owner_id for lead_id in ids]

        def rule(self, team: int, user: int, **values) -> None:
            with kit.work() as uow:
                change_member_rule(uow, team, user, MemberRuleDraft(**values))

    return World()
