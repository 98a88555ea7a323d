"""The page of components shows what pages are drawn with, in both languages."""

import pytest


@pytest.mark.parametrize(("locale", "said"), [("en", "No next step"), ("fr", "Sans")])
def test_the_components_are_shown_in_every_state(door, locale, said):
    person = door.person("bob")
    person.send("/profile", locale=locale)
    answer = person.get("/ui")
    assert answer.status_code == 200
    for state in ("late", "today", "planned", "none"):
        assert f"ck-act ck-grow is-{state}" in answer.text
    assert "aria-invalid" in answer.text
    assert said in answer.text
    assert "<dialog" in person.get("/ui/dialog").text
