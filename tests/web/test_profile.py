"""Where one is signed in, and one's tokens."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from crmkit.core import AccessToken, get_user, list_sign_ins, list_tokens, sign_in
from crmkit.web.pages.profile import name_browser


@pytest.fixture
def ann(own_door):
    return own_door.person("ann")


def browsers(door):
    with door.kit.read(door.kit.ann) as uow:
        return [one.browser for one in list_sign_ins(uow)]


def test_the_page_lists_browsers_and_signs_out_of_one(own_door, ann):
    with own_door.kit.work() as uow:
        sign_in(uow, own_door.kit.ann, "Old <phone>")
    shown = ann.get("/profile").text
    assert "Old &lt;phone&gt;" in shown
    assert "this one" in shown
    address = re.search(r"/profile/sign-ins/\d+/end", shown)
    assert address is not None
    assert ann("POST", address[0]).status_code == 303
    assert "Old <phone>" not in browsers(own_door)
    assert ann.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (like Gecko) "
                "Chrome/131.0 Safari/537.36"
            ),
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; rv:132.0) Firefox/132.0", "Firefox, Windows"),
        ("nothing known", "nothing known"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_short_name(agent, name):
    assert name_browser(agent) == name


def test_one_signs_out_everywhere_else_and_stays_signed_in_here(own_door, ann):
    ann.get("/profile")
    with own_door.kit.work() as uow:
        for name in ("phone", "tablet"):
            sign_in(uow, own_door.kit.ann, name)
    assert ann("POST", "/profile/sign-ins/end").status_code == 303
    assert not {"phone", "tablet"} & set(browsers(own_door))
    assert ann.get("/profile").status_code == 200


def test_a_token_is_made_shown_once_works_and_is_revoked(own_door, ann):
    form = {"name": "nightly", "scope": "read", "until": "2027-01-31"}
    made = ann("POST", "/profile/tokens", data=form)
    found = re.search(r'value="(ck_[^"]+)"', made.text)
    assert found is not None
    headers = {"authorization": f"Bearer {found[1]}"}
    assert own_door.stranger.get("/api/v1/leads", headers=headers).status_code == 200
    assert found[1] not in ann.get("/profile").text
    with own_door.kit.read(own_door.kit.ann) as uow:
        token = list_tokens(uow, get_user(uow, own_door.kit.ann))[0]
        assert (token.name, token.scope_list) == ("nightly", ["read"])
        assert token.expires_at is not None
        assert token.expires_at.date().isoformat() == "2027-01-31"
    ann("POST", f"/profile/tokens/{token.id}/revoke")
    assert own_door.stranger.get("/api/v1/leads", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "name-"),
        ({"name": "x", "until": "2020-01-01"}, "A token ends in the future"),
        ({"name": "x", "until": "soon"}, "“soon” is no day"),
        ({"name": "x", "scope": "more"}, "“more” is no scope"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(own_door, ann, form, said):
    answer = ann("POST", "/profile/tokens", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{form["name"]}"' in answer.text or not form["name"]
    with own_door.kit.read() as uow:
        assert not uow.session.scalar(
            select(AccessToken.id).where(AccessToken.name == "x")
        )
