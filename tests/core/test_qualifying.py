"""Qualifying: one lead or many become opportunities; contacts are made or linked."""

import pytest

from crmkit.core import (
    AlreadyQualifiedError,
    BulkChange,
    BulkDraft,
    ContactChoice,
    ContactDraft,
    ContactKind,
    LeadKind,
    NotFoundError,
    NotOpenError,
    OtherOwnerError,
    QualifyDraft,
    UnknownChoiceError,
    create_contact,
    events_of,
    get_contact,
    get_lead,
    list_rows,
    lose_lead,
    matching_contacts,
    qualify_lead,
    start_bulk,
    undo_change,
)
from crmkit.core.qualifying import SameLeadError
from crmkit.hooks import lead_qualified
from crmkit.testing import sample_plugin

CREATE = ContactChoice(mode="create")


def raw_lead(kit, name="Pump station", **fields):
    return kit.lead(name, kind="lead", **fields)


def qualify(kit, lead, who=None, **draft):
    with kit.work(who) as uow:
        found = get_lead(uow, lead.id)
        qualify_lead(uow, found, QualifyDraft(**draft))
        return found, uow.change_id


def contact_of(kit, lead):
    with kit.read() as uow:
        return get_contact(uow, lead.contact_id)


def test_a_qualified_lead_is_an_opportunity_where_it_stood(kit, clock):
    lead = raw_lead(kit, stage_id=kit.proposal)
    clock.advance(days=1)
    qualified, _ = qualify(kit, lead)
    assert (qualified.kind, qualified.qualified_at) == (
        LeadKind.OPPORTUNITY,
        clock.now(),
    )
    assert (qualified.stage_id, qualified.contact_id) == (kit.proposal, None)
    with kit.read() as uow:
        event = events_of(uow, "lead", lead.id, before=None, limit=1)[0]
    assert (event.kind, event.values["kind"]) == (
        "lead.qualified",
        ["lead", "opportunity"],
    )


def test_a_new_contact_is_a_person_in_a_company(kit):
    lead = raw_lead(
        kit, contact_name="Ada", company_name="Aqua", email="a@aqua.example", city="Pau"
    )
    qualified, _ = qualify(kit, lead, contact=CREATE)
    person = contact_of(kit, qualified)
    assert (person.kind, person.name, person.email, person.city) == (
        ContactKind.PERSON,
        "Ada",
        "a@aqua.example",
        "Pau",
    )
    with kit.read() as uow:
        company = get_contact(uow, person.company_id)
    assert (company.kind, company.name, company.email, company.city) == (
        ContactKind.COMPANY,
        "Aqua",
        None,
        "Pau",
    )


def test_a_company_that_is_known_is_not_made_again(kit):
    with kit.work() as uow:
        known = create_contact(uow, ContactDraft(name="AQUA", kind="company")).id
    lead = raw_lead(kit, contact_name="Ada", company_name="Aqua")
    qualified, _ = qualify(kit, lead, contact=CREATE)
    assert contact_of(kit, qualified).company_id == known


def test_a_lead_of_a_company_and_nobody_is_of_the_company(kit):
    lead = raw_lead(kit, company_name="Aqua", email="info@aqua.example")
    qualified, _ = qualify(kit, lead, contact=CREATE)
    company = contact_of(kit, qualified)
    assert (company.kind, company.email) == (ContactKind.COMPANY, "info@aqua.example")


def test_a_lead_of_nobody_gives_its_name_to_the_contact(kit):
    qualified, _ = qualify(kit, raw_lead(kit, "Ada?"), contact=CREATE)
    assert contact_of(kit, qualified).name == "Ada?"


def test_a_linked_contact_overwrites_nothing(kit):
    with kit.work() as uow:
        draft = ContactDraft(name="Ada Byron", email="new@example.org")
        known = create_contact(uow, draft).id
    lead = raw_lead(kit, contact_name="Ada", email="old@example.org")
    choice = ContactChoice(mode="link", id=known)
    qualified, _ = qualify(kit, lead, contact=choice)
    assert (qualified.contact_id, qualified.contact_name, qualified.email) == (
        known,
        "Ada",
        "old@example.org",
    )
    assert contact_of(kit, qualified).email == "new@example.org"


def test_an_unseen_contact_is_not_linked(make_kit):
    kit = make_kit(contacts_for_all=False)
    with kit.work(kit.oli) as uow:
        foreign = create_contact(uow, ContactDraft(name="Ada")).id
    lead = raw_lead(kit)
    with pytest.raises(UnknownChoiceError):
        qualify(kit, lead, kit.ann, contact=ContactChoice(mode="link", id=foreign))
    assert kit.fresh(lead).kind is LeadKind.LEAD


def test_owner_and_team_are_given_with_it(kit):
    stage = kit.stage("Lyon only", team_ids=(kit.lyon,))
    lead = raw_lead(kit, stage_id=stage.id)
    qualified, _ = qualify(kit, lead, owner_id=kit.oli, team_id=kit.oslo)
    assert (qualified.owner_id, qualified.team_id) == (kit.oli, kit.oslo)
    assert qualified.stage_id == kit.new


def test_nobody_assigns_by_qualifying_whom_he_may_not_assign(kit):
    with pytest.raises(OtherOwnerError):
        qualify(kit, raw_lead(kit), kit.ann, owner_id=kit.bob)


def test_an_opportunity_and_a_closed_lead_are_not_qualified(kit):
    with pytest.raises(AlreadyQualifiedError):
        qualify(kit, kit.lead())
    lead = raw_lead(kit)
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lead.id), None)
    with pytest.raises(NotOpenError):
        qualify(kit, lead)


def test_undo_makes_it_a_lead_again_and_takes_its_contact_back(kit):
    lead = raw_lead(kit, contact_name="Ada", company_name="Aqua")
    _, change_id = qualify(kit, lead, contact=CREATE, owner_id=kit.bob)
    with kit.work() as uow:
        assert undo_change(uow, change_id).kept == []
    fresh = kit.fresh(lead)
    assert (fresh.kind, fresh.qualified_at, fresh.contact_id, fresh.owner_id) == (
        LeadKind.LEAD,
        None,
        None,
        kit.ann,
    )
    with kit.read() as uow:
        assert matching_contacts(uow, fresh) == []


def test_the_contact_of_the_same_mail_is_proposed_first(kit):
    with kit.work() as uow:
        drafts = [
            ContactDraft(name="Aqua", kind="company"),
            ContactDraft(name="Other", phone="+33612345678"),
            ContactDraft(name="Ada", email="ADA@aqua.example"),
        ]
        for draft in drafts:
            create_contact(uow, draft)
    lead = raw_lead(
        kit, company_name="aqua", email="ada@aqua.example", phone="06 12 34 56 78"
    )
    with kit.read() as uow:
        names = [one.name for one in matching_contacts(uow, get_lead(uow, lead.id))]
    assert names == ["Ada", "Aqua", "Other"]


def test_plugins_are_told_once(make_kit):
    told = []

    @lead_qualified.impl
    def listen(ctx):
        told.append([lead.name for lead in ctx.leads])

    kit = make_kit(sample_plugin("sample", listen))
    qualify(kit, raw_lead(kit))
    assert told == [["Pump station"]]


def test_many_leads_are_qualified_and_their_owners_take_turns(kit):
    leads = [raw_lead(kit, f"Lead {n}", contact_name=f"P {n}") for n in range(53)]
    leads.append(kit.lead("Opportunity"))
    change = BulkChange(
        action="qualify", contact="create", owner_ids=(kit.ann, kit.bob, kit.tom)
    )
    ids = tuple(lead.id for lead in leads)
    with kit.work(kit.lea) as uow:
        job_id = start_bulk(uow, BulkDraft(ids=ids, change=change))
    kit.run_jobs()
    with kit.read(kit.lea) as uow:
        rows = list_rows(uow, job_id, limit=100)
        found = [get_lead(uow, lead.id) for lead in leads[:-1]]
    owners = (kit.ann, kit.bob, kit.tom)
    assert [lead.owner_id for lead in found] == [owners[n % 3] for n in range(53)]
    assert all(lead.contact_id for lead in found)
    assert [row["outcome"] for row in rows] == ["changed"] * 53 + ["refused"]


def test_a_lead_that_is_a_twin_goes_into_the_opportunity(kit):
    other = kit.lead("Pumps", company_name="Rive")
    lead = raw_lead(kit, phone="+33 1 23 45 67 89", contact_name="Ada")
    with kit.work() as uow:
        draft = QualifyDraft(contact=CREATE, merge_into=other.id, owner_id=kit.ann)
        left = qualify_lead(uow, get_lead(uow, lead.id), draft)
        change_id = uow.change_id
    assert (left.id, left.phone, left.owner_id) == (other.id, lead.phone, kit.ann)
    assert contact_of(kit, left).name == "Ada"
    with pytest.raises(NotFoundError):
        kit.fresh(lead)
    with kit.work() as uow:
        assert undo_change(uow, change_id).kept == []
    assert kit.fresh(lead).kind == LeadKind.LEAD
    fresh = kit.fresh(other)
    assert (fresh.phone, fresh.contact_id, fresh.owner_id) == (
        None,
        None,
        other.owner_id,
    )


def test_twins_that_are_both_leads_become_one_opportunity(kit):
    other, lead = raw_lead(kit, "Pumps"), raw_lead(kit)
    with kit.work() as uow:
        twin = get_lead(uow, lead.id)
        with pytest.raises(SameLeadError):
            qualify_lead(uow, twin, QualifyDraft(merge_into=lead.id))
        left = qualify_lead(uow, twin, QualifyDraft(merge_into=other.id))
    assert (left.id, left.kind) == (other.id, LeadKind.OPPORTUNITY)
