import json

import pytest

from crmkit.app import open_crm
from crmkit.core import LeadDraft, Settings, create_lead


def run(database, *arguments, **options):
    done = database("currencies", *arguments, **options)
    assert done.exit_code == 0, done.output
    return done.output


def rates(database, code):
    found = json.loads(run(database, "rates", code, "--json"))["items"]
    return {rate["day"]: rate["rate"] for rate in found}


def test_a_currency_is_set_up_and_gets_rates(database):
    assert run(database, "add", "usd") == "USD is set up.\n"
    said = run(database, "set", "USD", "0.92", "--day", "2026-11-20")
    assert said == "1 USD is 0.92 EUR from 2026-11-20 on.\n"
    run(database, "set", "USD", "0.93", "--day", "2026-11-21")
    assert rates(database, "USD") == {"2026-11-20": "0.92", "2026-11-21": "0.93"}
    run(database, "unset", "USD", "2026-11-20")
    assert rates(database, "USD") == {"2026-11-21": "0.93"}
    listed = json.loads(run(database, "list", "--json"))["items"]
    assert [(row["code"], row["state"]) for row in listed] == [
        ("EUR", "base"),
        ("USD", ""),
    ]
    run(database, "archive", "USD")
    assert "archived" in run(database, "list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ZZZ"), "“ZZZ” is no currency; write its three letters, like EUR."),
        (("set", "CHF", "1"), "There is no currency CHF here."),
        (("set", "EUR", "1"), "EUR is the base currency: its rate is always 1"),
        (("set", "USD", "0"), "0 is no exchange rate"),
        (("set", "USD", "much"), "The value rate cannot be"),
        (("set", "USD", "1", "--day", "soon"), "The value day cannot be"),
        (("unset", "USD", "2026-11-20"), "There is no rate USD 2026-11-20 here."),
        (("rates", "CHF"), "There is no currency CHF here."),
    ],
)
def test_what_cannot_be_gets_one_sentence(database, arguments, said):
    run(database, "add", "USD")
    done = database("currencies", *arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.output


def test_a_file_of_rates_is_tried_and_entered(database, tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text("Date,USD,CHF\n2026-11-20,1.25,0.8\n2026-11-21,1,N/A\n")
    crm = open_crm(Settings(database_url=f"sqlite:///{tmp_path}/crmkit.db"), find=tuple)
    with crm.work() as uow:
        create_lead(uow, LeadDraft(name="Pump", currency="USD"))
    crm.close()
    said = run(database, "import", str(file), "--dry-run")
    assert "2 new, 0 changed, 0 known (nothing was written)" in said
    assert "Left out, as no lead is in them: CHF; --add sets them up." in said
    assert "USD" not in run(database, "list")
    told = json.loads(run(database, "import", str(file), "--add", "--json"))
    assert told == {
        "added": 3,
        "changed": 0,
        "same": 0,
        "currencies_added": ["CHF", "USD"],
        "left_out": [],
    }
    assert rates(database, "USD") == {"2026-11-20": "0.8", "2026-11-21": "1"}
    run(database, "refresh")


def test_a_file_with_a_wrong_line_enters_nothing(database):
    rows = "2026-11-20;USD;0.92\n2026-11-21;USD;0\n2026-11-22;ZZZ;1\n"
    done = database("currencies", "import", "-", "--add", stdin=rows)
    assert done.exit_code == 1
    first, second, last = done.stderr.splitlines()
    assert first.startswith("Line 2: 0 is no exchange rate")
    assert second.startswith("Line 3: “ZZZ” is no currency")
    assert last == "Nothing was entered."
    assert "USD" not in run(database, "list")
