"""Lists: filters against a plain check in Python, sorting, keyset paging, sums."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import (
    ContactDraft,
    CrmError,
    ListQuery,
    PastLeadDraft,
    UnknownFieldError,
    create_contacts,
    create_leads,
    fields_of,
    fold,
    get_leads,
    list_contacts,
    list_leads,
    sum_leads,
    tags_of,
)
from crmkit.core.listing import SortError, sort_of
from crmkit.core.paging import CursorError

TODAY = date(2026, 11, 24)


def varied(uow):
    """Twelve leads that differ in everything that the filters below ask for."""
    names = ["Pump", "pump station", "Été", "ete", "100% sure", "under_score"]
    return create_leads(
        uow,
        [
            PastLeadDraft(
                name=f"{names[n % 6]} {n}" if n % 2 else names[n % 6],
                company_name=[None, "Hydrolis", "AQUA"][n % 3],
                country=[None, "FR", "DE", "FR"][n % 4],
                expected_revenue=Decimal(n * 1000) / 8,
                probability=[None, Decimal("33.3"), Decimal(75)][n % 3],
                priority=n % 4,
                expected_close=[None, TODAY, TODAY + timedelta(days=n)][n % 3],
                team_id=[None, 1, 2][n % 3],
                owner_id=[None, 1, 2, 4][n % 4],
                tags=[(), ("Water",), ("Water", "Key account")][n % 3],
                source=[None, "Fair"][n % 2],
                stage_id=[1, 2][n % 2],
                status=["open", "lost"][n == 7],
                currency=["EUR", "USD"][n % 5 == 4],
                created_at=uow.now() - timedelta(days=n % 5),
            )
            for n in range(12)
        ],
    )


A_WEEK_ON = TODAY + timedelta(days=7)
CHECKS = {
    "probability >= 50": lambda x, _: x.probability >= 50,
    "expected_revenue > 300 and priority < 3": lambda x, _: (
        x.expected_revenue > 300 and x.priority < 3
    ),
    "expected_revenue = 125": lambda x, _: x.expected_revenue == 125,
    'country = "FR"': lambda x, _: x.country == "FR",
    "country = DE": lambda x, _: x.country == "DE",
    'country != "FR"': lambda x, _: x.country != "FR",
    'not country = "FR"': lambda x, _: x.country != "FR",
    "country is empty": lambda x, _: x.country is None,
    "country is not empty": lambda x, _: x.country is not None,
    "country in (FR, DE)": lambda x, _: x.country in {"FR", "DE"},
    "country not in (FR)": lambda x, _: x.country != "FR",
    'name = "PUMP STATION 1"': lambda x, _: fold(x.name) == "pump station 1",
    'name == "Pump"': lambda x, _: x.name == "Pump",
    "name contains ete": lambda x, _: "ete" in fold(x.name),
    'name contains "%"': lambda x, _: "%" in x.name,
    'name contains "r_s"': lambda x, _: "r_s" in x.name,
    "owner = me": lambda x, _: x.owner_id == 1,
    "owner != me": lambda x, _: x.owner_id != 1,
    "owner = ann": lambda x, _: x.owner_id == 1,
    'owner contains "o"': lambda x, _: x.owner_id in {2, 4},
    "team = my teams": lambda x, _: x.team_id == 1,
    "team is empty": lambda x, _: x.team_id is None,
    "stage = proposal": lambda x, _: x.stage_id == 2,
    "source = fair": lambda x, _: x.source_id is not None,
    "tags = water": lambda _, tags: "Water" in tags,
    "tags != water": lambda _, tags: "Water" not in tags,
    'tags = "key account" and tags = water': lambda _, tags: len(tags) == 2,
    "tags is empty": lambda _, tags: not tags,
    "status = lost or priority = 3": lambda x, _: x.status == "lost" or x.priority == 3,
    "not (status = lost or priority = 3)": lambda x, _: (
        x.status != "lost" and x.priority != 3
    ),
    "expected_close = today": lambda x, _: x.expected_close == TODAY,
    "expected_close <= today + 7 days": lambda x, _: (
        x.expected_close is not None and x.expected_close <= A_WEEK_ON
    ),
    "expected_close > 2026-11-24": lambda x, _: (
        x.expected_close is not None and x.expected_close > TODAY
    ),
    "created_at < today - 2 days": lambda x, _: (
        x.created_at.date() < TODAY - timedelta(days=2)
    ),
    "created_at = today": lambda x, _: x.created_at.date() == TODAY,
    "created_at > today - 1": lambda x, _: x.created_at.date() == TODAY,
    "weighted_revenue >= 100": lambda x, _: x.weighted_revenue >= 100,
    "base_revenue is empty": lambda x, _: x.currency == "USD",
    "company_name = hydrolis": lambda x, _: x.company_name == "Hydrolis",
    "company_name contains aqua": lambda x, _: x.company_name == "AQUA",
}
"""Filters and what each means, of a lead and its tags, for Ann of Lyon."""


def found(uow, text):
    return {row.id for row in list_leads(uow, ListQuery(filter=text, limit=100)).rows}


def test_a_filter_finds_what_a_plain_check_finds(kit):
    with kit.work(kit.lea) as uow:
        leads = varied(uow)
        tags = {lead.id: set(tags_of(uow, lead.id)) for lead in leads}
    with kit.read(kit.ann) as uow:
        seen = get_leads(uow, [lead.id for lead in leads])
        wrong = {}
        for text, check in CHECKS.items():
            expected = {lead.id for lead in seen if check(lead, tags[lead.id])}
            if found(uow, text) != expected:
                wrong[text] = found(uow, text) ^ expected
        assert wrong == {}


def test_each_filter_and_its_opposite_find_every_lead_once(kit):
    with kit.work(kit.lea) as uow:
        every = {lead.id for lead in varied(uow)}
        for text in CHECKS:
            one, other = found(uow, text), found(uow, f"not ({text})")
            assert (one | other, one & other) == (every, set()), text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("probability >= and", "stops making sense at character 16: “and”"),
        ("probability", "ends too early.* character 12"),
        ("probability >= 50 )", "stops making sense at character 19"),
        ("probability >= 50 and", "ends too early"),
        ("probability ~ 50", "stops making sense at character 13: “~ 50”"),
        ("expected_close = 2026-02-30", "no day 2026-02-30 .character 18"),
        ("probability = high", "“probability” cannot be compared like this"),
        ("owner > me", "“owner” cannot be compared like this .character 1"),
        ("status = gone", "“status” is one of open, won, lost .character 1"),
        ("colour = red", "There is no field “colour”"),
        ("probability > 1e400", "stops making sense"),
        ("probability > 9999999999999999999", "cannot be compared like this"),
        ("expected_close > today + 99999999 days", "cannot be compared like this"),
        ("owner = 1.5", "cannot be compared like this"),
        ('name = "\x00"', "."),
        ("(" * 9 + "id = 1" + ")" * 9, "too long"),
        (" and ".join(["id = 1"] * 65), "too long"),
        ("id in ({})".format(",".join(["1"] * 501)), "too long"),
        ("id in ()", "stops making sense"),
        ('name contains "x', "stops making sense"),
        ("tags > 1", "cannot be compared like this"),
        ("next_activity_at contains 1", "cannot be compared like this"),
        ("created_at = yesterday", "cannot be compared like this"),
        ("id = me", "cannot be compared like this"),
        ("country contains 3", "cannot be compared like this"),
        ("expected_revenue contains 3", "cannot be compared like this"),
        ("priority = 1.5", "."),
        ("id = 1 is empty", "stops making sense"),
    ],
)
def test_a_filter_that_makes_no_sense_says_where(kit, text, sentence):
    with kit.read(kit.ann) as uow, pytest.raises(CrmError, match=sentence):
        list_leads(uow, ListQuery(filter=text))


@given(
    text=st.text(st.sampled_from('abcdefg"=<>!()., \\-0123456789\n%\u00e9\x00'))
    | st.lists(
        st.sampled_from(
            "id name owner tags created_at = != in not and or ( ) , is empty contains "
            'me my teams today - + 7 days 2026-11-24 "x" 3.5 stage probability'.split()
        )
    ).map(" ".join)
)
def test_any_text_ends_in_a_list_or_in_one_sentence(kit, text):
    with kit.read(kit.ann) as uow:
        try:
            list_leads(uow, ListQuery(filter=text))
        except CrmError as error:
            sentence = str(error)
        else:
            sentence = "."
    assert sentence.endswith((".", ")", "”", "?"))


def sortable(uow, entity):
    def is_sortable(name):
        try:
            sort_of(uow, entity, name)
        except UnknownFieldError:
            return False
        return True

    return [name for name in fields_of(uow, entity) if is_sortable(name)]


def paged(ask, sort):
    """All rows, three at a time."""
    rows, cursor = [], None
    while True:
        page = ask(ListQuery(sort=sort, limit=3, cursor=cursor))
        rows += page.rows
        cursor = page.next_cursor
        assert len(page.rows) == 3 or cursor is None
        if cursor is None:
            return rows


@pytest.mark.parametrize("sign", ["", "-"])
def test_paging_gives_each_lead_once_in_each_order_empty_values_last(kit, sign):
    with kit.work(kit.lea) as uow:
        leads = {lead.id: lead for lead in varied(uow)}
        stages = {1: 10, 2: 20}
        for name in sortable(uow, "lead"):
            rows = paged(lambda query: list_leads(uow, query), sign + name)
            assert sorted(row.id for row in rows) == sorted(leads), name
            attribute = {"stage": "stage_id", "name": "name_folded"}.get(name, name)
            values = [getattr(leads[row.id], attribute) for row in rows]
            if name == "stage":
                values = [stages[value] for value in values]
            filled = [value for value in values if value is not None]
            assert values == filled + [None] * (len(values) - len(filled)), name
            if not isinstance(filled[0] if filled else "", str):
                assert filled == sorted(filled, reverse=sign == "-"), name


def test_equal_values_come_in_the_order_of_their_numbers(kit):
    with kit.work() as uow:
        ids = [lead.id for lead in varied(uow)]
        up = [row.id for row in paged(lambda q: list_leads(uow, q), "kind")]
        down = [row.id for row in paged(lambda q: list_leads(uow, q), "-kind")]
    assert (up, down) == (ids, ids[::-1])


@pytest.mark.parametrize("sign", ["", "-"])
def test_paging_gives_each_contact_once_in_each_order(kit, sign):
    with kit.work() as uow:
        contacts = create_contacts(
            uow,
            [
                ContactDraft(name=f"Contact {n % 4}", city=["Lyon", None][n % 2])
                for n in range(8)
            ],
        )
        for name in sortable(uow, "contact"):
            rows = paged(lambda query: list_contacts(uow, query), sign + name)
            assert sorted(r.id for r in rows) == [c.id for c in contacts], name


def test_a_row_that_came_between_two_pages_repeats_and_hides_none(kit):
    with kit.work(kit.lea) as uow:
        before = {lead.id for lead in varied(uow)}
        first = list_leads(uow, ListQuery(sort="name", limit=5))
    kit.lead("Aaa, in front of all")
    with kit.read(kit.lea) as uow:
        query = ListQuery(sort="name", limit=50, cursor=first.next_cursor)
        rest = list_leads(uow, query)
    assert [*(r.id for r in first.rows), *(r.id for r in rest.rows)] == sorted(
        before, key=[*(r.id for r in first.rows), *(r.id for r in rest.rows)].index
    )


@pytest.mark.parametrize("cursor", ["x", "", "W10", "bnVsbA", "é", "A" * 9999])
def test_a_cursor_that_no_list_made_is_refused(kit, cursor):
    with kit.read() as uow:
        if not cursor:
            assert list_leads(uow, ListQuery(cursor=cursor)).rows == ()
            return
        with pytest.raises(CursorError, match="belongs to another list"):
            list_leads(uow, ListQuery(cursor=cursor))


def test_a_cursor_of_another_order_is_refused(kit):
    with kit.work() as uow:
        varied(uow)
        page = list_leads(uow, ListQuery(sort="name", limit=2))
        with pytest.raises(CursorError):
            list_leads(uow, ListQuery(sort="-name", cursor=page.next_cursor))


@pytest.mark.parametrize("sort", ["nothing", "tags", "--name", "", "owner", "name,"])
def test_what_is_no_order_is_refused(kit, sort):
    with kit.read() as uow, pytest.raises(UnknownFieldError):
        list_leads(uow, ListQuery(sort=sort))


@pytest.mark.parametrize(
    "sort",
    [
        "priority,name",
        "-priority,expected_close,-expected_revenue",
        "expected_close,-probability",
        "stage,-expected_close,country,name",
    ],
)
def test_a_list_is_in_the_order_of_several_fields_on_every_page(kit, sort):
    with kit.work(kit.lea) as uow:
        varied(uow)
        whole = list_leads(uow, ListQuery(sort=sort, limit=50))
        paged, cursor = list[int](), None
        while not paged or cursor:
            page = list_leads(uow, ListQuery(sort=sort, limit=2, cursor=cursor))
            paged += [row.id for row in page.rows]
            cursor = page.next_cursor
        assert paged == [row.id for row in whole.rows]
        ids = {row.id: row for row in whole.rows}
        leads = get_leads(uow, list(ids))
        expected = sorted(leads, key=lambda lead: _place(sort, lead, ids[lead.id]))
    assert paged == [lead.id for lead in expected]


def _place(sort, lead, row):
    """What Python sorts a lead by: empty values last, in either direction."""
    place = []
    for name in sort.split(","):
        plain, sign = name.removeprefix("-"), -1 if name.startswith("-") else 1
        if plain == "stage":
            value = row.stage_probability
        else:
            value = getattr(lead, "name_folded" if plain == "name" else plain)
        if isinstance(value, date):
            value = value.toordinal()
        number = value if isinstance(value, str) or value is None else sign * value
        place.append((value is None, number if value is not None else 0))
    return (*place, lead.id if not sort.startswith("-") else -lead.id)


@pytest.mark.parametrize("sort", ["name,-name", "name,city,zip,phone,country"])
def test_an_order_of_too_many_fields_or_one_twice_is_refused(kit, sort):
    with kit.read() as uow, pytest.raises(SortError, match="at most 4 fields"):
        list_leads(uow, ListQuery(sort=sort))


def test_sums_are_of_the_whole_filter_not_of_the_page(kit):
    with kit.work(kit.lea) as uow:
        leads = varied(uow)
        total = sum_leads(uow, ListQuery(filter="currency = EUR", limit=1))
    euros = [lead for lead in leads if lead.currency == "EUR"]
    assert total.count == len(euros)
    assert total.sum.base == sum(lead.expected_revenue for lead in euros)
    assert total.weighted_sum.base == sum(lead.weighted_revenue for lead in euros)
    assert total.sum.missing_rates == ()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("pump", 1),
        ("hydrolis ete", 1),
        ("ÉTÉ", 1),
        ("ann@hydrolis", 1),
        ("pump ete", 0),
        ("%", 0),
        ("", 2),
    ],
)
def test_words_are_found_in_what_a_lead_is_called(kit, words, count):
    kit.lead("Pump")
    kit.lead("Été", company_name="Hydrolis", email="ann@hydrolis.example")
    with kit.read(kit.ann) as uow:
        assert len(list_leads(uow, ListQuery(words=words)).rows) == count
