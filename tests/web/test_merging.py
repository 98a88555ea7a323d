"""Merging through the API, and where a merged lead leads."""

import pytest


@pytest.fixture
def pair(door):
    first = door.lead("First", email="a@example.org")
    second = door.lead("Second", phone="0612345678", city="Pau")
    return first["id"], second["id"]


def _expect_back(script, pair, before):
    changing = {"version", "updated_at"}
    for number, record in zip(pair, before, strict=True):
        now = script.get(f"/leads/{number}").json()
        assert {k: v for k, v in now.items() if k not in changing} == {
            k: v for k, v in record.items() if k not in changing
        }


def test_a_script_previews_a_merge_makes_it_and_takes_it_back(door, pair):
    first, second = pair
    script = door.script("eve")
    before = [script.get(f"/leads/{number}").json() for number in pair]
    values = {"name": "Both", "address": {"zip": "64000"}}
    asked = {"ids": pair, "values": values, "owner_id": door.kit.bob}
    foretold = script.post("/leads/merge", {**asked, "dry_run": True})
    assert foretold.status_code == 200, foretold.text
    assert foretold.json()["merge_id"] is None
    assert script.get(f"/leads/{second}").status_code == 200
    merged = script.post("/leads/merge", asked).json()
    lead = merged["lead"]
    assert (lead["id"], lead["name"], lead["owner_id"]) == (first, "Both", door.kit.bob)
    assert (lead["phone"], lead["address"]["city"]) == ("0612345678", "Pau")
    assert lead["address"]["zip"] == "64000"
    names = {one["name"]: one["lead_id"] for one in merged["fields"]}
    assert (names["phone"], merged["excluded"]) == (second, [])
    gone = script.get(f"/leads/{second}")
    assert (gone.status_code, gone.json()["merged_into_id"]) == (404, first)
    back = script.post("/leads/unmerge", {"merge_id": merged["merge_id"]})
    assert back.status_code == 200, back.text
    assert (back.json()["kept"], [one["id"] for one in back.json()["leads"]]) == (
        [],
        [second],
    )
    again = script.post("/leads/unmerge", {"merge_id": merged["merge_id"]})
    assert again.status_code == 409
    _expect_back(script, pair, before)


def test_the_page_of_a_merged_lead_is_that_of_its_master(door, pair):
    first, second = pair
    door.script("eve").post("/leads/merge", {"ids": pair})
    answer = door.person("eve").get(f"/leads/{second}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/leads/{first}"


def test_hidden_and_too_few_leads_are_refused(door, pair):
    assert door.script("oli").post("/leads/merge", {"ids": pair}).status_code == 404
    twice = {"ids": [pair[0], pair[0]]}
    assert door.script("eve").post("/leads/merge", twice).status_code == 422
    assert (
        door.script("eve").post("/leads/unmerge", {"merge_id": 99}).status_code == 404
    )


def test_leads_stand_side_by_side_and_the_chosen_values_stay(door, pair):
    first, second = pair
    person = door.person("eve")
    text = person.get(f"/leads/merge?ids={second},{first}").text
    assert f'name="pick-phone" value="{second}" checked' in text
    assert f'name="pick-name" value="{first}" checked' in text
    form = {"ids": f"{first},{second}", "master_id": second, "pick-name": first}
    answer = person("POST", "/leads/merge", data={**form, "pick-email": second})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{second}")
    lead = door.script("eve").get(f"/leads/{second}").json()
    assert (lead["name"], lead["email"], lead["phone"]) == ("First", None, "0612345678")


def test_the_page_of_leads_one_may_not_see_is_not_there(door, pair):
    ids = f"{pair[0]},{pair[1]}"
    assert door.person("oli").get(f"/leads/merge?ids={ids}").status_code == 404
    answer = door.person("oli")("POST", "/leads/merge", data={"ids": ids})
    assert answer.status_code == 404
