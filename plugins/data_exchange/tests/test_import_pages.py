from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from crmkit.core import Lead, cancel_job, list_jobs
from crmkit.jobs import run_due
from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.imports import get_import, mapping_of
from crmkit_data_exchange.tables import Import

pytestmark = pytest.mark.plugins("data_exchange")

IMPORTS = "/p/data_exchange/imports"
SCRIPT = {"hx-request": "true", "hx-request-type": "partial"}
TEXT = (
    b"Deal,Firm,Mail,Stage,Owner\n"
    b"Pump,Acme,a@b.org,Proposal,Ann\nTwo,Beta,bad,Proposal,Ann\n"
)


def upload(pages, content=TEXT, entity="lead", name="deals.csv", **files):
    parts = {"file": (name, content), **files}
    return pages.post(
        IMPORTS, data={"entity": entity}, files=parts, follow_redirects=False
    )


def start(pages, content=TEXT, **options) -> str:
    answer = upload(pages, content, **options)
    assert answer.status_code == 303
    return str(answer.headers["location"].removesuffix("/mapping"))


def run(pages, base) -> str:
    text = pages.post(f"{base}/run").text
    assert 'data-refresh="' in text
    assert "It waits until a worker takes it up." in text
    run_due(pages.app.state.crm)
    return str(pages.get(base).text)


class FormReader(HTMLParser):
    """Reads what a browser would send of the mapping page, untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.form: dict[str, list[str]] = {}
        self.selects: list[tuple[str, list[str], list[str]]] = []
        self.is_inside = False

    @override
    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.is_inside |= tag == "form" and given.get("class") == "dx-page"
        name = given.get("name") or ""
        if not self.is_inside or (tag != "option" and not name):
            return
        if tag == "select":
            self.selects.append((name, [], []))
        elif tag == "option":
            _, every, chosen = self.selects[-1]
            every.append(given.get("value") or "")
            if "selected" in given:
                chosen.append(given.get("value") or "")
        elif tag == "input" and self.is_sent(given):
            self.form.setdefault(name, []).append(given.get("value") or "")

    def is_sent(self, given) -> bool:
        kind = given.get("type")
        return kind != "file" and (kind != "checkbox" or "checked" in given)

    @override
    def handle_endtag(self, tag):
        if tag == "select" and self.is_inside:
            name, every, chosen = self.selects[-1]
            self.form.setdefault(name, []).append((chosen or every)[0])
        self.is_inside &= tag != "form"


def form_of(text: str) -> dict[str, list[str]]:
    reader = FormReader()
    reader.feed(text)
    return reader.form


def test_nothing_imported_yet_says_what_the_page_is_for(doors, kit):
    text = doors.pages(kit.ann).get(IMPORTS).text
    assert "Nothing was imported yet" in text
    assert f"{IMPORTS}/new" in text


def test_from_the_file_to_the_leads_and_back(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    assert "a@b.org" in pages.get(f"{base}/mapping").text
    preview = pages.get(f"{base}/preview").text
    assert "Import 1 row" in preview
    assert "“bad” is not a mail address." in preview
    result = run(pages, base)
    assert "Rows left out" in result
    assert "deals.csv" in pages.get(IMPORTS).text
    with kit.read() as uow:
        lead = uow.session.scalars(select(Lead)).one()
    assert "Imported from deals.csv, line 2" in pages.get(f"/leads/{lead.id}").text
    assert pages.post(f"{base}/undo").status_code == 200
    kit.run_jobs()
    assert "1 record was taken back." in pages.get(base).text
    assert pages.get(f"/leads/{lead.id}").status_code == 404


def test_the_mapping_page_sent_back_untouched_changes_nothing(doors, kit):
    pages = doors.pages(kit.max)
    text = b"Deal,Phase,Agent,Sum\nA,Won,ann,1\nB,Lost,bob,2\nC,Proposal,Ann,3\n"
    base = start(pages, text)
    number = int(base.rsplit("/", 1)[1])
    with kit.read() as uow:
        before = mapping_of(get_import(uow, number))
    form = form_of(pages.get(f"{base}/mapping").text)
    answer = pages.post(f"{base}/mapping", data=form, follow_redirects=False)
    assert answer.status_code == 303
    with kit.read() as uow:
        after = mapping_of(get_import(uow, number))
    assert dict(after.rules()) == dict(before.rules())
    assert (after.fixed, after.create) == (before.fixed, before.create)


def test_what_is_chosen_on_the_mapping_page_counts(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages, b"Deal,Phase\nA,Hot\nB,Cold\n")
    form = form_of(pages.get(f"{base}/mapping").text)
    form |= {"c1r0-field": ["stage"], "create-stages": ["on"], "fixed-kind": ["lead"]}
    pages.post(f"{base}/mapping", data=form)
    form = form_of(pages.get(f"{base}/mapping").text)
    assert form["c1r0-typed"] == ["Hot", "Cold"]
    form["c1r0-value"] = ["Proposal", ""]
    form |= {"match_by": ["name"], "action": ["preview"]}
    answer = pages.post(f"{base}/mapping", data=form, follow_redirects=False)
    assert answer.headers["location"] == f"{base}/preview"
    run(pages, base)
    with kit.read() as uow:
        stages = dict(uow.session.execute(select(Lead.name, Lead.stage_id)).all())
    assert stages == {"A": kit.proposal, "B": kit.new}


def test_a_mapping_is_saved_and_found_again_by_the_headers(doors, kit):
    pages = doors.pages(kit.max)
    text = b"X1,X2\nPump,Acme\n"
    base = start(pages, text)
    form = form_of(pages.get(f"{base}/mapping").text)
    form |= {"c0r0-field": ["name"], "c1r0-field": ["company_name"]}
    form |= {"action": ["save"], "name": ["Monthly list"]}
    pages.post(f"{base}/mapping", data=form)
    again = start(pages, b"X1,X2\nValve,Beta\n")
    page = pages.get(f"{again}/mapping").text
    assert form_of(page)["c1r0-field"] == ["company_name"]
    assert "Monthly list" in page


def test_a_mapping_goes_out_and_comes_in_as_a_file(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    file = pages.get(f"{base}/mapping.json")
    assert "deals.map.json" in file.headers["content-disposition"]
    again = start(pages, mapping=("deals.map.json", file.content))
    assert pages.get(f"{again}/mapping.json").content == file.content
    bad = {"mapping": ("x.json", b"{}")}
    answer = pages.post(f"{again}/mapping", data={"action": "upload"}, files=bad)
    assert answer.status_code == 422
    assert "This mapping cannot be read" in answer.text


def test_a_second_file_is_added_on_the_mapping_page(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages, b"Deal,Product\nA,Pump\nB,Odd\n")
    form = form_of(pages.get(f"{base}/mapping").text)
    files = {"lookups": ("prices.csv", b"product,price\nPump,12\n")}
    pages.post(f"{base}/mapping", data=form, files=files)
    form = form_of(pages.get(f"{base}/mapping").text)
    assert form["lookup0-key"] == ["product"]
    form |= {"c1r0-field": ["expected_revenue"]}
    pages.post(f"{base}/mapping", data=form)
    form = form_of(pages.get(f"{base}/mapping").text)
    form |= {"c1r0-take": ["prices\x1fprice"], "action": ["preview"]}
    preview = pages.post(f"{base}/mapping", data=form).text
    assert "prices does not know “Odd”" in preview
    run(pages, base)
    with kit.read() as uow:
        sums = uow.session.scalars(select(Lead.expected_revenue).order_by(Lead.id))
        assert [int(revenue) for revenue in sums] == [12, 0]


def test_the_file_is_read_anew_as_the_page_says(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages, b"Deal;Firm\nA;B\nC;D\n")
    form = form_of(pages.get(f"{base}/mapping").text)
    form |= {"header_row": ["0"]}
    page = pages.post(f"{base}/mapping", data=form).text
    assert "Column 1" in page
    assert "3 rows" in page
    form = form_of(page) | {"encoding": ["utf-16"]}
    answer = pages.post(f"{base}/mapping", data=form)
    assert answer.status_code == 422
    assert "This file is not written in utf-16" in answer.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04 no archive", "This is a packed archive."),
        (b'a,b\n"open,1\n', "is never closed."),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_keeps_the_choice(
    doors, kit, content, sentence
):
    answer = upload(doors.pages(kit.ann), content, entity="contact")
    assert answer.status_code == 422
    assert sentence in answer.text
    chosen = re.search(r'value="contact" checked', answer.text)
    assert chosen is not None


def test_without_a_file_the_page_asks_for_one(doors, kit):
    answer = doors.pages(kit.ann).post(IMPORTS, data={"entity": "lead"})
    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


def test_a_preview_writes_nothing(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    pages.get(f"{base}/preview")
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Lead)) == 0


def test_the_refused_rows_come_back_as_a_file_to_mend(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages, b"Deal,Mail\nA,a@b.org\n=1+1,bad\n")
    run(pages, base)
    file = pages.get(f"{base}/refused.csv")
    assert "deals-refused.csv" in file.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0] == ["Deal", "Mail", "Line", "Why it was left out"]
    assert rows[1] == ["'=1+1", "bad", "3", "“bad” is not a mail address."]
    assert next(read_table(file.content).rows()).cells[0] == "=1+1"


def test_an_import_of_somebody_else_is_not_there(doors, kit):
    base = start(doors.pages(kit.ann))
    bob, boss = doors.pages(kit.bob), doors.pages(kit.max)
    for path in ("", "/mapping", "/preview", "/mapping.json", "/refused.csv"):
        assert bob.get(f"{base}{path}").status_code == 404
    for path in ("/run", "/pause", "/continue", "/undo", "/discard"):
        assert bob.post(f"{base}{path}").status_code == 404
    assert boss.get(f"{base}/preview").status_code == 200


def test_who_may_not_make_users_is_told_and_cannot_run(doors, kit):
    pages = doors.pages(kit.ann)
    base = start(pages, b"Deal,Owner\nA,Nobody Known\n")
    form = form_of(pages.get(f"{base}/mapping").text)
    pages.post(f"{base}/mapping", data=form | {"create-users": ["on"]})
    page = pages.get(f"{base}/preview").text
    assert "Making users takes the role “admin” or higher" in page
    assert f'action="{base}/run"' not in page or "Import 1 row" not in page
    assert pages.post(f"{base}/run").status_code == 403


def test_a_draft_can_be_discarded_and_nothing_else(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    assert pages.post(f"{base}/discard").status_code == 200
    assert pages.get(base).status_code == 404
    base = start(pages)
    run(pages, base)
    assert pages.post(f"{base}/discard").status_code == 409


def test_a_paused_import_offers_to_continue(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    pages.post(f"{base}/run")
    paused = pages.post(f"{base}/pause").text
    assert "Continue" in paused
    assert 'data-refresh="' not in paused
    kit.run_jobs()
    assert 'data-refresh="' in pages.post(f"{base}/continue").text
    kit.run_jobs()
    assert "Rows left out" in pages.get(base).text


def test_an_import_whose_job_was_cancelled_offers_to_continue(doors, kit):
    pages = doors.pages(kit.max)
    base = start(pages)
    pages.post(f"{base}/run")
    with kit.work(kit.max) as uow:
        [job] = list_jobs(uow)
        cancel_job(uow, job)
    assert "Continue" in pages.get(base).text
    pages.post(f"{base}/continue")
    kit.run_jobs()
    assert "Rows left out" in pages.get(base).text


def test_the_pages_speak_french(doors, kit):
    pages = doors.pages(kit.ann, language="fr")
    assert "Aucun import" in pages.get(IMPORTS).text
    assert "Ce fichier est vide." in upload(pages, b"").text


def test_nothing_in_a_file_becomes_markup(doors, kit):
    pages = doors.pages(kit.max)
    evil = "<script>alert(1)</script>"
    base = start(
        pages, f"Deal,Mail,{evil}\n{evil},{evil},{evil}\n".encode(), name=f"{evil}.csv"
    )
    pages.get(f"{base}/mapping")
    texts = [pages.get(f"{base}{part}").text for part in ("/mapping", "/preview")]
    texts += [run(pages, base), pages.get(IMPORTS).text]
    assert not any(evil in text for text in texts)


@pytest.mark.realdata
def test_each_real_file_ends_in_a_preview_or_one_sentence(doors, kit, real_data):
    pages = doors.pages(kit.max)
    files = sorted((real_data / "imports" / "files").iterdir())
    assert len(files) == 65
    previews = 0
    for file in files:
        answer = upload(pages, file.read_bytes(), entity="contact", name=file.name)
        if answer.status_code == 303:
            base = answer.headers["location"].removesuffix("/mapping")
            assert pages.get(f"{base}/mapping").status_code == 200, file.name
            assert pages.get(f"{base}/preview").status_code == 200, file.name
            previews += 1
        else:
            assert answer.status_code == 422, file.name
            found = re.search(r'role="alert">.*?<span>(.+?)</span>', answer.text)
            assert found is not None, file.name
            assert found[1].startswith("This "), file.name
    assert previews > 40
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Import)) == previews
