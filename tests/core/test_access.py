"""One criterion for who sees what, in every lookup, list, count, sum and board."""

from contextlib import suppress

import pytest

from crmkit.core import (
    BoardQuery,
    ContactDraft,
    ContactKind,
    ForbiddenError,
    LeadDraft,
    ListQuery,
    NotFoundError,
    OtherOwnerError,
    OutOfSightError,
    Role,
    UnknownChoiceError,
    count_contacts,
    create_contact,
    create_lead,
    delete_lead,
    disable_user,
    edit_contact,
    edit_lead,
    get_contact,
    get_deleted_lead,
    get_lead,
    get_leads,
    get_team,
    get_user,
    list_contacts,
    list_leads,
    pipeline,
    read_fields,
    remove_member,
    restore_lead,
    sum_leads,
    switch_plugin,
    undo_change,
)

LEADS = {
    "mine": ("lyon", "ann"),
    "mine elsewhere": ("oslo", "ann"),
    "mine alone": (None, "ann"),
    "nobody's of my team": ("lyon", None),
    "a colleague's": ("lyon", "bob"),
    "a colleague's alone": (None, "bob"),
    "of another team": ("oslo", "oli"),
    "nobody's of another team": ("oslo", None),
    "nobody's": (None, None),
}
OWN = {"mine", "mine elsewhere", "mine alone", "nobody's of my team"}
TEAM = {"mine", "nobody's of my team", "a colleague's"}
SEEN = {
    "ann": OWN,
    "bob": {"nobody's of my team", "a colleague's", "a colleague's alone"},
    "tom": TEAM,
    "oli": {"of another team", "nobody's of another team"},
    "lea": set(LEADS),
    "max": set(LEADS),
    "eve": set(LEADS),
}


@pytest.fixture
def leads(kit):
    """Ids of a lead of each kind, by what it is to Ann; amounts are powers of two."""

    def make(place, team, owner):
        return kit.lead(
            f"The lead {place}",
            team_id=None if team is None else getattr(kit, team),
            owner_id=None if owner is None else kit.people[owner],
            expected_revenue=2**place,
        )

    return {
        what: make(place, team, owner).id
        for place, (what, (team, owner)) in enumerate(LEADS.items())
    }


@pytest.mark.parametrize("name", SEEN)
def test_each_role_sees_its_leads_and_no_other_wherever_it_looks(kit, leads, name):
    expected = {leads[what] for what in SEEN[name]}
    worth = sum(2 ** list(LEADS).index(what) for what in SEEN[name])
    with kit.read(kit.people[name]) as uow:
        assert {lead.id for lead in get_leads(uow, list(leads.values()))} == expected
        rows = list_leads(uow, ListQuery()).rows
        assert {row.id for row in rows} == expected
        sums = sum_leads(uow, ListQuery())
        assert (sums.count, sums.sum.base) == (len(expected), worth)
        board = pipeline(uow, BoardQuery())
        total = board.total
        cards = {card.id for column in board.columns for card in column.cards}
        assert cards == expected
        assert (total.count, total.sum.base) == (len(expected), worth)
        for what, lead_id in leads.items():
            if what in SEEN[name]:
                assert get_lead(uow, lead_id).id == lead_id
            else:
                with pytest.raises(NotFoundError, match="There is no lead"):
                    get_lead(uow, lead_id)


def test_a_filter_finds_no_more_than_the_actor_sees(kit, leads):
    with kit.read(kit.ann) as uow:
        query = ListQuery(filter="expected_revenue >= 0 or name contains lead")
        assert len(list_leads(uow, query).rows) == len(OWN)
        others = ListQuery(filter="id = {}".format(leads["a colleague's"]))
        assert list_leads(uow, others).rows == ()


def test_who_leaves_a_team_sees_its_leads_no_more(kit, leads):
    with kit.work(kit.max) as uow:
        remove_member(uow, get_team(uow, kit.lyon), get_user(uow, kit.tom))
    with kit.read(kit.tom) as uow:
        assert list_leads(uow, ListQuery()).rows == ()
        assert leads


MAY_ASSIGN = {
    "ann": {"ann"},
    "bob": {"bob"},
    "tom": {"ann", "bob", "tom"},
    "oli": {"oli"},
    "lea": set(SEEN),
    "max": set(SEEN),
    "eve": set(SEEN),
}


@pytest.mark.parametrize("name", MAY_ASSIGN)
def test_each_role_assigns_to_whom_it_may_and_to_no_other(kit, name):
    assigned = set()
    for owner, owner_id in kit.people.items():
        lead = kit.lead(owner_id=kit.people[name])
        with kit.work(kit.people[name]) as uow, suppress(OtherOwnerError):
            edit_lead(uow, get_lead(uow, lead.id), {"owner_id": owner_id})
            create_lead(uow, LeadDraft(name="New", owner_id=owner_id))
            assigned.add(owner)
    assert assigned == MAY_ASSIGN[name]


def test_a_new_lead_is_its_makers_where_he_would_not_see_it_otherwise(kit):
    def owner_of(who, **fields):
        with kit.work(who) as uow:
            return create_lead(uow, LeadDraft(name="Pump", **fields)).owner_id

    assert owner_of(kit.ann) == kit.ann
    assert owner_of(kit.ann, team_id=kit.oslo) == kit.ann
    assert owner_of(kit.ann, team_id=kit.lyon) is None
    assert owner_of(kit.tom) == kit.tom
    assert owner_of(kit.lea) is None


def test_an_owner_who_is_disabled_or_unknown_is_no_choice(kit):
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, kit.bob))
    for owner_id in (kit.bob, 4711):
        with kit.work(kit.max) as uow, pytest.raises(UnknownChoiceError):
            create_lead(uow, LeadDraft(name="Pump", owner_id=owner_id))


def test_the_bin_shows_what_the_actor_could_see_outside(kit, leads):
    with kit.work(kit.max) as uow:
        for lead_id in leads.values():
            delete_lead(uow, get_lead(uow, lead_id))
    with kit.work(kit.ann) as uow:
        for what, lead_id in leads.items():
            if what in OWN:
                restore_lead(uow, get_deleted_lead(uow, lead_id))
            else:
                with pytest.raises(NotFoundError):
                    get_deleted_lead(uow, lead_id)
        assert len(list_leads(uow, ListQuery()).rows) == len(OWN)


def test_own_and_team_delete_only_what_is_theirs(kit, leads):
    with kit.work(kit.tom) as uow, pytest.raises(ForbiddenError):
        delete_lead(uow, get_lead(uow, leads["a colleague's"]))
    with kit.work(kit.ann) as uow:
        delete_lead(uow, get_lead(uow, leads["mine"]))


def test_a_lead_that_nobody_may_see_is_not_undone_either(kit, leads):
    with kit.work(kit.max) as uow:
        edit_lead(uow, get_lead(uow, leads["of another team"]), {"priority": 3})
        change_id = uow.change_id
    with kit.work(kit.ann) as uow, pytest.raises(Exception, match="undo"):
        undo_change(uow, change_id)


def contacts_of(make_kit):
    kit = make_kit(contacts_for_all=False)
    ids = {}
    for name, who, owner in (
        ("made", kit.ann, None),
        ("owned", kit.max, kit.ann),
        ("hidden", kit.max, None),
        ("led", kit.max, None),
    ):
        with kit.work(who) as uow:
            draft = ContactDraft(name=name.capitalize(), owner_id=owner)
            ids[name] = create_contact(uow, draft).id
    kit.lead(contact_id=ids["led"])
    kit.lead(contact_id=ids["hidden"], owner_id=kit.bob)
    return kit, ids


def test_a_contact_is_seen_by_who_owns_or_made_it_or_sees_a_lead_of_it(make_kit):
    kit, ids = contacts_of(make_kit)
    with kit.read(kit.ann) as uow:
        seen = {contact.id for contact in list_contacts(uow, ListQuery()).rows}
        assert seen == {ids["made"], ids["owned"], ids["led"]}
        assert count_contacts(uow, ListQuery()) == 3
        with pytest.raises(NotFoundError):
            get_contact(uow, ids["hidden"])


def test_a_lead_cannot_name_a_contact_that_the_actor_does_not_see(make_kit):
    kit, ids = contacts_of(make_kit)
    with kit.work(kit.ann) as uow:
        create_lead(uow, LeadDraft(name="Pump", contact_id=ids["led"]))
        with pytest.raises(UnknownChoiceError):
            create_lead(uow, LeadDraft(name="Pump", contact_id=ids["hidden"]))


def test_where_contacts_are_for_all_everybody_sees_them(kit):
    with kit.work(kit.max) as uow:
        contact = create_contact(uow, ContactDraft(name="Known to all"))
    with kit.read(kit.ann) as uow:
        assert get_contact(uow, contact.id).name == "Known to all"


@pytest.mark.parametrize("role", Role)
def test_only_an_admin_switches_plugins(kit, role):
    who = {"own": "ann", "team": "tom", "all": "lea", "manager": "max", "admin": "eve"}
    with kit.work(kit.people[who[role]]) as uow:
        if role is Role.ADMIN:
            switch_plugin(uow, "quotes", is_enabled=False)
        else:
            with pytest.raises(ForbiddenError, match="“admin”"):
                switch_plugin(uow, "quotes", is_enabled=False)


def test_nobody_gives_a_lead_away_to_where_he_sees_it_no_more(kit):
    cases = (
        (kit.ann, {"team_id": kit.oslo, "owner_id": None}),
        (kit.tom, {"team_id": kit.oslo}),
    )
    for who, values in cases:
        lead = kit.lead()
        with kit.work(who) as uow, pytest.raises(OutOfSightError):
            edit_lead(uow, get_lead(uow, lead.id), values)
        assert kit.fresh(lead).team_id == kit.lyon
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"team_id": kit.oslo})
    assert kit.fresh(lead).team_id == kit.oslo


def person_of_a_hidden_company(make_kit):
    """A contact of Ann's at a company that she does not see."""
    kit = make_kit(contacts_for_all=False)
    with kit.work(kit.max) as uow:
        draft = ContactDraft(name="Kryptonite", kind=ContactKind.COMPANY)
        firm = create_contact(uow, draft)
        draft = ContactDraft(name="Zoe", company_id=firm.id, owner_id=kit.ann)
        create_contact(uow, draft)
    return kit


@pytest.mark.parametrize("name", ["ann", "max"])
def test_a_company_that_one_does_not_see_is_named_nowhere(make_kit, name):
    kit = person_of_a_hidden_company(make_kit)
    sees_it = name == "max"
    with kit.read(kit.people[name]) as uow:
        for text in ('company = "Kryptonite"', 'company contains "krypt"'):
            found = list_contacts(uow, ListQuery(text)).rows
            assert [contact.name for contact in found] == ["Zoe"] * sees_it
        query = ListQuery('name = "Zoe"')
        exported = list(read_fields(uow, "contact", ["company"], query))
    assert exported == [{"company": "Kryptonite" if sees_it else None}]


def test_a_contact_that_left_ones_sight_is_not_undone_either(make_kit):
    kit = make_kit(contacts_for_all=False)
    with kit.work(kit.max) as uow:
        draft = ContactDraft(name="Zoe", owner_id=kit.ann)
        contact = create_contact(uow, draft)
    with kit.work(kit.ann) as uow:
        edit_contact(uow, get_contact(uow, contact.id), {"city": "Lyon"})
        change_id = uow.change_id
    with kit.work(kit.max) as uow:
        edit_contact(uow, get_contact(uow, contact.id), {"owner_id": None})
    with kit.work(kit.ann) as uow, pytest.raises(NotFoundError):
        undo_change(uow, change_id)
