"""Files of a record."""

from datetime import timedelta
from io import BytesIO

import pytest

from crmkit.core import (
    UNKNOWN,
    ContactDraft,
    NotFoundError,
    attach_file,
    attachments_of,
    collect_blobs,
    create_contact,
    delete_lead,
    detach_file,
    drop_attachments,
    events_of,
    get_attachment,
    get_contact,
    get_lead,
    purge_attachments,
    undo_change,
)
from crmkit.core.attachments import EmptyFileError, ProgramError, clean_name
from crmkit.core.leads.errors import FailedCheckError, RefusedByPluginError
from crmkit.hooks import Refusal, check_file
from crmkit.testing import sample_plugin

PDF = b"%PDF-1.7 an offer"


def attach(kit, lead, data=PDF, name="offer.pdf", who=None):
    with kit.work(who) as uow:
        found = get_lead(uow, lead.id)
        return attach_file(uow, found, BytesIO(data), name), uow.change_id


def names(kit, lead, who=None):
    with kit.read(who) as uow:
        return [file.name for file in attachments_of(uow, get_lead(uow, lead.id))]


def kinds(kit, lead):
    with kit.read() as uow:
        events = events_of(uow, "lead", lead.id, before=None, limit=9)
    return [event.kind for event in events]


def test_a_file_stands_on_its_lead_with_who_brought_it(kit, clock):
    lead = kit.lead()
    attach(kit, lead, who=kit.ann)
    with kit.read(kit.ann) as uow:
        (file,) = attachments_of(uow, get_lead(uow, lead.id))
    assert (file.name, file.media_type) == ("offer.pdf", "application/pdf")
    assert (file.size, file.created_at) == (len(PDF), clock.now())
    assert (file.added_by_id, file.added_by_name) == (kit.ann, "Ann")
    assert kinds(kit, lead) == ["lead.attached", "lead.created"]


def test_the_newest_file_comes_first(kit):
    lead = kit.lead()
    for name in ("a.pdf", "b.pdf", "a.pdf"):
        attach(kit, lead, name=name)
    assert names(kit, lead) == ["a.pdf", "b.pdf", "a.pdf"]


def test_a_contact_has_files_too(kit):
    with kit.work() as uow:
        contact = create_contact(uow, ContactDraft(name="Zoë"))
    with kit.work() as uow:
        attach_file(uow, get_contact(uow, contact.id), BytesIO(PDF), "card.pdf")
        attached = uow.change_id
    with kit.work() as uow:
        found = get_contact(uow, contact.id)
        (file,) = attachments_of(uow, found)
        assert file.name == "card.pdf"
        assert get_attachment(uow, file.id)[1] is found
        undo_change(uow, attached)
    with kit.read() as uow:
        assert attachments_of(uow, get_contact(uow, contact.id)) == []


def test_undo_takes_a_file_away_and_brings_it_back(kit):
    lead = kit.lead()
    file, attached = attach(kit, lead)
    with kit.work() as uow:
        assert undo_change(uow, attached).records == 1
        undone = uow.change_id
    assert names(kit, lead) == []
    with kit.work() as uow:
        undo_change(uow, undone)
    assert names(kit, lead) == ["offer.pdf"]
    with kit.work() as uow:
        found, of = get_attachment(uow, file.id)
        detach_file(uow, of, found)
        detached = uow.change_id
    assert names(kit, lead) == []
    with kit.work() as uow:
        undo_change(uow, detached)
    assert names(kit, lead) == ["offer.pdf"]


def test_undo_leaves_a_file_that_somebody_took_away_since(kit):
    lead = kit.lead()
    file, attached = attach(kit, lead)
    with kit.work() as uow:
        found, of = get_attachment(uow, file.id)
        detach_file(uow, of, found)
    with kit.work() as uow:
        undone = undo_change(uow, attached)
    assert undone.records == 0
    assert undone.kept[0].fields == ("lead.attached",)


def test_a_file_is_seen_by_who_sees_its_record(kit):
    lead = kit.lead(owner_id=kit.oli, team_id=kit.oslo)
    file, _ = attach(kit, lead)
    with kit.read(kit.oli) as uow:
        assert get_attachment(uow, file.id)[0].id == file.id
    with kit.read(kit.ann) as uow, pytest.raises(NotFoundError, match="file"):
        get_attachment(uow, file.id)
    with kit.work() as uow:
        delete_lead(uow, get_lead(uow, lead.id))
        with pytest.raises(NotFoundError):
            get_attachment(uow, file.id)


def test_a_file_that_was_taken_away_is_not_there(kit):
    file, _ = attach(kit, kit.lead())
    with kit.work() as uow:
        found, of = get_attachment(uow, file.id)
        detach_file(uow, of, found)
        with pytest.raises(NotFoundError):
            get_attachment(uow, file.id)


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (b"", EmptyFileError, "offer.pdf is empty."),
        (b"MZ\x90\0", ProgramError, "offer.pdf is a program"),
    ],
)
def test_nothing_and_programs_are_refused(kit, data, error, sentence):
    lead = kit.lead()
    with pytest.raises(error, match=sentence):
        attach(kit, lead, data)
    assert names(kit, lead) == []


def test_a_file_whose_content_contradicts_its_name_is_of_no_known_type(kit):
    assert attach(kit, kit.lead(), b"<html>", "offer.pdf")[0].media_type == UNKNOWN


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("offer.pdf", "offer.pdf"),
        ("C:\\Users\\Zoë\\offre n°2.pdf", "offre n°2.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/folder/", "file"),
        ("", "file"),
        (" .. ", "file"),
        ("a\r\nSet-Cookie: b\x00.pdf", "a Set-Cookie_ b.pdf"),
        ("gpj\u202efdp.exe", "gpjfdp.exe"),
        ("half \ud800 a sign.txt", "half  a sign.txt"),
        ('a"b|c?.txt', "a_b_c_.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_a_name_loses_what_could_mislead(name, kept):
    assert clean_name(name) == kept


def test_a_plugin_may_refuse_a_file(make_kit):
    @check_file.impl
    def scan(ctx):
        if b"EICAR" in b"".join(ctx.chunks()):
            return Refusal("This file holds a virus.")
        return None

    kit = make_kit(sample_plugin("scanner", scan))
    lead = kit.lead()
    attach(kit, lead)
    with pytest.raises(RefusedByPluginError, match="holds a virus"):
        attach(kit, lead, b"X5O EICAR", "a.txt")
    assert names(kit, lead) == ["offer.pdf"]


def test_a_file_that_no_scanner_could_look_at_is_refused(make_kit):
    @check_file.impl
    def scan(ctx):
        raise OSError(ctx.name)

    kit = make_kit(sample_plugin("scanner", scan))
    with pytest.raises(FailedCheckError, match="scanner"):
        attach(kit, kit.lead())


def test_what_was_taken_away_long_ago_is_forgotten_with_its_bytes(kit, clock):
    lead = kit.lead()
    (old, _), (kept, _) = attach(kit, lead), attach(kit, lead, b"kept", "kept.txt")
    with kit.work() as uow:
        found, of = get_attachment(uow, old.id)
        detach_file(uow, of, found)
    clock.advance(days=91)
    with kit.work() as uow:
        assert purge_attachments(uow, uow.now() - timedelta(days=90)) == 1
        assert purge_attachments(uow, uow.now() - timedelta(days=90)) == 0
        assert collect_blobs(uow) == 1
        assert get_attachment(uow, kept.id)[0].name == "kept.txt"


def test_files_of_a_purged_record_go_with_it(kit):
    lead, other = kit.lead(), kit.lead()
    attach(kit, lead)
    attach(kit, other)
    with kit.work() as uow:
        drop_attachments(uow, "lead", [lead.id])
    assert (names(kit, lead), names(kit, other)) == ([], ["offer.pdf"])
