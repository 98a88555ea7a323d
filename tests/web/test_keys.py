"""Help lists the keys that scripts and templates bind, and no others."""

import re
from pathlib import Path

import crmkit.web
from crmkit.web.keys import KEYS

WEB = Path(crmkit.web.__file__).parent
NAMED = re.compile(r'bindKey\("([^"]+)"|data-key(?:=|": )"([^"{]+)"')
LISTED = re.compile(r"for \(const key of (?:bar\(\) \? )?\[([^\]]+)\]")
WALKING = {"ArrowUp", "ArrowLeft", "ArrowRight"}


def bound() -> set[str]:
    files = [*WEB.glob("static/js/*.js"), *WEB.rglob("templates/**/*.html")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    found = {a or b for text in texts for a, b in NAMED.findall(text)}
    lists = [names for text in texts for names in LISTED.findall(text)]
    return found | {name for names in lists for name in re.findall(r'"(.+?)"', names)}


def test_help_lists_what_is_bound_and_nothing_else():
    listed = {key.name for key in KEYS if not key.always}
    first_of_two = {"g"}
    always = {key.name for key in KEYS if key.always} | first_of_two | WALKING
    assert bound() - always == listed


def test_a_page_carries_the_list_in_the_language_of_its_reader(door):
    page = door.person("eve").get("/leads").text
    for key in KEYS:
        assert f'data-key-name="{key.name}"' in page
    assert "Write a note" in page
