"""Types of activity are rows that a manager shapes."""

import pytest
from pydantic import ValidationError

from crmkit.cli.beginning import begin
from crmkit.core import (
    ActivityDraft,
    ActivityTypeDraft,
    ForbiddenError,
    add_activity_type,
    archive_activity_type,
    edit_activity_type,
    find_activity_type,
    get_activity_type,
    get_lead,
    list_activity_types,
    next_of,
    order_activity_types,
    plan_activity,
    restore_activity_type,
)
from crmkit.core.activity_types import LastTypeError, UnknownTypeError


def slugs(uow):
    return [kind.slug for kind in list_activity_types(uow)]


def test_there_are_five_types_from_the_beginning(kit):
    with kit.read() as uow:
        assert slugs(uow) == ["call", "mail", "meeting", "task", "demo"]
        assert list(uow.catalogue.activity_types) == slugs(uow)
        assert find_activity_type(uow, "mail").next_slug == "call"


def test_a_new_database_names_them_in_its_language(make_crm):
    crm = make_crm(locale="fr")
    begin(crm)
    with crm.read() as uow:
        names = [kind.name for kind in list_activity_types(uow)]
        assert names[:3] == ["Appel", "Courriel", "Rendez-vous"]
        assert find_activity_type(uow, "mail").next_slug == "call"
        assert find_activity_type(uow, "appel").slug == "call"


def test_a_type_made_now_can_be_planned_at_once_and_is_known_to_others(kit):
    lead = kit.lead()
    with kit.work(kit.max) as uow:
        made = add_activity_type(uow, ActivityTypeDraft(name="Site visit"))
        draft = ActivityDraft(type="site visit", due_on=uow.today())
        plan_activity(uow, get_lead(uow, lead.id), draft)
    assert made.slug == "site_visit"
    with kit.read(kit.ann) as uow:
        following = next_of(uow, get_lead(uow, lead.id))
    assert (following.label, following.icon) == ("Site visit", "calendar-event")


def test_another_process_sees_a_renamed_type_with_its_next_unit(kit, make_kit):
    other = make_kit()
    with kit.work() as uow:
        draft = ActivityTypeDraft(name="Ring", icon="phone")
        edit_activity_type(uow, get_activity_type(uow, "call"), draft)
    with other.read() as uow:
        assert uow.catalogue.activity_types["call"].name == "Ring"


def test_two_types_of_like_names_have_ids_of_their_own(kit):
    with kit.work() as uow:
        for name in ("Visit!", "Visit?"):
            add_activity_type(uow, ActivityTypeDraft(name=name))
        add_activity_type(uow, ActivityTypeDraft(name="\u5b9f\u6f14"))
        assert slugs(uow)[-3:] == ["visit", "visit_2", "type"]


def test_types_are_put_in_order_and_those_not_named_follow(kit):
    with kit.work(kit.max) as uow:
        order_activity_types(uow, ["task", "call", "nothing"])
        assert slugs(uow) == ["task", "call", "mail", "meeting", "demo"]


def test_only_a_manager_shapes_types(kit):
    with kit.work(kit.lea) as uow:
        with pytest.raises(ForbiddenError):
            add_activity_type(uow, ActivityTypeDraft(name="Visit"))
        with pytest.raises(ForbiddenError):
            order_activity_types(uow, ["task"])
        with pytest.raises(ForbiddenError):
            archive_activity_type(uow, get_activity_type(uow, "task"))


def test_an_archived_type_is_not_planned_and_the_last_stays(kit):
    with kit.work() as uow:
        for slug in ("call", "mail", "meeting", "demo"):
            archive_activity_type(uow, get_activity_type(uow, slug))
        with pytest.raises(LastTypeError):
            archive_activity_type(uow, get_activity_type(uow, "task"))
    with kit.work() as uow:
        with pytest.raises(UnknownTypeError, match="call"):
            find_activity_type(uow, "call")
        restore_activity_type(uow, get_activity_type(uow, "call"))
        archive_activity_type(uow, get_activity_type(uow, "task"))
    with kit.read() as uow:
        assert find_activity_type(uow, None).slug == "call"


def test_a_type_has_an_icon_that_there_is():
    with pytest.raises(ValidationError, match="Choose one of"):
        ActivityTypeDraft(name="Visit", icon="<script>")
