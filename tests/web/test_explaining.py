"""GET /access/explain: reasons in words, to whom they are told."""

from tests.web.doors import fields_of_problem


def test_a_manager_gets_reasons_in_words_and_codes(door):
    kit, lead = door.kit, door.lead()
    path = f"/access/explain?user_id={kit.oli}&lead_id={lead['id']}"
    answer = door.script("max").get(path).json()
    assert answer["user"] == {"id": kit.oli, "name": "Oli", "role": "own"}
    assert answer["lead"] == {"id": lead["id"], "name": lead["name"]}
    assert answer["see"] == {
        "allowed": False,
        "reasons": [
            {
                "code": "is_owner",
                "holds": False,
                "text": "Oli does not own this lead.",
            },
            {
                "code": "unowned_in_his_team",
                "holds": False,
                "text": "It is no unowned lead of a team of Oli.",
            },
        ],
    }
    assert {answer[what]["allowed"] for what in ("edit", "delete", "assign")} == {False}


def test_others_ask_about_themselves_and_what_they_see(door):
    kit, lead = door.kit, door.lead()
    path = f"/access/explain?lead_id={lead['id']}&user_id="
    assert door.script("ann").get(f"{path}{kit.ann}").json()["see"]["allowed"]
    assert door.script("ann").get(f"{path}{kit.bob}").status_code == 403
    hidden = door.script("oli").get(f"{path}{kit.oli}")
    assert hidden.status_code == 404
    assert lead["name"] not in hidden.text


def test_both_ids_are_needed(door):
    refused = fields_of_problem(door.script("max").get("/access/explain"))
    assert set(refused) == {"user_id", "lead_id"}


def test_the_page_of_a_lead_says_who_may_see_it_and_why(door):
    lead = door.kit.lead(owner_id=door.kit.oli)
    here = f"/leads/{lead.id}/access"
    about_ann = door.person("max").get(f"{here}?user_id={door.kit.ann}")
    assert "May not see it" in about_ann.text
    assert "does not own this lead" in about_ann.text
    assert "May delete it" in door.person("oli").get(here).text
    refused = door.person("oli").get(f"{here}?user_id={door.kit.ann}")
    assert refused.status_code == 403


def test_a_lead_that_is_won_is_celebrated(door):
    lead = door.kit.lead()
    answer = door.person("eve").send(f"/leads/{lead.id}/win")
    assert "is-won" in answer.text
    assert "is-won" not in door.person("eve").send(f"/leads/{lead.id}/restore").text
