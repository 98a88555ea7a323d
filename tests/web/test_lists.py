"""The list of leads as a page: columns, order and groups, all in its address."""

import re

import pytest

from crmkit.core import CustomFieldDraft, FieldType, add_field

from tests.web.doors import HTMX


@pytest.fixture(scope="module", autouse=True)
def leads(door):
    """Thirty leads in two stages, one field of our own."""
    with door.kit.work() as uow:
        draft = CustomFieldDraft(slug="seats", label="Seats", type=FieldType.WHOLE)
        add_field(uow, draft)
    for n in range(30):
        door.lead(
            f"Listed {n:02}",
            stage_id=door.kit.proposal if n % 3 else door.kit.new,
            expected_revenue=100 * n,
            email=f"sam{n}@example.org",
            priority=n % 2,
            source="Fair" if n % 2 else None,
            custom={"seats": 4000 + n} if n else {},
            expected_close="2026-12-01" if n % 2 else None,
        )


def texts(answer):
    """The texts of the cells, row by row."""
    rows = re.findall(r'<tr data-row="\d+">(.*?)</tr>', answer.text, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in row.split("</td>")][1:-1]
        for row in rows
    ]


def heads(answer):
    return re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([^<]+)', answer.text)


def look(door, **query):
    answer = door.person("eve").get("/leads", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_columns_are_any_fields_in_any_order(door):
    answer = look(door, columns="seats,name,email,source,gone", sort="name")
    assert heads(answer) == ["Seats", "Lead", "Mail", "Source"]
    assert texts(answer)[:2] == [
        ["", "Listed 00", "sam0@example.org", ""],
        ["4,001", "Listed 01", "sam1@example.org", "Fair"],
    ]


def test_columns_that_are_ticked_come_in_the_order_of_the_form(door):
    answer = look(door, column=["seats", "name"], sort="name")
    assert heads(answer) == ["Seats", "Lead"]
    assert "columns=seats%2Cname" in answer.text


def test_every_field_can_be_a_column_and_a_group_in_both_languages(door):
    catalogue = door.script("eve").get("/fields?entity=lead").json()["items"]
    names = [field["name"] for field in catalogue]
    offered = look(door).text.partition('id="group-menu"')[2]
    groups = re.findall(
        r'href="/leads\?group=([a-z_]+)"', offered.partition("</div>")[0]
    )
    for locale in ("fr", "en"):
        door.person("eve")("POST", "/profile", data={"locale": locale})
        assert len(heads(look(door, columns=",".join(names[:30])))) == 30
        assert {"stage", "owner", "seats", "source", "country"} <= set(groups)
        for name in [*groups, "expected_close:month"]:
            answer = look(door, group=name)
            assert "ck-grouprow" in answer.text, name
            assert "ck-note is-late" not in answer.text, name


def test_a_press_on_a_head_sorts_and_with_shift_adds_an_order(door):
    answer = look(door, sort="-priority,name", columns="name,priority,seats")
    names = [row[0] for row in texts(answer)]
    assert names[:2] == ["Listed 01", "Listed 03"]
    assert names[15:17] == ["Listed 00", "Listed 02"]
    links = re.findall(r'href="([^"]+)" data-sort-also="([^"]+)">(\w+)', answer.text)
    asked = {
        head: re.findall("sort=([^&]+)", f"{one} {also}") for one, also, head in links
    }
    assert asked == {
        "Lead": ["-name", "-priority%2C-name"],
        "Priority": ["priority", "priority%2Cname"],
        "Seats": ["-seats", "-priority%2Cname%2C-seats"],
    }


def test_groups_show_their_sums_and_their_own_rows_on_request(door):
    answer = look(door, group="stage", sort="name", filter="expected_revenue > 0")
    labels = re.findall(r'data-fold="[^>]*aria-label="(\w+)"', answer.text)
    assert labels == ["New", "Proposal"]
    assert [row[0] for row in texts(answer)][:9] == [
        f"Listed {n:02}" for n in range(3, 30, 3)
    ]
    eve = door.person("eve")
    asked = {"group": "priority", "in": "1", "n": 7, "sort": "-name"}
    rows = eve.get("/leads", params=asked, headers=HTMX)
    assert 'hx-target="#rows-7"' in rows.text
    assert [row[0] for row in texts(rows)] == [
        f"Listed {n:02}" for n in range(29, 0, -2)
    ]
    refused = eve.get("/leads", params=asked | {"in": "much"}, headers=HTMX)
    assert refused.status_code == 422


def test_a_group_with_many_rows_gives_more_of_them(door):
    asked = {"group": "currency", "sort": "name"}
    answer = look(door, **asked)
    assert len(texts(answer)) == 20
    (link,) = re.findall(r'hx-get="([^"]+)">Show more', answer.text)
    more = door.person("eve").get(link.replace("&amp;", "&"), headers=HTMX)
    assert [row[0] for row in texts(more)] == [f"Listed {n:02}" for n in range(20, 30)]
    assert 'hx-target="#more-0" hx-swap="delete"' in more.text


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "nothing"},
        {"sort": "name,name"},
        {"group": "tags"},
        {"group": "nothing"},
        {"filter": "name ="},
        {"filter": "nothing = 1"},
    ],
)
def test_what_cannot_be_shown_is_said_and_the_page_stays(door, query):
    answer = look(door, **query)
    assert 'role="alert"' in answer.text
    assert "Mine" in answer.text


def test_contacts_have_columns_an_order_a_filter_and_views_of_their_own(door):
    script, eve = door.script("eve"), door.person("eve")
    firm = script.post("/contacts", {"name": "Hydro", "kind": "company"}).json()
    for name, city in (("Zoe", "Lyon"), ("Ada", "Oslo"), ("Bea", None)):
        body = {"name": name, "company_id": firm["id"], "address": {"city": city}}
        script.post("/contacts", body)
    asked = {"columns": "name,city,company", "sort": "city,-name", "filter": "city"}
    wrong = eve.get("/contacts", params=asked)
    assert 'role="alert"' in wrong.text
    asked["filter"] = 'company = "Hydro"'
    page = eve.get("/contacts", params=asked)
    rows = re.findall(r'<tr data-row="\d+">(.*?)</tr>', page.text, re.DOTALL)
    cells = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in rows]
    assert [cell[1:] for cell in cells] == [
        ["Zoe", "Lyon", "Hydro"],
        ["Ada", "Oslo", "Hydro"],
        ["Bea", "Hydro"],
    ]
    assert "Company is Hydro" in page.text
    assert 'hx-get="/filters/contact' in page.text
    kept = eve.send("/views", name="Of Hydro", entity="contact", **asked)
    shown = eve.get(kept.headers["hx-redirect"]).text
    assert "Of Hydro" in shown
    assert "Zoe" in shown
    assert heads(page) == ["Name", "City", "Company"]
