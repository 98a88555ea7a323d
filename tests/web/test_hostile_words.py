"""What people type is shown as they typed it, and never becomes part of a page."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from crmkit.core import get_user

from tests.web.doors import HTMX

INVENTED = (
    '"><script>owned()</script>',
    "'><img src=x onerror=owned()>",
    '" autofocus onfocus="owned()',
    "</title><svg onload=owned()>",
    "</textarea><iframe srcdoc='<script>owned()</script>'>",
    '<a href="javascript:owned()">x</a>',
    '<div hx-get="/owned" hx-trigger="load">x</div>',
    '<hx-partial hx-target="#main">owned</hx-partial>',
    "{{ 7 * 7 }}{% include 'layout.html' %}",
    "{0.__class__} {lead} {name} %(name)s %s",
    '{"a": "</script><script>owned()//"}',
    "\u202eowned\u202c \u200b\ufeff",
    "&lt;b&gt; &amp; &#x3c;",
    "<!-- --><![CDATA[x]]>",
)
HARMFUL = ("onerror", "onload", "onfocus", "srcdoc", "style", "onclick")


class Shape(HTMLParser):
    """The tags and attributes of a page, without what stands in them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.bad: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = tuple(sorted(name for name, _ in attrs))
        self.tags.append((tag, names))
        self.bad += [name for name in names if name in HARMFUL]
        self.bad += [
            f"{name}={value}"
            for name, value in attrs
            if name in {"href", "src", "action"}
            and (value or "").strip().lower().startswith(("javascript:", "data:"))
        ]


def _shape(text: str) -> Shape:
    shape = Shape()
    shape.feed(text)
    return shape


def _all_fields(word: str) -> dict[str, object]:
    short = word[:100]
    names = "contact_name company_name street street2 city state website phone"
    return {
        "name": short,
        **dict.fromkeys(names.split(), short[:60]),
        "tags": [short],
        "source": short,
    }


def _pages(lead_id: int, contact_id: int) -> tuple[str, ...]:
    return (
        f"/leads/{lead_id}",
        f"/leads/{lead_id}/lose",
        f"/contacts/{contact_id}",
    )


def _make(door, word):
    """A lead and a contact that hold the word wherever text can stand."""
    script = door.script("eve")
    for kind in ("sources", "lost-reasons"):
        script.post(f"/{kind}", {"name": word[:100]})
    created = script.post("/leads", _all_fields(word))
    if created.status_code != 201:  # control characters: refused, which is fine
        assert created.status_code == 422, created.text
        return None
    lead = created.json()
    path = f"/leads/{lead['id']}"
    script.post(f"{path}/notes", {"text": word})
    draft = {"type": "call", "summary": word[:100], "due_on": "2026-11-24"}
    script.post(f"{path}/activities", draft)
    script.patch(path, {"company_name": f"Changed {word[:60]}"})
    contact = script.post("/contacts", {"name": word[:100], "city": word[:60]}).json()
    script.patch(path, {"contact_id": contact.get("id")})
    return lead["id"], contact["id"]


def _check(door, word, plain):
    made = _make(door, word)
    if made is None:
        return
    for path, shape in zip(_pages(*made), plain, strict=True):
        text = door.person("eve").get(path).text
        seen = _shape(text)
        assert seen.bad == [], (word, path)
        assert "owned()" not in [tag for tag, _ in seen.tags], (word, path)
        tags = [tag for tag, _ in seen.tags]
        assert tags.count("script") == shape.count("script"), (word, path)
        assert tags.count("iframe") == 0, (word, path)
        assert tags.count("hx-partial") == 0, (word, path)
    won = door.person("eve").send(f"/leads/{made[0]}/win")
    assert _shape(won.text).bad == [], word
    assert "<script" not in won.text.lower(), word


@pytest.fixture
def plain(door):
    """The tags of the same pages for a harmless word."""
    made = _make(door, "Harmless")
    assert made is not None
    pages = [door.person("eve").get(path).text for path in _pages(*made)]
    return [[tag for tag, _ in _shape(text).tags] for text in pages]


@pytest.mark.parametrize("word", INVENTED, ids=lambda word: word[:20])
def test_invented_words_are_only_words(door, plain, word):
    _check(door, word, plain)
    for path in ("/pipeline", "/leads", "/contacts"):
        for query in ("", f"?q={word[:40]}"):
            page = door.person("eve").get(path + query)
            seen = _shape(page.text)
            assert seen.bad == [], (word, path)
            assert "<script>owned" not in page.text, path


@pytest.mark.realdata
@pytest.mark.databases("sqlite")
def test_real_hostile_words_are_only_words(door, plain, real_data):
    words = []
    with (real_data / "hostile" / "naughty_strings.csv").open(encoding="utf-8") as file:
        words += [json.loads(row["string_json"]) for row in csv.DictReader(file)]
    for name in ("owasp_xss", "dompurify_cases"):
        text = (real_data / "hostile" / f"{name}.jsonl").read_text(encoding="utf-8")
        words += [json.loads(line)["payload"] for line in text.splitlines()]
    assert len(words) > 500
    for word in words[::30]:
        if word.strip():
            _check(door, word, plain)


def test_what_was_typed_comes_back_in_a_refusal_as_words(door):
    lead = door.lead("Refusing")
    for number, word in enumerate(INVENTED):
        forms: tuple[tuple[str, dict[str, str]], ...] = (
            ("/leads", {"name": "", "company_name": word, "expected_revenue": word}),
            (f"/leads/{lead['id']}/fields/expected_revenue", {"value": word}),
            ("/sign-in", {"email": word, "password": word, "next": word}),
        )
        # Each password takes its time to be found wrong.
        for path, form in forms if number < 3 else forms[:2]:
            for headers in ({}, HTMX):
                answer = door.person("eve")("POST", path, data=form, headers=headers)
                assert answer.status_code in {401, 422}, (path, word, answer.text)
                assert _shape(answer.text).bad == [], (path, word)
                assert "<script>owned" not in answer.text, path


def test_a_hostile_name_of_a_person_is_a_name(door):
    with door.kit.work() as uow:
        get_user(uow, door.kit.bob).name = INVENTED[1]
    text = door.person("bob").get("/pipeline").text
    assert _shape(text).bad == []
    assert "&lt;img src=x" in text
