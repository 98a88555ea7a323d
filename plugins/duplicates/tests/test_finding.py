"""Which leads are similar, and who learns of it."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, select

from crmkit.core import (
    ContactDraft,
    Lead,
    LeadDraft,
    MergeDraft,
    change_settings,
    create_contact,
    create_leads,
    duplicates_of,
    duplicates_of_draft,
    edit_lead,
    get_lead,
    get_merge,
    merge_leads,
    unmerge_leads,
)
from crmkit_duplicates.domains import catch_up
from crmkit_duplicates.tables import Base, MailDomain

pytestmark = pytest.mark.plugins("duplicates")


def similar(kit, lead, who=None):
    """The names of the leads like `lead`, with the first word of each reason."""
    with kit.read(who) as uow:
        _, found = duplicates_of(uow, get_lead(uow, lead.id))
        return {
            uow.session.get_one(Lead, one.lead_id).name: [
                reason.text.format(**reason.parts) for reason in one.reasons
            ]
            for one in found
        }


def test_mail_is_compared_by_the_domain_of_a_company(kit):
    one = kit.lead("One", email="Ada@Aqua.example")
    kit.lead("Two", email="bob@aqua.example")
    kit.lead("Other", email="bob@hydro.example")
    assert similar(kit, one) == {"Two": ["Same mail domain, aqua.example"]}


def test_mail_of_a_free_provider_is_compared_whole(kit):
    one = kit.lead("One", email="ada@gmail.com")
    kit.lead("Two", email="bob@gmail.com")
    kit.lead("Three", email="ADA@gmail.com")
    assert similar(kit, one) == {"Three": ["Same mail address"]}


def test_telephone_numbers_are_compared_however_they_are_written(kit):
    one = kit.lead("One", phone="06 12 34 56 78")
    kit.lead("Two", phone="+33612345678")
    assert similar(kit, one) == {"Two": ["Same telephone number"]}


def test_people_and_branches_of_one_company_are_a_family(kit):
    with kit.work() as uow:
        top = create_contact(uow, ContactDraft(name="Aqua", kind="company"))
        branch = ContactDraft(name="Aqua Lyon", kind="company", company_id=top.id)
        lyon = create_contact(uow, branch)
        ada = create_contact(uow, ContactDraft(name="Ada", company_id=lyon.id))
        bob = create_contact(uow, ContactDraft(name="Bob", company_id=top.id))
        eve = create_contact(uow, ContactDraft(name="Eve"))
    one = kit.lead("One", contact_id=ada.id)
    kit.lead("Two", contact_id=bob.id)
    kit.lead("Alone", contact_id=eve.id)
    assert similar(kit, one) == {"Two": ["Same contact or company"]}


def test_who_shares_most_comes_first(kit):
    one = kit.lead("One", email="a@aqua.example", phone="0612345678")
    kit.lead("Both", email="b@aqua.example", phone="0612345678")
    kit.lead("Mail", email="c@aqua.example")
    assert list(similar(kit, one)) == ["Both", "Mail"]


def test_a_trait_that_many_share_says_nothing(kit):
    one = kit.lead("One", email="a@aqua.example")
    drafts = [LeadDraft(name=f"L {n}", email=f"{n}@aqua.example") for n in range(20)]
    with kit.work() as uow:
        create_leads(uow, drafts)
    assert len(similar(kit, one)) == 20
    kit.lead("One more", email="z@aqua.example")
    assert similar(kit, one) == {}


def test_a_hidden_lead_is_neither_named_nor_counted(kit):
    one = kit.lead("One", email="a@aqua.example")
    kit.lead("Hidden", email="b@aqua.example", owner_id=kit.oli, team_id=kit.oslo)
    assert similar(kit, one, kit.ann) == {}
    assert list(similar(kit, one, kit.lea)) == ["Hidden"]


def test_a_draft_is_compared_before_it_is_there(kit):
    kit.lead("One", email="a@aqua.example", phone="+33612345678")
    draft = LeadDraft(name="?", email="b@aqua.example", phone="06 12 34 56 78")
    with kit.read(kit.ann) as uow:
        _, found = duplicates_of_draft(uow, draft)
    assert len(found) == 1
    assert len(found[0].reasons) == 2


def test_an_edited_address_counts_at_once(kit):
    one, two = kit.lead("One", email="a@aqua.example"), kit.lead("Two")
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, two.id), {"email": "b@aqua.example"})
    assert list(similar(kit, one)) == ["Two"]
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, two.id), {"email": None})
    assert similar(kit, one) == {}


def test_a_merge_and_its_undo_keep_the_domains(kit):
    one = kit.lead("One", email="a@aqua.example")
    first, second = kit.lead("First"), kit.lead("Second", email="b@aqua.example")
    with kit.work() as uow:
        merged = merge_leads(uow, MergeDraft(ids=(first.id, second.id)))
    assert list(similar(kit, one)) == ["First"]
    with kit.work() as uow:
        unmerge_leads(uow, get_merge(uow, merged.merge_id or 0))
    assert list(similar(kit, one)) == ["Second"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mail": "address"}, ["Phone"]),
        ({"mail": "off", "phone": False}, []),
        ({"phone": False}, ["Mail"]),
    ],
)
def test_an_admin_changes_the_rules(kit, changes, expected):
    named = {f"duplicates.{name}": value for name, value in changes.items()}
    with kit.work(kit.eve) as uow:
        change_settings(uow, named)
    one = kit.lead("One", email="a@aqua.example", phone="0612345678")
    kit.lead("Mail", email="b@aqua.example")
    kit.lead("Phone", phone="0612345678")
    assert list(similar(kit, one)) == expected


def test_what_was_written_while_it_was_off_is_caught_up(kit):
    one = kit.lead("One", email="a@aqua.example")
    two = kit.lead("Two", email="b@aqua.example")
    with kit.work() as uow:
        uow.session.execute(delete(MailDomain))
        uow.session.add(MailDomain(lead_id=two.id, domain="old.example"))
    assert similar(kit, one) == {}
    with kit.work() as uow:
        assert catch_up(uow) == 2
        assert catch_up(uow) == 0
        domains = set(uow.session.scalars(select(MailDomain.domain)))
    assert domains == {"aqua.example"}
    assert list(similar(kit, one)) == ["Two"]


def test_the_migrations_make_what_the_tables_say(crm):
    def is_ours(name, kind, _parents):
        return kind != "table" or (name or "").startswith("duplicates__")

    with crm.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
