"""Search: which words find what, on both databases alike, and who may find it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from crmkit.core import (
    ActivityDraft,
    ContactDraft,
    CrmError,
    LeadDraft,
    ListQuery,
    count_contacts,
    create_contact,
    create_leads,
    delete_lead,
    edit_contact,
    edit_lead,
    get_contact,
    get_deleted_lead,
    get_lead,
    index_records,
    list_contacts,
    list_leads,
    plan_activity,
    restore_lead,
    sum_leads,
    undo_change,
)
from crmkit.core.search import join_words, matches, reindex, terms_of
from crmkit.core.words import split_words
from crmkit.testing import statements

ZOE = {
    "name": "Kläranlage Süd",
    "company_name": "Hydrolis S.A.",
    "contact_name": "Zoë O'Brien-Łukasz",
    "email": "zoe.martin@mail.hydrolis.example",
    "phone": "01 45 87 65 23",
    "website": "https://www.pumps-for-more.example/about?x=1",
    "city": "東京都",
    "country": "FR",
}


def find(kit, words, who=None):
    with kit.read(who or kit.ann) as uow:
        page = list_leads(uow, ListQuery(words=words, sort="name", limit=200))
        total = sum_leads(uow, ListQuery(words=words))
        assert total.count == len(page.rows)
        return [card.name for card in page.rows]


@pytest.mark.parametrize(
    "words",
    [
        "klaranlage",
        "KLÄR",
        "sud klar",
        "hydrolis s a",
        "zoe brien",
        "o'brien",
        "zoe.martin@mail.hydrolis.example",
        "martin",
        "hydrolis.ex",
        "pumps-for-more.example",
        "0145876523",
        "01 45 87 65 23",
        "014 587 65",
        "+33145876523",
        "+33 1 45 87 65 23",
        "145876523",
        "65",
        "東京都",
        "京",
    ],
)
def test_a_lead_is_found_by(kit, words):
    kit.lead(**ZOE)
    kit.lead("Other")
    assert find(kit, words) == [ZOE["name"]]


@pytest.mark.parametrize(
    "words",
    [
        "anlage",
        "https",
        "www",
        "sud and",
        "sud OR nothing",
        "sud NOT zoe",
        "NEAR(sud zoe)",
        "8765",
        "!!!",
        "🚀",
        "a" * 500,
        "zoe zebra",
    ],
)
def test_a_lead_is_not_found_by(kit, words):
    kit.lead(**ZOE)
    assert find(kit, words) == []


@pytest.mark.parametrize(
    "words",
    ['"', "'", "*", "su*", "name:su", "su^2", "(su", "{su}", "su\\", "%", "su_d"],
)
def test_signs_of_a_query_language_are_only_signs(kit, words):
    kit.lead("Süd", company_name="name 2 d")
    assert find(kit, words) == (["Süd"] if "su" in words else [])


def test_an_emoji_is_a_word(kit):
    kit.lead("Launch🚀❤️")
    assert find(kit, "🚀") == find(kit, "laun ❤") == ["Launch🚀❤️"]


@pytest.mark.parametrize("words", ["pu\0mp", "pu\x1fmp", "\ud800"])
def test_what_no_text_holds_is_refused_with_a_sentence(kit, words):
    with kit.read(kit.ann) as uow, pytest.raises(CrmError, match="control character"):
        list_leads(uow, ListQuery(words=words))


def test_very_long_words_are_told_apart_by_their_first_64_letters(kit):
    kit.lead("x" * 200)
    assert find(kit, "x" * 64) == find(kit, "x" * 65 + "y") == ["x" * 200]
    assert find(kit, "x" * 63 + "y") == []


SIGNS = st.sampled_from(
    "aAbBéÉßİ\u0131ﬁ\u210c\U0001d6a8Σς東カガ서हिन्दीй🚀❤️0189٣½ -_.@+'\"*:()|&!^\\%~\n"
)
PHRASES = st.text(SIGNS | st.characters(exclude_categories=["Cs", "Cc"]), max_size=24)


@given(texts=st.lists(PHRASES, min_size=1, max_size=6), asked=PHRASES)
def test_both_databases_find_what_python_finds(twin_words, texts, asked):
    kept = {number: join_words([text]).split() for number, text in enumerate(texts, 1)}
    found = twin_words(texts, asked)
    terms = terms_of(asked)
    assert found == {
        number
        for number, words in kept.items()
        if terms
        and all(
            any(all(begins(words, word) for word in row) for row in term)
            for term in terms
        )
    }


def begins(words, word):
    return any(kept.startswith(word) for kept in words)


@pytest.fixture
def twin_words(kit):
    """Gives leads these texts and asks the index; the leads are the same each time."""
    with kit.work() as uow:
        leads = create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(6)])
    first = leads[0].id

    def ask(texts, asked):
        with kit.work() as uow:
            uow.session.execute(text("DELETE FROM lead_words"))
            index_records(
                uow, "lead", {first + n: [own] for n, own in enumerate(texts)}
            )
            query = matches(uow, "lead", asked)
            found = {number - first + 1 for number in uow.session.scalars(query)}
            uow.session.rollback()
        return found

    return ask


@given(PHRASES)
def test_words_hold_neither_blanks_nor_signs_of_a_query(phrase):
    for word in split_words(phrase):
        assert word
        assert word == word.lower()
        assert not set(word) & set(" \"'\\*:()&|!%_\0")
        assert split_words(word) == [word]


def test_an_edit_changes_what_a_lead_is_found_by(kit):
    lead = kit.lead("Pump")
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"city": "Lyon", "name": "Filter"})
        change_id = uow.change_id
    assert find(kit, "pump") == []
    assert find(kit, "filter lyon") == ["Filter"]
    with kit.work(kit.ann) as uow:
        undo_change(uow, change_id)
    assert find(kit, "pump") == ["Pump"]
    assert find(kit, "lyon") == []


def test_what_lies_in_the_bin_is_not_found(kit):
    lead = kit.lead("Pump")
    with kit.work(kit.ann) as uow:
        delete_lead(uow, get_lead(uow, lead.id))
    assert find(kit, "pump") == []
    with kit.work(kit.ann) as uow:
        restore_lead(uow, get_deleted_lead(uow, lead.id))
    assert find(kit, "pump") == ["Pump"]


def test_nobody_finds_what_he_may_not_see(kit):
    kit.lead("Pump of Bob", owner_id=kit.bob)
    assert find(kit, "pump", kit.ann) == []
    assert find(kit, "pump", kit.oli) == []
    assert find(kit, "pump", kit.tom) == find(kit, "pump", kit.eve) == ["Pump of Bob"]


def test_a_contact_is_found_as_it_is_now(kit):
    draft = ContactDraft(
        name="Zoë", industry="Wasserbau", vat="FR12 345", phone="0145876523"
    )
    with kit.work(kit.ann) as uow:
        contact_id = create_contact(uow, draft).id
    for words in ("zoe", "wasser", "fr12 345", "01 45 87"):
        assert count(kit, words) == 1, words
    with kit.work(kit.ann) as uow:
        edit_contact(uow, get_contact(uow, contact_id), {"industry": "Tiefbau"})
    assert (count(kit, "wasser"), count(kit, "tief")) == (0, 1)


def count(kit, words):
    with kit.read(kit.ann) as uow:
        found = count_contacts(uow, ListQuery(words=words))
        assert found == len(
            list_contacts(uow, ListQuery(words=words, sort="name")).rows
        )
        return found


def test_an_activity_is_found_by_its_summary(kit):
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        draft = ActivityDraft(summary="Ask for the offer", due_on=uow.today())
        activity = plan_activity(uow, get_lead(uow, lead.id), draft)
        assert list(uow.session.scalars(matches(uow, "activity", "offer"))) == [
            activity.id
        ]


def test_a_record_that_is_really_gone_takes_its_words_along(kit):
    lead = kit.lead("Pump")
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"name": "Filter"})
        uow.session.execute(text("DELETE FROM lead"))
        assert list(uow.session.scalars(matches(uow, "lead", "pump"))) == []
        assert list(uow.session.scalars(matches(uow, "lead", "filter"))) == []
        assert uow.session.scalar(text("SELECT count(*) FROM lead_words")) == 0


def test_five_hundred_leads_are_indexed_in_one_statement(kit):
    with statements(kit.crm) as sent, kit.work(kit.ann) as uow:
        create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(500)])
    assert len([s for s in sent if "lead_words" in s]) == 1


def test_words_are_made_anew_in_batches(kit):
    leads = [kit.lead(f"Pump {n}") for n in range(5)]
    with kit.work() as uow:
        uow.session.execute(text("DELETE FROM lead_words"))
    assert find(kit, "pump") == []
    ends: list[int | None] = [0]
    while ends[-1] is not None:
        with kit.work() as uow:
            ends.append(reindex(uow.session.connection(), "lead", ends[-1], 2))
    assert ends == [0, leads[1].id, leads[3].id, leads[4].id, None]
    assert len(find(kit, "pump")) == 5


@pytest.mark.parametrize("sort", ["name", "-created_at", "stage", "expected_close"])
def test_many_are_found_as_few_are(kit, monkeypatch, sort):
    with kit.work(kit.lea) as uow:
        create_leads(
            uow,
            [
                LeadDraft(name=f"Pump {n % 7}", city=["Lyon", "Oslo"][n % 2])
                for n in range(30)
            ],
        )

    def pages():
        query, found = ListQuery(words="pu lyo", sort=sort, limit=4), []
        with kit.read(kit.lea) as uow:
            while True:
                page = list_leads(uow, query)
                found += [card.id for card in page.rows]
                if page.next_cursor is None:
                    return found
                query = replace(query, cursor=page.next_cursor)

    few = pages()
    monkeypatch.setattr("crmkit.core.search.MANY", 3)
    assert pages() == few
    assert len(set(few)) == len(few) == 15
