"""Where a lead and its contact differ, and copying a value from one to the other."""

import pytest

from crmkit.core import CopyTo, copy_values, disagreements, get_contact, get_lead


@pytest.fixture
def lead(kit):
    """A lead whose contact has another city and no website."""
    contact = kit.contact("Ada Byron", email="Ada@Example.org", city="Lyon")
    return kit.lead(
        contact_id=contact.id,
        contact_name="ada byron",
        email="ada@example.org",
        website="https://example.org",
        city="Oslo",
    )


def test_a_lead_differs_from_its_contact_in_more_than_spelling(kit, lead):
    with kit.read() as uow:
        found = disagreements(uow, get_lead(uow, lead.id))
    assert [(one.field, one.of_lead, one.of_contact) for one in found] == [
        ("website", "https://example.org", None),
        ("city", "Oslo", "Lyon"),
    ]


def test_only_the_value_that_was_asked_for_is_copied(kit, lead):
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        assert copy_values(uow, found, ["city"], CopyTo.CONTACT) == ("city",)
        assert found.contact_id is not None
        contact = get_contact(uow, found.contact_id)
        assert (contact.city, contact.website, found.city) == ("Oslo", None, "Oslo")


def test_an_empty_value_takes_the_place_of_none_that_is_there(kit, lead):
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        copied = copy_values(uow, found, ["website", "city", "name"], CopyTo.LEAD)
        assert (copied, found.website) == (("city",), "https://example.org")


def test_a_lead_without_a_contact_has_nothing_to_copy(kit):
    lead = kit.lead()
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        assert disagreements(uow, found) == ()
        assert copy_values(uow, found, ["city"], CopyTo.LEAD) == ()
