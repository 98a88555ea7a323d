"""The switches of a company: the step of leads, and several teams for one person."""

import pytest

from crmkit.core import (
    LeadKind,
    MemberDraft,
    QualifyDraft,
    add_member,
    change_settings,
    get_lead,
    get_team,
    list_members,
    qualify_lead,
)
from crmkit.core.teams import OneTeamError


def switch(kit, **values):
    with kit.work(kit.eve) as uow:
        change_settings(uow, values)


def test_without_the_step_of_leads_all_that_is_new_is_an_opportunity(kit):
    old = kit.lead("Old", kind="lead")
    switch(kit, leads_step=False)
    new = kit.lead("New", kind="lead")
    assert (new.kind, new.qualified_at) == (LeadKind.OPPORTUNITY, new.created_at)
    assert kit.fresh(old).kind is LeadKind.LEAD
    with kit.work() as uow:
        qualify_lead(uow, get_lead(uow, old.id), QualifyDraft())
    switch(kit, leads_step=True)
    assert kit.lead("Newer", kind="lead").kind is LeadKind.LEAD
    assert kit.fresh(new).kind is LeadKind.OPPORTUNITY


def test_nobody_joins_a_second_team_where_people_are_in_one(kit):
    with kit.work() as uow:
        add_member(uow, get_team(uow, kit.oslo), MemberDraft(user_id=kit.tom))
    switch(kit, several_teams=False)
    with kit.work() as uow:
        oslo = get_team(uow, kit.oslo)
        with pytest.raises(OneTeamError, match="Lyon"):
            add_member(uow, oslo, MemberDraft(user_id=kit.ann))
        add_member(uow, oslo, MemberDraft(user_id=kit.lea))
        names = [user.name for _, user in list_members(uow, oslo)]
    assert names == ["Lea", "Oli", "Tom"]
