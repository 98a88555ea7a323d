"""A form with everything, and a visitor who fills it in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from crmkit.testing import Door

FORMS = "/p/web_forms/forms"
TYPED = {"contact_name": "Zoé Martin", "email": "zoe@example.org", "message": "Hello"}
_INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at a form and sends it."""

    door: Door
    path: str

    def look(self, query: str = "") -> dict[str, str]:
        """What the page carries unseen."""
        page = self.door.stranger.get(self.path + query)
        assert page.status_code == 200, page.text
        return {n: html.unescape(v) for n, v in _INPUT.findall(page.text)}

    def send(self, hidden: dict[str, str], **typed: Any) -> Any:
        """The answer to what is typed, with what the page carried."""
        data = {**TYPED, **hidden, **typed}
        kept = {name: value for name, value in data.items() if value is not None}
        return self.door.stranger("POST", self.path, data=kept)


@pytest.fixture
def make_form(crm_door):
    """Makes a form that asks name, mail and message, and gives who fills it in."""

    def make(**more: Any) -> Visitor:
        asked = [{"name": name, "is_required": name == "email"} for name in TYPED]
        draft = {"title": "Contact", "fields": asked, "least_seconds": 0, **more}
        made = crm_door.script("eve").post(FORMS, draft)
        assert made.status_code == 201, made.text
        return Visitor(crm_door, made.json()["address"])

    return make


@pytest.fixture
def answers(crm_door):
    """The answers to the first form, newest first."""

    def read() -> list[dict[str, Any]]:
        found = crm_door.script("eve").get(f"{FORMS}/1/answers").json()
        items: list[dict[str, Any]] = found["items"]
        return items

    return read
