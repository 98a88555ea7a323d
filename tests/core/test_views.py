"""Saved views: whose they are, and what they cannot be."""

import pytest

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    ForbiddenError,
    NotFoundError,
    ViewDraft,
    ViewScope,
    add_field,
    add_view,
    delete_view,
    describe_view,
    edit_view,
    get_field,
    get_view,
    hide_field,
    list_views,
)

FILTER = "probability >= 50 and (owner = me or owner is empty)"


def names(kit, who):
    with kit.read(who) as uow:
        return [view.name for view in list_views(uow, "lead")]


def test_a_view_is_found_by_those_it_is_for(kit):
    with kit.work(kit.ann) as uow:
        add_view(uow, ViewDraft(name="Mine", filter=FILTER))
    with kit.work(kit.max) as uow:
        add_view(uow, ViewDraft(name="Everybody's", scope=ViewScope.ALL))
        team_id = team_of(kit)
        team = ViewDraft(name="The team's", scope=ViewScope.TEAM, team_id=team_id)
        add_view(uow, team)
    assert names(kit, kit.ann) == ["Mine", "The team's", "Everybody's"]
    assert "Mine" not in names(kit, kit.bob)
    assert "Everybody's" in names(kit, kit.oli)


def team_of(kit):
    """The first team that Ann is a member of."""
    with kit.read(kit.ann) as uow:
        return uow.actor.team_ids[0]


def test_a_view_says_its_filter_as_text_and_as_a_tree(kit):
    with kit.work(kit.ann) as uow:
        view = add_view(uow, ViewDraft(name="Mine", filter=FILTER, sort="-probability"))
        said = describe_view(uow, view)
    assert said["tree"]["and"][0] == {
        "field": "probability",
        "operator": ">=",
        "value": {"number": "50"},
    }
    assert said["problem"] is None
    with kit.work(kit.ann) as uow:
        view = get_view(uow, said["id"])
        edit_view(uow, view, {"filter": said["filter"], "name": "Other"})
        assert describe_view(uow, view)["tree"] == said["tree"]
        delete_view(uow, view)
    assert names(kit, kit.ann) == []


def test_a_view_of_a_field_that_is_gone_is_kept_and_says_so(kit):
    with kit.work(kit.eve) as uow:
        field = add_field(uow, CustomFieldDraft(slug="colour", label="Colour"))
    with kit.work(kit.ann) as uow:
        view = add_view(uow, ViewDraft(name="Red", filter="colour = red"))
    with kit.work(kit.eve) as uow:
        hide_field(uow, get_field(uow, field.id))
    with kit.read(kit.ann) as uow:
        said = describe_view(uow, get_view(uow, view.id))
    assert "colour" in said["problem"]
    assert "colour" in said["filter"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"filter": "nothing = 1"},
        {"filter": "probability >="},
        {"sort": "tags"},
        {"columns": ["nothing"]},
        {"group_by": ["expected_revenue"]},
        {"scope": "team"},
        {"team_id": 1},
        {"scope": "team", "team_id": 999},
    ],
)
def test_a_view_that_would_show_nothing_is_refused(kit, wrong):
    with pytest.raises(CrmError), kit.work(kit.tom) as uow:
        add_view(uow, ViewDraft(**{"name": "Wrong"} | wrong))


def test_only_who_may_share_shares_and_only_who_made_it_changes_it(kit):
    with pytest.raises(ForbiddenError), kit.work(kit.ann) as uow:
        add_view(uow, ViewDraft(name="For all", scope=ViewScope.ALL))
    team = ViewDraft(name="Team", scope=ViewScope.TEAM, team_id=team_of(kit))
    with pytest.raises(ForbiddenError), kit.work(kit.ann) as uow:
        add_view(uow, team)
    with kit.work(kit.max) as uow:
        view = add_view(uow, ViewDraft(name="For all", scope=ViewScope.ALL))
    with pytest.raises(ForbiddenError), kit.work(kit.ann) as uow:
        edit_view(uow, get_view(uow, view.id), {"name": "Changed"})
    with kit.work(kit.ann) as uow:
        own = add_view(uow, ViewDraft(name="Own"))
    with kit.read(kit.bob) as uow, pytest.raises(NotFoundError):
        get_view(uow, own.id)
