"""Currencies and exchange rates through the API."""

from __future__ import annotations

import pytest

from tests.web.doors import fields_of_problem


@pytest.fixture
def eve(door):
    return door.script("eve")


def _send(caller, text, **fields):
    return caller(
        "POST", "/currencies/rates", files={"file": text.encode()}, data=fields
    )


def test_currencies_are_set_up_archived_and_come_back(eve):
    assert eve.get("/currencies").json()["items"] == [
        {
            "code": "EUR",
            "version": None,
            "name": "Euro",
            "digits": 2,
            "is_base": True,
            "archived_at": None,
            "rate": "1",
            "rate_day": None,
        }
    ]
    created = eve.post("/currencies", {"code": "JPY"})
    assert created.status_code == 201, created.text
    assert created.json()["name"] == "Japanese Yen"
    assert "code" in fields_of_problem(eve.post("/currencies", {"code": "JPY"}))
    assert "code" in fields_of_problem(eve.post("/currencies", {"code": "euro"}))
    assert "currency" in fields_of_problem(eve.post("/currencies", {"code": "ZZZ"}))
    assert eve.patch("/currencies/JPY", {"is_archived": True}).json()["archived_at"]
    assert not eve.patch("/currencies/JPY", {"is_archived": False}).json()[
        "archived_at"
    ]
    assert eve.delete("/currencies/JPY").status_code == 204
    assert eve.get("/currencies/JPY").json()["archived_at"]
    assert eve.delete("/currencies/EUR").status_code == 409
    assert eve.get("/currencies/SEK").status_code == 404


def test_a_rate_is_entered_changed_listed_and_deleted(door, eve):
    eve.post("/currencies", {"code": "USD"})
    lead = door.lead(currency="USD", expected_revenue="100")
    path = "/currencies/USD/rates"
    for day, rate in (
        ("2026-11-01", "0.9"),
        ("2026-11-02", "0.5"),
        ("2026-11-02", "2"),
    ):
        answer = eve.post(path, {"day": day, "rate": rate})
        assert answer.status_code == 201, answer.text
    assert (answer.json()["rate"], answer.json()["source"]) == ("2", "hand")
    assert eve.get(f"/leads/{lead['id']}").json()["base_revenue"] == "200"
    page = eve.get(path, params={"limit": 1}).json()
    assert (page["items"][0]["day"], page["has_more"]) == ("2026-11-02", True)
    rest = eve.get(path, params={"cursor": page["next_cursor"]}).json()
    assert [rate["day"] for rate in rest["items"]] == ["2026-11-01"]
    assert eve.delete(f"{path}/2026-11-02").status_code == 204
    assert eve.get(f"/leads/{lead['id']}").json()["base_revenue"] == "90"
    assert eve.delete(f"{path}/2026-11-02").status_code == 404
    assert eve.get("/currencies/EUR/rates").json()["items"] == []
    assert eve.get("/currencies/SEK/rates").status_code == 404


@pytest.mark.parametrize(
    "rate", ["0", "-1", "NaN", "Infinity", "1e99", "much", None, ""]
)
def test_an_absurd_rate_is_refused_with_a_sentence(eve, rate):
    eve.post("/currencies", {"code": "GBP"})
    sent = {"day": "2026-11-01", "rate": rate}
    assert "rate" in fields_of_problem(eve.post("/currencies/GBP/rates", sent))


def test_a_file_enters_all_its_rates_or_none(eve):
    wrong = "2026-11-01;NOK;0.09\n2026-11-02;NOK;0\nsoon;NOK;1\n"
    answer = _send(eve, wrong, add="true")
    said = fields_of_problem(answer)
    assert set(said) == {"line 2", "line 3"}
    assert eve.get("/currencies/NOK").status_code == 404
    right = "2026-11-01;NOK;0.09\n2026-11-02;NOK;0.08\n"
    assert _send(eve, right).json()["left_out"] == ["NOK"]
    dry = _send(eve, right, add="true", dry_run="true").json()
    assert (dry["added"], dry["currencies_added"]) == (2, ["NOK"])
    assert eve.get("/currencies/NOK").status_code == 404
    assert _send(eve, right, add="true").json()["added"] == 2
    assert eve.get("/currencies/NOK").json()["rate"] == "0.08"
    assert "file" in fields_of_problem(_send(eve, "hello"))


def test_names_come_in_the_language_of_who_asks(door, eve):
    eve.post("/currencies", {"code": "CHF"})
    door.person("lea").send("/profile", locale="fr")
    items = door.script("lea").get("/currencies").json()["items"]
    names = {item["code"]: item["name"] for item in items}
    assert names["CHF"] == "franc suisse"
