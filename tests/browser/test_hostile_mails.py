"""Hostile mails, names and files in a real browser: nothing of them runs."""

from __future__ import annotations

import csv
import json
from io import BytesIO

import pytest

from crmkit.core import (
    LeadDraft,
    ReceivedMail,
    attach_file,
    clean_html,
    create_lead,
    get_lead,
    lose_lead,
    receive_message,
)

pytestmark = [pytest.mark.realdata, pytest.mark.browser]

TAGS = """() => [...document.body.querySelectorAll("*")].map((one) => one.localName)"""
ATTRIBUTES = """() => [...document.body.querySelectorAll("*")].flatMap(
  (one) => [...one.attributes].map((two) => [two.name, two.value]))"""
HARMFUL = {"script", "style", "form", "input", "button", "iframe", "object", "embed"}
HARMFUL |= {"base", "meta", "link", "svg", "math", "template", "img", "video", "audio"}
HARMLESS = {
    "href",
    "rel",
    "target",
    "title",
    "alt",
    "colspan",
    "rowspan",
    "lang",
    "dir",
    "align",
}
HARMLESS |= {"start", "type", "cite", "width", "height", "datetime", "hreflang", "span"}


def payloads(folder):
    """Every hostile text there is."""
    names = ("owasp_xss.jsonl", "dompurify_cases.jsonl", "bleach_cases.jsonl")
    files = [(folder / name).read_text("utf-8") for name in names]
    lines = [line for text in files for line in text.split("\n") if line]
    found = [str(json.loads(line)["payload"]) for line in lines]
    with (folder / "naughty_strings.csv").open(encoding="utf-8", newline="") as file:
        found += [json.loads(row["string_json"]) for row in csv.DictReader(file)]
    invented = '<a hx-get="/leads" hx-trigger="load" data-hx-post="/x" href="/">x</a>'
    return [invented, *("".join(c for c in one if c != "\0") for one in found)]


def make_lead(kit, texts):
    """A lead whose names, mails and files are these texts; its id, that of a mail."""
    with kit.work(kit.ann) as uow:
        names = {"name": texts[0], "contact_name": texts[1], "company_name": texts[2]}
        lead = create_lead(uow, LeadDraft(**names, owner_id=kit.ann))
        for number, name in enumerate(texts[:30]):
            data = BytesIO(f"<script>alert({number})</script>".encode())
            attach_file(uow, lead, data, f"{name}.html")
        for start in range(0, len(texts), 20):
            some = texts[start : start + 20]
            mail = ReceivedMail(
                from_name=some[-1],
                from_address="zoe@hydrolis.example",
                to=(some[0][:100],),
                cc=(),
                subject=" ".join(some)[:250],
                text="\n".join(some),
                quoted="\n".join(some),
                html="".join(map(clean_html, some)),
                message_id="<1@hydrolis.example>",
            )
            message = receive_message(uow, lead, mail)
        lose_lead(uow, get_lead(uow, lead.id), None)
        return lead.id, message.id


def watch(page, address):
    """What a page does that it should not: ask others, or open a dialog."""
    wrong: list[str] = []

    def note(what):
        if not what.startswith(address):
            wrong.append(what)

    def close(dialog):
        wrong.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    page.on("request", lambda asked: note(asked.url))
    return wrong


def test_nothing_of_a_hostile_mail_runs_or_calls_anybody(site, visit, real_data):
    texts = payloads(real_data / "hostile")
    lead_id, message_id = make_lead(site.kit, texts)
    page = visit("/leads")
    wrong = watch(page, site.address)
    for path in (f"/leads/{lead_id}", f"/messages/{message_id}/body"):
        page.goto(site.address + path)
        page.wait_for_load_state("networkidle")
        assert wrong == []
        assert page.locator("main script, main iframe, main style").count() == 0
    page.goto(f"{site.address}/leads/{lead_id}")
    for link in page.locator("a[href^='/files/']").all()[:3]:
        sent = page.request.get(site.address + str(link.get_attribute("href")))
        assert sent.headers["content-disposition"].startswith("attachment")
        assert sent.headers["x-content-type-options"] == "nosniff"

    # Without policy, sandbox or frame: what the sanitiser leaves is harmless by itself.
    page.goto("about:blank")
    page.set_content("".join(map(clean_html, texts)))
    assert wrong == []
    assert set(page.evaluate(TAGS)) & HARMFUL == set()
    attributes = page.evaluate(ATTRIBUTES)
    assert {name for name, _ in attributes} <= HARMLESS
    links = [value.strip().lower() for name, value in attributes if name == "href"]
    assert not [one for one in links if one.startswith(("javascript:", "data:", "vb"))]
