from __future__ import annotations

import csv
import io
import json

import pytest

from crmkit.core import ListQuery, read_fields

pytestmark = pytest.mark.plugins("data_exchange")

EXPORT = "/p/data_exchange/export"
COMPARED = [
    "name",
    "company_name",
    "email",
    "expected_revenue",
    "stage",
    "team",
    "tags",
]


def values_of(kit, filter_text=""):
    with kit.read() as uow:
        return list(read_fields(uow, "lead", COMPARED, ListQuery(filter_text)))


def test_an_export_imported_again_gives_the_same_leads(doors, kit, importer):
    for n, name in enumerate(["=SUM(A1)", "+33", "-1+2", "@x", "'quoted", "Zoë; é"]):
        kit.lead(name, expected_revenue="12.5", stage_id=kit.proposal, tags=["Ä", "b"],
                 company_name=f"Acme, {n}")  # fmt: skip
    before = values_of(kit)
    text = doors.pages(kit.max).get(f"{EXPORT}/leads").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell[:1] in set("=+@\t\r") for cell in cells)
    done = importer(text)
    assert (done.created, done.failed) == (6, 0)
    assert sorted(map(str, values_of(kit))) == sorted(map(str, [*before, *before]))


def test_a_filter_and_words_narrow_the_export(doors, kit):
    kit.lead("Pump")
    kit.lead("Valve", expected_revenue=100)
    pages = doors.pages(kit.ann)
    answer = pages.get(f"{EXPORT}/leads?format=jsonl&filter=expected_revenue > 50")
    assert [json.loads(line)["name"] for line in answer.text.splitlines()] == ["Valve"]
    answer = pages.get(f"{EXPORT}/leads?format=jsonl&q=pum")
    assert [json.loads(line)["name"] for line in answer.text.splitlines()] == ["Pump"]
    assert "leads-2026-11-24.jsonl" in answer.headers["content-disposition"]


def test_contacts_are_exported_too(doors, kit, importer):
    importer("Firm\nAcme\n", entity="contact", columns={"Firm": "name"})
    text = doors.pages(kit.ann).get(f"{EXPORT}/contacts").content.decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == ["Acme"]


def test_a_filter_that_cannot_be_read_is_refused_before_the_download(doors, kit):
    answer = doors.pages(kit.ann).get(f"{EXPORT}/leads?filter=nonsense =")
    assert answer.status_code == 422
