"""The settings of currencies, and what other pages say where a rate is missing."""

from __future__ import annotations

import pytest

from crmkit.core import CurrencyDraft, RateDraft, add_currency, get_currency, set_rate

HERE = "/settings/currencies"


@pytest.fixture
def eve(door):
    return door.person("eve")


def _set_up(door, code, rate=None):
    with door.kit.work() as uow:
        add_currency(uow, CurrencyDraft(code=code))
        if rate is not None:
            draft = RateDraft(day=uow.today(), rate=rate)
            set_rate(uow, get_currency(uow, code), draft)


def _rates(door, code):
    found = door.script("eve").get(f"/currencies/{code}/rates").json()["items"]
    return {rate["day"]: rate["rate"] for rate in found}


def _send(caller, path, **fields):
    """A form that the browser sends by itself."""
    return caller("POST", path, data=fields)


def test_a_currency_is_added_and_gets_a_rate(door, eve):
    assert "Euro" in eve.get(HERE).text
    answer = _send(eve, HERE, code="USD")
    assert answer.headers["location"] == f"{HERE}/USD"
    assert "US Dollar" in eve.get(f"{HERE}/USD").text
    sent = {"day": "2026-11-02", "rate": "0.9215"}
    assert _send(eve, f"{HERE}/USD/rates", **sent).status_code == 303
    assert _rates(door, "USD") == {"2026-11-02": "0.9215"}
    shown = eve.get(f"{HERE}/USD").text
    assert "0.9215" in shown
    assert "by hand · Eve" in shown
    _send(eve, f"{HERE}/USD/rates/2026-11-02/delete")
    assert _rates(door, "USD") == {}
    _send(eve, f"{HERE}/USD/archive")
    assert "archived" in eve.get(HERE).text
    assert _send(eve, HERE, code="USD").status_code == 303


def test_a_wrong_rate_comes_back_with_what_was_typed(door, eve):
    _set_up(door, "GBP")
    path = f"{HERE}/GBP/rates"
    answer = _send(eve, path, day="2026-11-02", rate="-7.25")
    assert answer.status_code == 422
    assert "-7.25 is no exchange rate" in answer.text
    assert 'value="-7.25"' in answer.text
    answer = _send(eve, path, day="soon", rate="much")
    assert "Write a number" in answer.text
    assert "Write a day" in answer.text
    assert _rates(door, "GBP") == {}


def test_a_rate_is_typed_the_way_the_language_writes_it(door, eve):
    _set_up(door, "CHF")
    eve.send("/profile", locale="fr")
    _send(eve, f"{HERE}/CHF/rates", day="2026-11-02", rate="1,0725")
    shown = eve.get(f"{HERE}/CHF").text
    eve.send("/profile", locale="en")
    assert _rates(door, "CHF") == {"2026-11-02": "1.0725"}
    assert "1,0725" in shown
    assert "franc suisse" in shown


def test_what_is_no_currency_is_not_added(eve):
    for code in ("", "ZZZ", "EURO"):
        answer = _send(eve, HERE, code=code)
        assert answer.status_code == 422
        assert 'id="code-error"' in answer.text


def test_a_file_is_looked_at_before_its_rates_are_entered(door, eve):
    content = b"day;currency;rate\n2026-11-02;NOK;0.085\n2026-11-03;NOK;0.086\n"
    options = {"files": {"file": content}, "data": {"add": "on"}}
    seen = eve("POST", f"{HERE}/file", **options)
    assert seen.status_code == 200
    assert "0.086" in seen.text
    assert door.script("eve").get("/currencies/NOK").status_code == 404
    text = "2026-11-02;NOK;0.085\n2026-11-03;NOK;0.086"
    assert text in seen.text
    assert _send(eve, f"{HERE}/rates", text=text, add="on").status_code == 303
    assert _rates(door, "NOK") == {"2026-11-03": "0.086", "2026-11-02": "0.085"}
    again = eve("POST", f"{HERE}/file", **options)
    assert "There is nothing to enter." in again.text


def test_a_wrong_file_gets_a_sentence_for_each_line(eve):
    files = {"file": b"2026-11-02;SEK;0\nsoon;SEK;1\n"}
    answer = eve("POST", f"{HERE}/file", files=files)
    assert answer.status_code == 422
    assert "Line 1: 0 is no exchange rate" in answer.text
    assert "Line 2: “soon” is no day" in answer.text
    assert "Nothing was entered." in answer.text
    nothing = eve("POST", f"{HERE}/file", data={"add": "on"})
    assert nothing.status_code == 422
    assert "There are no rates in this file" in nothing.text


def test_board_and_list_say_which_rate_is_missing_and_admins_where_to_enter_it(
    door, eve
):
    door.kit.lead(currency="CZK", expected_revenue=70, owner_id=None)
    said = "There is no exchange rate for CZK; sums show these amounts apart."
    for path in ("/pipeline", "/leads"):
        assert said in eve.get(path).text
        assert f'href="{HERE}"' in eve.get(path).text
        hers = door.person("lea").get(path).text
        assert said in hers
        assert f'href="{HERE}"' not in hers
    assert "There is no exchange rate for CZK" in eve.get(HERE).text
    _set_up(door, "CZK", "0.04")
    for path in ("/pipeline", "/leads", HERE):
        assert "There is no exchange rate for" not in eve.get(path).text


def test_a_lead_in_another_currency_shows_what_it_is_worth_in_base(door, eve):
    lead = door.lead(currency="PLN", expected_revenue="1000")
    path = f"/leads/{lead['id']}"
    assert "no exchange rate for PLN" in eve.get(path).text
    _set_up(door, "PLN", "0.235")
    assert "€235 in EUR" in eve.get(path).text
    plain = door.lead(expected_revenue="1000")
    assert "in EUR" not in eve.get(f"/leads/{plain['id']}").text


def test_forms_offer_the_currencies_that_were_set_up(door, eve):
    assert "<option>DKK" not in eve.get("/leads/new").text
    _set_up(door, "DKK")
    assert "<option>DKK" in eve.get("/leads/new").text
    assert "<option selected>EUR" in eve.get("/leads/new").text
