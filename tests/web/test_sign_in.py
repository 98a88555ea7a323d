"""Signing in and out."""

from __future__ import annotations

import pytest

from crmkit.core import SignIn, disable_user, get_user, note_failure, set_password
from crmkit.web.work import COOKIE

PASSWORD = "correct horse battery"  # noqa: S105  (of people who do not exist)


@pytest.fixture(scope="module", autouse=True)
def passwords(door):
    """Eve and Bob may sign in."""
    with door.kit.work() as uow:
        for name in ("eve", "bob"):
            set_password(uow, get_user(uow, door.kit.people[name]), PASSWORD)


def _enter(door, email="eve@example.org", password=PASSWORD, **fields):
    data = {"email": email, "password": password, **fields}
    return door.stranger("POST", "/sign-in", data=data)


def _cookie(answer):
    text = answer.headers["set-cookie"]
    return {"cookie": text.split(";")[0]}, text.lower()


def test_the_right_password_opens_the_pipeline(door):
    answer = _enter(door)
    assert (answer.status_code, answer.headers["location"]) == (303, "/pipeline")
    headers, text = _cookie(answer)
    for part in ("httponly", "samesite=lax", "path=/", "max-age=1209600"):
        assert part in text
    assert door.stranger.get("/pipeline", headers=headers).status_code == 200


def test_the_address_is_found_in_any_spelling(door):
    assert _enter(door, email="  EVE@Example.org ").status_code == 303


def test_a_wrong_password_keeps_the_address_and_tells_nothing(door):
    wrong = _enter(door, password="wrong")  # noqa: S106
    nobody = _enter(door, email="nobody@example.org")
    for answer, email in ((wrong, "eve@"), (nobody, "nobody@")):
        assert answer.status_code == 401
        assert f'value="{email}example.org"' in answer.text
        assert "do not belong together" in answer.text
        assert "set-cookie" not in answer.headers
        assert PASSWORD not in answer.text
    assert _enter(door, email="", password="").status_code == 401
    assert door.stranger("POST", "/sign-in").status_code == 401


def test_ten_wrong_passwords_close_the_door_for_a_while(own_door):
    kit = own_door.kit
    with kit.work() as uow:
        set_password(uow, get_user(uow, kit.bob), PASSWORD)
        for _ in range(8):
            note_failure(uow, "bob@example.org")
    for _ in range(2):
        wrong = _enter(own_door, "bob@example.org", "wrong")
        assert wrong.status_code == 401
    assert _enter(own_door, "BOB@example.org").status_code == 429
    assert _enter(own_door, "tom@example.org").status_code == 401
    kit.crm.clock.advance(minutes=16)
    assert _enter(own_door, "bob@example.org").status_code == 303


def test_wrong_passwords_for_many_addresses_close_the_door_for_their_computer(
    own_door,
):
    kit = own_door.kit
    with kit.work() as uow:
        set_password(uow, get_user(uow, kit.bob), PASSWORD)
        for number in range(49):
            note_failure(uow, f"a{number}@example.org", host="testclient")
            note_failure(uow, f"b{number}@example.org", host="192.0.2.7")
    assert _enter(own_door, "c@example.org", "wrong").status_code == 401
    assert _enter(own_door, "bob@example.org").status_code == 429
    kit.crm.clock.advance(minutes=16)
    assert _enter(own_door, "bob@example.org").status_code == 303


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "///evil.example",
        "/ /evil.example",
    ],
)
def test_no_address_leads_out_of_the_site(door, where):
    location = _enter(door, next=where).headers["location"]
    # What a browser makes of it: control characters go, backslashes are slashes.
    read = location.replace("\t", "").replace("\n", "").replace("\\", "/").strip()
    assert read.startswith("/")
    assert not read.startswith("//")
    profile = door.person("eve")("POST", "/profile", data={"back": where})
    back = profile.headers["location"].replace("\t", "").replace("\n", "")
    assert back.startswith("/")
    assert not back.replace("\\", "/").startswith("//")


def test_one_comes_to_where_one_wanted(door):
    asked = door.stranger.get("/leads?sort=name&q=a+b")
    assert asked.status_code == 303
    form = door.stranger.get(asked.headers["location"]).text
    assert 'name="next" value="/leads?sort=name&amp;q=a+b"' in form
    answer = _enter(door, next="/leads?sort=name&q=a+b")
    assert answer.headers["location"] == "/leads?sort=name&q=a+b"


def test_signing_out_ends_the_sign_in_on_the_server(door):
    headers, _ = _cookie(_enter(door))
    other, _ = _cookie(_enter(door))
    left = door.stranger("POST", "/sign-out", headers=headers)
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert f"{COOKIE}=" in left.headers["set-cookie"]
    assert door.stranger.get("/pipeline", headers=headers).status_code == 303
    assert door.stranger.get("/pipeline", headers=other).status_code == 200


def test_a_sign_in_ends_by_itself(own_door):
    person = own_door.person("ann")
    assert person.get("/pipeline").status_code == 200
    own_door.kit.crm.clock.advance(days=15)
    assert person.get("/pipeline").status_code == 303


def test_who_is_disabled_is_out_at_once(own_door):
    person, script = own_door.person("bob"), own_door.script("bob")
    assert person.get("/pipeline").status_code == 200
    kit = own_door.kit
    with kit.work() as uow:
        user = get_user(uow, kit.bob)
        set_password(uow, user, PASSWORD)
        disable_user(uow, user)
    assert person.get("/pipeline").status_code == 303
    assert script.get("/leads").status_code == 401
    assert _enter(own_door, "bob@example.org").status_code == 401


def test_the_key_is_not_what_the_server_keeps(door):
    headers, _ = _cookie(_enter(door))
    key = headers["cookie"].partition("=")[2]
    with door.kit.read() as uow:
        kept = [row.key_hash for row in uow.session.query(SignIn)]
    assert kept
    assert key not in kept


def test_the_form_is_shown_in_the_language_of_the_browser(door):
    french = door.stranger.get("/sign-in", headers={"accept-language": "fr-CH,fr"})
    assert '<html lang="fr"' in french.text
    chosen = door.stranger.get("/sign-in?locale=fr", headers={"accept-language": "en"})
    assert '<html lang="fr"' in chosen.text
    odd = door.stranger.get("/sign-in?locale=xx", headers={"accept-language": "xx"})
    assert '<html lang="en"' in odd.text


def test_a_script_of_a_page_is_sent_to_the_form(door):
    answer = door.stranger.send("/leads/1/win")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")
