"""Search across everything: what is found, in which order, where the words stand."""

import pytest

from crmkit.core import (
    ActivityDraft,
    ContactDraft,
    HitKind,
    create_contact,
    delete_contact,
    find_records,
    get_contact,
    get_lead,
    plan_activity,
    win_lead,
)
from crmkit.core.highlights import mark_words
from crmkit.core.search import terms_of
from crmkit.testing import statements


def find(kit, words, who=None, **asked):
    with kit.read(who or kit.ann) as uow:
        return find_records(uow, words, **asked).items


def plan(kit, lead, summary, who=None):
    with kit.work(who or kit.ann) as uow:
        draft = ActivityDraft(type="call", summary=summary, due_on=uow.today())
        return plan_activity(uow, get_lead(uow, lead.id), draft).id


@pytest.fixture
def hydrolis(kit):
    """A company, its person, a lead and a call, all of Ann's."""
    with kit.work(kit.ann) as uow:
        firm = create_contact(uow, ContactDraft(name="Hydrolis", kind="company"))
        draft = ContactDraft(name="Zoë Aubry", company_id=firm.id, phone="01 45 87 65")
        person = create_contact(uow, draft)
    lead = kit.lead("Pump station", owner_id=kit.ann, company_name="Hydrolis")
    return lead.id, firm.id, person.id, plan(kit, lead, "Call Hydrolis back")


def test_leads_contacts_and_activities_are_found_together(kit, hydrolis):
    lead, firm, _, call = hydrolis
    hits = {(hit.kind, hit.id): hit for hit in find(kit, "hydr")}
    assert set(hits) == {("lead", lead), ("contact", firm), ("activity", call)}
    assert hits["lead", lead].line == "Hydrolis"
    assert (hits["lead", lead].state, hits["contact", firm].state) == (
        "open",
        "company",
    )
    done = hits["activity", call]
    assert (done.title, done.line, done.lead_id, done.state) == (
        "Call Hydrolis back",
        "Pump station",
        lead,
        "today",
    )
    assert done.marks == {"title": ((5, 9),), "line": ()}


def test_one_kind_may_be_asked_for(kit, hydrolis):
    hits = find(kit, "hydrolis", kinds=[HitKind.ACTIVITY])
    assert [hit.id for hit in hits] == [hydrolis[3]]


def test_a_line_shows_what_the_words_found(kit, hydrolis):
    (hit,) = find(kit, "014587")
    assert (hit.id, hit.line) == (hydrolis[2], "Hydrolis · 01 45 87 65")
    kit.lead("Valve", owner_id=kit.ann, email="sam@valves.example", city="Lyon")
    (hit,) = find(kit, "valves.example")
    assert (hit.title, hit.line) == ("Valve", "sam@valves.example")
    assert hit.marks["line"] == ((4, 10), (11, 18))


def test_the_best_come_first(kit):
    names = {"owner_id": kit.ann}
    beside = kit.lead("Other", company_name="Pump works", **names)
    begun = kit.lead("Pumping", **names)
    inside = kit.lead("A pump", **names)
    whole = kit.lead("Pump station", **names)
    won = kit.lead("Pump house", **names)
    with kit.work(kit.ann) as uow:
        win_lead(uow, get_lead(uow, won.id))
    ids = [hit.id for hit in find(kit, "pump")]
    assert ids == [whole.id, won.id, begun.id, inside.id, beside.id]
    found = find(kit, "pump", limit=2)
    assert [hit.id for hit in found] == ids[:2]
    with kit.read(kit.ann) as uow:
        assert find_records(uow, "pump", limit=2).has_more
        assert not find_records(uow, "pump", limit=5).has_more


def test_nobody_finds_what_he_may_not_see(kit, hydrolis):
    _, firm, person, _ = hydrolis
    plan(kit, kit.lead("Oslo plant", owner_id=kit.oli), "Hydrolis", kit.oli)
    assert len(find(kit, "hydrolis")) == 3
    # Contacts that nobody keeps to himself are everybody's, by setting.
    assert [hit.kind for hit in find(kit, "hydrolis", kit.bob)] == ["contact"]
    with kit.work(kit.ann) as uow:
        delete_contact(uow, get_contact(uow, firm))
    assert {hit.kind for hit in find(kit, "hydrolis")} == {"lead", "activity"}
    (hit,) = find(kit, "aubry")
    assert (hit.id, hit.line) == (person, "01 45 87 65")


def test_a_search_is_a_statement_for_each_kind_and_one_for_companies(kit, hydrolis):
    assert hydrolis
    with kit.read(kit.ann) as uow:
        uow.session.connection()
        with statements(kit.crm) as sent:
            find_records(uow, "aubry")
    assert len(sent) == 4


@pytest.mark.parametrize("words", ["", "   ", "…", "-"])
def test_a_text_without_a_word_finds_nothing(kit, words):
    kit.lead("Pump", owner_id=kit.ann)
    assert find(kit, words) == ()


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Pump station", "STAT pu", ["Pu", "stat"]),
        ("Kläranlage Süd", "klaran sud", ["Kläran", "Süd"]),
        ("Zoe\u0308 Łukasz", "zoe", ["Zoe\u0308"]),
        ("Straße 5", "strass", ["Straß"]),
        ("O'Brien-Nolan", "brien nol", ["Brien", "Nol"]),
        ("東京都", "京", ["京"]),
        ("🚀launch", "launch 🚀", ["🚀", "launch"]),
        ("01 45 87", "0145", []),
        ("Kläranlage", "anlage", []),
        ("", "pump", []),
    ],
)
def test_words_are_marked_where_they_stand_as_they_were_typed(text, words, marked):
    places = mark_words(text, terms_of(words))
    assert [text[first:last] for first, last in places] == marked
