from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest

from crmkit.core import ListQuery, archive_lead, get_lead, read_fields

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


@pytest.mark.parametrize("entity", ["leads", "contacts"])
def test_a_list_offers_itself_as_it_is_looked_at(doors, kit, entity):
    kit.lead("Valve, big", expected_revenue=100, company_name="Acme")
    pages = doors.pages(kit.ann)
    address = f"/{entity}?sort=-name&columns=name,email&filter=name is not empty"
    links = re.findall(
        r'href="(/p/data_exchange/export/[^"]+)"', pages.get(address).text
    )
    forms = [html.unescape(link).rpartition("format=")[2] for link in links]
    assert forms == ["csv", "xlsx", "jsonl"]
    answer = pages.get(html.unescape(links[0]))
    head = answer.content.decode("utf-8-sig").splitlines()[0]
    assert head == '"name","email"'


def test_an_ordered_export_is_the_list_page_by_page(doors, kit, monkeypatch):
    monkeypatch.setattr("crmkit_data_exchange.exporting._PAGE", 2)
    names = ["Cask", "Axle", "Bolt", "Drum", "Edge"]
    leads = [kit.lead(name, tags=["b", "a"], stage_id=kit.proposal) for name in names]
    with kit.work() as uow:
        archive_lead(uow, get_lead(uow, leads[3].id))
    address = f"{EXPORT}/leads?format=jsonl&sort=-name&columns=name,stage,tags"
    lines = doors.pages(kit.ann).get(address).text.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["name"] for record in records] == ["Edge", "Cask", "Bolt", "Axle"]
    assert records[0] == {"name": "Edge", "stage": "Proposal", "tags": ["a", "b"]}


def test_a_workbook_of_leads_imported_again_gives_the_same_leads(doors, kit, importer):
    kit.lead(
        "=SUM(A1)", expected_revenue="12.5", stage_id=kit.proposal, tags=["Ä", "b"]
    )
    kit.lead("'+1", company_name="Acme")
    before = values_of(kit)
    answer = doors.pages(kit.max).get(f"{EXPORT}/leads?format=xlsx")
    done = importer.bring(answer.content)
    assert (done.created, done.failed) == (2, 0)
    assert sorted(map(str, values_of(kit))) == sorted(map(str, [*before, *before]))


def test_an_export_of_a_field_or_order_that_is_not_there_is_refused(doors, kit):
    pages = doors.pages(kit.ann)
    for asked in ("columns=nope", "sort=nope", "sort=name,-name"):
        assert pages.get(f"{EXPORT}/leads?{asked}").status_code == 422, asked
