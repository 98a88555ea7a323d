"""First steps: the empty board offers ways to begin, and ways back."""

from crmkit.core import LeadDraft, create_lead, get_lead


def test_an_empty_installation_is_set_up_in_a_few_clicks(own_door):
    admin, seller = own_door.person("eve"), own_door.person("ann")
    board = admin.get("/pipeline").text
    for way in ("Add the first lead", "Invite colleagues", "Load sample data"):
        assert way in board
    assert "Load sample data" not in seller.get("/pipeline").text
    chosen = admin.send("/start/pipeline", pipeline="subscription")
    assert chosen.status_code == 200, chosen.text
    assert "Demonstrated" in admin.get("/pipeline").text
    assert 'value="subscription" selected' in admin.get("/pipeline").text
    assert admin.send("/start/pipeline", pipeline="none").status_code == 404
    assert admin.send("/start/sample").status_code == 200
    board = admin.get("/pipeline").text
    assert "Trial in one plant" in board
    assert "Remove sample data" in board
    assert "Remove sample data" not in seller.get("/pipeline").text
    assert "change its stages" in admin.get("/start").text.lower()
    assert admin.send("/start/sample").status_code == 409
    removed = admin.send("/start/sample/remove")
    assert removed.status_code == 200
    assert "Add the first lead" in admin.get("/pipeline").text


def test_the_first_steps_speak_french(own_door):
    own_door.person("eve").send("/profile", locale="fr")
    page = own_door.person("eve").get("/start").text
    assert "Appels d&#39;offres" in page
    assert "Charger des données d" in page


def test_what_stays_of_sample_data_is_named(own_door):
    admin = own_door.person("eve")
    admin.send("/start/sample")
    with own_door.kit.work() as uow:
        person = get_lead(uow, 1).contact_id
        create_lead(uow, LeadDraft(name="Real", contact_id=person))
    said = admin.send("/start/sample/remove").text
    assert "but for what was changed since: " in said
    assert "Moulins Ravel" in said
