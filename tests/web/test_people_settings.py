"""The settings of users, teams and activity types."""

import pytest

from crmkit.core import list_teams, list_users


@pytest.fixture
def eve(door):
    return door.person("eve")


def users(door, *, disabled=False):
    with door.kit.read() as uow:
        return {user.name: user for user in list_users(uow, disabled=disabled)}


def teams(door):
    with door.kit.read() as uow:
        return {team.name: team.id for team in list_teams(uow)}


def test_an_admin_lets_somebody_in_and_keeps_him_out_again(door, eve):
    typed = {"name": "Nora", "email": "nora@example.org", "role": "team"}
    word = "password"
    short = eve.send("/settings/users", **typed, **{word: "short"})
    assert (short.status_code, "at least 10" in short.text) == (422, True)
    assert "nora@example.org" in short.text
    made = eve.send("/settings/users", **typed, **{word: "long enough"})
    assert made.status_code == 303, made.text
    nora = users(door)["Nora"]
    here = f"/settings/users/{nora.id}"
    assert "In no team" in eve.get(here).text
    eve.send(here, **{**typed, "role": "manager"})
    fresh = users(door)["Nora"]
    assert (fresh.role, fresh.password_hash) == ("manager", nora.password_hash)
    eve.send(f"{here}/disable")
    assert "Nora" in users(door, disabled=True)
    assert "Let Nora in again" in eve.get("/settings/users").text
    eve.send(f"{here}/enable")
    assert "Nora" in users(door)


def test_the_last_admin_stays_one(door, eve):
    here = f"/settings/users/{door.kit.eve}"
    refused = eve.send(here, name="Eve", email="eve@example.org", role="own")
    assert (refused.status_code, "is the last admin" in refused.text) == (422, True)
    assert eve.send(f"{here}/disable").status_code == 409
    assert eve.get(here).status_code == 200


def test_a_team_is_made_and_takes_people_in(door):
    max_ = door.person("max")
    assert max_.send("/settings/teams", name="Bergen").status_code == 303
    here = f"/settings/teams/{teams(door)['Bergen']}"
    assert "Nobody is in this team yet" in max_.get(here).text
    ann = door.kit.ann
    max_.send(f"{here}/members", user_id=ann, capacity=12)
    again = max_.send(f"{here}/members", user_id=ann, capacity=12)
    assert (again.status_code, "already" in again.text) == (422, True)
    many = max_.send(f"{here}/members/{ann}", capacity="many")
    assert (many.status_code, f"capacity-{ann}-error" in many.text) == (422, True)
    max_.send(f"{here}/members/{ann}", capacity="14")
    assert 'value="14"' in max_.get(here).text
    assert max_.send(here, name="Oslo").status_code == 422
    max_.send(here, name="Bergen", leader_id=ann)
    max_.send(f"{here}/members/{ann}/remove")
    assert "Nobody is in this team yet" in max_.get(here).text
    max_.send(f"{here}/archive")
    assert "Bergen" not in teams(door)
    max_.send(f"{here}/restore")
    assert "Bergen" in teams(door)


def test_an_activity_type_says_what_follows_it(door):
    max_, here = door.person("max"), "/settings/activity-types"
    assert max_.send(here, name="Site visit").status_code == 303
    typed = {"name": "Site visit", "icon": "map-pin", "delay_days": "4"}
    more = {"next_type": "call", "chaining": "trigger"}
    saved = max_.send(f"{here}/site_visit", **typed, **more)
    assert saved.status_code == 303, saved.text
    assert "planned at once" in max_.get(here).text
    soon = max_.send(f"{here}/site_visit", **{**typed, "delay_days": "soon"})
    assert (soon.status_code, "delay_days-error" in soon.text) == (422, True)
    max_.send(f"{here}/site_visit/step", by=-1)
    max_.send(f"{here}/order", ids="site_visit,call")
    found = door.script("max").get("/activity-types").json()["items"]
    assert [one["id"] for one in found][:2] == ["site_visit", "call"]
    max_.send(f"{here}/site_visit/archive")
    assert "Bring back Site visit" in max_.get(here).text
    max_.send(f"{here}/site_visit/restore")
    assert "Bring back Site visit" not in max_.get(here).text
