"""Files through the web door: in by a form, out as they came and never run."""

import pytest

from crmkit.core import ContactDraft, create_contact
from crmkit.web.downloads import disposition

from tests.web.doors import HTMX, fields_of_problem

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PDF = b"%PDF-1.7 an offer"


def attach(door, lead, data=PDF, name="offre n°2.pdf", who="ann"):
    path = f"/leads/{lead['id']}/attachments"
    answer = door.script(who).post(path, files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_script_attaches_lists_fetches_and_removes_a_file(door):
    lead, ann = door.lead(), door.script("ann")
    file = attach(door, lead)
    assert (file["name"], file["size"]) == ("offre n°2.pdf", len(PDF))
    assert file["media_type"] == "application/pdf"
    listed = ann.get(f"/leads/{lead['id']}/attachments").json()["items"]
    assert listed == [file]
    got = ann.get(file["url"].removeprefix("/api/v1"))
    assert got.content == PDF
    assert ann.delete(f"/files/{file['id']}").status_code == 204
    assert ann.get(f"/files/{file['id']}").status_code == 404
    kinds = [
        moment["kind"]
        for moment in ann.get(f"/leads/{lead['id']}/timeline").json()["items"]
    ]
    assert kinds == ["lead.detached", "lead.attached", "lead.created"]


def test_a_removed_file_comes_back_by_undo(door):
    lead, ann = door.lead(), door.script("ann")
    file = attach(door, lead)
    ann.delete(f"/files/{file['id']}")
    newest = ann.get(f"/leads/{lead['id']}/timeline").json()["items"][0]
    assert ann.post(f"/changes/{newest['change_id']}/undo").status_code == 200
    assert ann.get(f"/files/{file['id']}").content == PDF


def test_a_contact_has_files(door):
    with door.kit.work(door.kit.ann) as uow:
        contact = create_contact(uow, ContactDraft(name="Zoë"))
    path = f"/contacts/{contact.id}/attachments"
    files = {"file": ("card.png", PNG)}
    file = door.script("ann").post(path, files=files).json()
    assert door.script("ann").get(path).json()["items"] == [file]
    page = door.person("ann").get(f"/contacts/{contact.id}").text
    assert "card.png" in page
    answer = door.person("ann")("POST", path, files=files, headers=HTMX)
    assert answer.status_code == 200
    assert 'hx-target="#entries"' not in answer.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        ("photo.png", b"<html><script>alert(1)</script>"),
        ("photo.html", PNG),
        ("offer.pdf", PDF),
    ],
)
def test_what_could_run_is_never_shown_inline(door, name, data):
    file = attach(door, door.lead(), data, name)
    got = door.person("ann").get(f"/files/{file['id']}?inline=1")
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-type"] in {
        "application/octet-stream",
        "application/pdf",
    }


def test_an_image_is_shown_when_asked_for(door):
    file = attach(door, door.lead(), PNG, "photo.png")
    got = door.person("ann").get(f"/files/{file['id']}?inline=1")
    assert got.headers["content-disposition"].startswith("inline")
    assert got.headers["content-type"] == "image/png"
    plain = door.person("ann").get(f"/files/{file['id']}")
    assert plain.headers["content-disposition"].startswith("attachment")


def test_a_file_goes_out_sandboxed_and_unguessed(door):
    file = attach(door, door.lead())
    headers = door.person("ann").get(f"/files/{file['id']}").headers
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-length"] == str(len(PDF))


def test_what_a_browser_has_already_is_not_sent_again(door):
    file, ann = attach(door, door.lead()), door.person("ann")
    etag = ann.get(f"/files/{file['id']}").headers["etag"]
    headers = {"if-none-match": f'"other", W/{etag}'}
    again = ann.get(f"/files/{file['id']}", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    denied = door.person("oli").get(f"/files/{file['id']}", headers=headers)
    assert denied.status_code == 404


def test_a_large_file_comes_back_whole(door):
    data = bytes(range(256)) * 4 * 1024 + b"end"
    file = attach(door, door.lead(), data, "raw.bin")
    assert door.person("ann").get(f"/files/{file['id']}").content == data


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        (
            'é "x".pdf',
            "attachment; filename=\"_ _x_.pdf\"; filename*=UTF-8''%C3%A9%20%22x%22.pdf",
        ),
    ],
)
def test_a_name_of_any_letters_fits_into_the_header(name, header):
    assert disposition(name) == header


def test_a_request_without_a_file_is_told_so(door):
    path = f"/leads/{door.lead()['id']}/attachments"
    for options in ({}, {"json": {"file": "x"}}, {"data": {"file": "x"}}):
        answer = door.script("ann").post(path, **options)
        assert "file" in fields_of_problem(answer), answer.text


def test_an_empty_file_is_told_so(door):
    path = f"/leads/{door.lead()['id']}/attachments"
    answer = door.script("ann").post(path, files={"file": ("a.txt", b"")})
    assert fields_of_problem(answer) == {"file": "a.txt is empty."}


def test_too_large_a_file_is_refused_with_the_limit(own_door):
    settings = own_door.kit.crm.settings.model_copy(update={"file_megabytes": 1})
    own_door.kit.crm.settings = settings
    path = f"/leads/{own_door.lead()['id']}/attachments"
    ann = own_door.script("ann")
    answer = ann.post(path, files={"file": ("a.bin", bytes(2**20 + 1))})
    assert answer.status_code == 413
    assert "a.bin is too large: a file may have 1 MB." in answer.text
    assert ann.get(path).json()["items"] == []
    headers = {"content-type": "multipart/form-data; boundary=x"}
    huge = ann.post(path, headers={**headers, "content-length": str(2**30)})
    assert huge.status_code == 413
    endless = ann.post(path, headers=headers, content=iter([b"--x"]))
    assert endless.status_code == 411


def test_the_page_shows_files_and_answers_with_the_panel(door):
    lead, ann = door.lead(), door.person("ann")
    page = ann.get(f"/leads/{lead['id']}").text
    assert "No file yet" in page
    path = f"/leads/{lead['id']}/attachments"
    files = [("file", ("a.pdf", PDF)), ("file", ("b & c.png", PNG))]
    answer = ann("POST", path, files=files, headers=HTMX)
    assert answer.status_code == 200
    for text in ("b &amp; c.png", "a.pdf", "17 byte", "2 files attached", "Undo"):
        assert text in answer.text
    assert "attached <b>a.pdf</b>" in answer.text.replace("\n", " ")
    items = door.script("ann").get(path).json()["items"]
    answer = ann.send(f"/files/{items[1]['id']}/detach")
    assert "a.pdf removed" in answer.text
    assert "removed the file <b>a.pdf</b>" in answer.text
    answer = ann("POST", path, files=files[:1])
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/leads/{lead['id']}",
    )


def test_one_bad_file_of_several_keeps_all_out(door):
    lead = door.lead()
    path = f"/leads/{lead['id']}/attachments"
    files = [("file", ("a.pdf", PDF)), ("file", ("b.exe", b"MZ\0"))]
    answer = door.person("ann")("POST", path, files=files, headers=HTMX)
    assert answer.status_code == 422
    assert "b.exe is a program" in answer.text
    assert door.script("ann").get(path).json()["items"] == []
