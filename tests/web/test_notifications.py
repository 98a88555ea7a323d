"""The page of what one was told of, and following a lead from its page."""


def test_a_mention_stands_on_the_page_until_it_is_read(door):
    eve, lea = door.person("eve"), door.person("lea")
    lead = door.lead("Pump station")
    said = lea.send(f"/leads/{lead['id']}/notes", text="Look at this, @Eve.")
    assert said.status_code == 200, said.text
    text = eve.get("/notifications").text
    assert "Lea mentioned you on Pump station" in text
    assert "Look at this, @Eve." in text
    assert "Mark all read" in text
    assert eve.send("/notifications/read").status_code == 200
    assert "Mark all read" not in eve.get("/notifications").text


def test_a_note_says_who_was_not_told(door):
    lead = door.lead("Pump station")
    said = door.person("ann").send(f"/leads/{lead['id']}/notes", text="@Oli?")
    assert "cannot see this lead: Oli" in said.text


def test_a_lead_is_followed_and_no_longer(door):
    lea, lead = door.person("lea"), door.lead("Pump station")
    path = f"/leads/{lead['id']}"
    assert f"{path}/follow" in lea.get(path).text
    lea.send(f"{path}/follow")
    assert f"{path}/unfollow" in lea.get(path).text
    lea.send(f"{path}/unfollow")
    assert f"{path}/unfollow" not in lea.get(path).text
