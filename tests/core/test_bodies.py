"""Bodies of mails: nothing in them runs, loads, asks or styles, and no word is lost."""

import csv
import json
from html.parser import HTMLParser

import pytest

from crmkit.core import clean_html, text_of_html

ACTIVE = (
    "script style form input button iframe object embed svg math link meta base img "
    "video audio source textarea select template"
).split()


class Seen(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= set(attrs)


def payloads(folder):
    for name in ("dompurify_cases", "owasp_xss", "bleach_cases"):
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
            yield from (json.loads(line)["payload"] for line in file)
    with (folder / "naughty_strings.csv").open(encoding="utf-8") as file:
        yield from (json.loads(row["string_json"]) for row in csv.DictReader(file))


@pytest.mark.realdata
def test_nothing_active_of_hostile_bodies_is_left(real_data):
    tried = 0
    for payload in payloads(real_data / "hostile"):
        for body in (payload, f"<p>{payload}</p>", f'<a href="{payload}">x</a>'):
            seen = Seen(clean_html(body))
            assert not seen.tags & set(ACTIVE), payload
            for name, value in seen.attributes:
                assert name in {"href", "rel", "target", "colspan", "rowspan"}, payload
                if name == "href":
                    scheme = value.partition(":")[0].strip().lower()
                    assert scheme in {"http", "https", "mailto", "tel"}, payload
        tried += 1
    assert tried > 300


def test_attributes_of_htmx_and_styles_go_and_words_stay():
    html = (
        '<div hx-get="/l" data-hx-post="/x" x-data="y" style="top:0" '
        'class="ck-top" id="toasts">Good <b onclick="x()">day</b></div>'
        '<base href="//e"><a href="/leads">a</a>'
    )
    cleaned = clean_html(html)
    assert cleaned.startswith("<div>Good <b>day</b></div><a rel=")


def test_html_is_read_as_plain_text_in_its_lines():
    html = (
        "<head><title>x</title><style>p{}</style></head><p>Good&nbsp;day,<br>how "
        "much?</p>\n<ul><li>one<li>two</ul><script>x()</script>"
    )
    assert text_of_html(html).split("\n") == [
        "Good day,",
        "how much?",
        "",
        "one",
        "two",
    ]
