import pytest

from tests.web.doors import HTMX, fields_of_problem


@pytest.fixture
def admin(door):
    """Eve in a browser; what she changed is as it was before when the test is over."""
    yield door.person("eve")
    with door.kit.read() as uow:
        changed = uow.settings.model_dump(exclude_defaults=True)
    reset = dict.fromkeys(set(changed) & {"company", "bin_days", "time_zone", "locale"})
    door.script("eve").patch("/settings", reset)


def test_a_script_reads_and_changes_settings(door, admin):
    script = door.script("eve")
    answer = script.patch("/settings", {"company": "Hydrolis", "bin_days": 30})
    items = {one["name"]: one for one in answer.json()["items"]}
    assert answer.status_code == 200
    assert (items["company"]["value"], items["company"]["origin"]) == (
        "Hydrolis",
        "database",
    )
    assert script.get("/settings").json() == answer.json()
    assert "Hydrolis" in admin.get("/pipeline").text
    script.patch("/settings", {"company": None})
    assert "Hydrolis" not in admin.get("/pipeline").text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"bin_days": "many"}, "bin_days", "Write a whole number."),
        ({"bin_days": 0}, "bin_days", "At least 1."),
        ({"time_zone": "Mars"}, "time_zone", "“Mars” is no time zone"),
        ({"compny": "x"}, "compny", "did you mean “company”?"),
    ],
)
def test_what_cannot_be_is_a_sentence_for_each_field(door, changes, field, said):
    answer = door.script("eve").patch("/settings", {"company": "Other", **changes})
    assert said in fields_of_problem(answer)[field]
    with door.kit.read() as uow:
        assert uow.settings.company == "crmkit"


def test_what_only_a_file_can_set_is_a_conflict(door):
    answer = door.script("eve").patch("/settings", {"pool_size": 4})
    assert answer.status_code == 409
    assert "crmkit.toml" in answer.json()["detail"]


def test_the_page_keeps_what_was_changed_and_offers_undo(door, admin):
    form = {"section": "general", "company": "Hydrolis", "was-company": "crmkit"}
    # Somebody else changed it meanwhile; what is not touched here stays so.
    door.script("eve").patch("/settings", {"bin_days": 30})
    form |= {"bin_days": "90", "was-bin_days": "90"}
    answer = admin.send("/settings", **form)
    assert answer.status_code == 200, answer.text
    assert "The settings are saved." in answer.text
    assert "/undo" in answer.text
    with door.kit.read() as uow:
        assert (uow.settings.company, uow.settings.bin_days) == ("Hydrolis", 30)
    shown = admin.get("/settings").text
    assert 'value="Hydrolis"' in shown
    assert "Back to the default: crmkit" in shown
    admin.send("/settings", section="general", reset="company")
    assert "Hydrolis" not in admin.get("/settings").text


def test_a_box_that_is_not_ticked_is_off(door, admin):
    form = {"section": "access", "was-contacts_for_all": "true"}
    admin.send("/settings", **form)
    with door.kit.read() as uow:
        assert uow.settings.contacts_for_all is False
    form = {"section": "access", "was-contacts_for_all": "false"}
    admin.send("/settings", **form, contacts_for_all="true")
    with door.kit.read() as uow:
        assert uow.settings.contacts_for_all is True


def test_a_refused_section_comes_back_with_what_was_typed(door, admin):
    form = {"section": "general", "time_zone": "Mars", "was-time_zone": "Europe/Paris"}
    part = admin.send("/settings", **form)
    assert part.status_code == 422
    assert 'hx-target="#settings-general"' in part.text
    assert 'value="Mars"' in part.text
    assert "“Mars” is no time zone" in part.text
    whole = admin("POST", "/settings", data=form)
    assert whole.status_code == 422
    assert "<html" in whole.text
    assert 'value="Mars"' in whole.text
    door.script("eve").patch("/settings", {"locale": "fr"})
    assert "pas un fuseau horaire" in admin.send("/settings", **form).text


def test_times_follow_a_new_time_zone_at_once(door, admin):
    lead = door.lead("Pump station")
    door.script("eve").post(f"/leads/{lead['id']}/notes", {"text": "Rang."})
    assert "10:00" in admin.get(f"/leads/{lead['id']}").text
    door.script("eve").patch("/settings", {"time_zone": "Asia/Tokyo"})
    assert "18:00" in admin.get(f"/leads/{lead['id']}").text


def test_only_admins_are_shown_the_way_to_the_settings(door, admin):
    assert 'href="/settings"' in admin.get("/pipeline").text
    assert 'href="/settings"' not in door.person("max").get("/pipeline").text
    refused = door.person("max").get("/settings", headers=HTMX)
    assert refused.status_code == 403


def test_a_script_sends_numbers_for_numbers(door):
    script = door.script("eve")
    for wrong in (True, "60", 60.5):
        answer = script.patch("/settings", {"bin_days": wrong})
        assert set(fields_of_problem(answer)) == {"bin_days"}, wrong
    assert script.patch("/settings", {"contacts_for_all": 0}).status_code == 422
    assert script.patch("/settings", {"bin_days": 60}).status_code == 200


def test_a_setting_is_found_by_words_in_its_pages_and_in_the_palette(door):
    admin, manager = door.person("eve"), door.person("max")
    for path in ("/settings/search?q=time+zo", "/palette?q=time+zo"):
        assert "/settings#setting-time_zone" in admin.get(path).text
        assert "setting-time_zone" not in manager.get(path).text
    assert 'id="setting-time_zone"' in admin.get("/settings").text
    assert "/settings/stages" in manager.get("/settings/search?q=stag").text
    nothing = admin.get("/settings/search?q=zzzz").text
    assert "No setting matches" in nothing
    assert 'href="/settings" aria-current="page"' not in nothing
