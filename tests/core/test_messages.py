"""Mail out: written, held back, sent to a server or a folder, and failed."""

import socket
from email import message_from_bytes
from email.policy import default
from io import BytesIO

import pytest
from aiosmtpd.controller import Controller

from crmkit.core import (
    MessageDraft,
    MessageState,
    MessageVisibility,
    ReceivedMail,
    attach_file,
    bounce_message,
    bounced_address,
    cancel_message,
    change_settings,
    get_lead,
    get_message,
    messages_of,
    receive_message,
    timeline_of,
    undo_change,
    write_message,
)
from crmkit.core.errors import CrmError, NotFoundError

ZOE = "zoe@hydrolis.example"


@pytest.fixture
def outbox(make_kit, tmp_path):
    """The company, with a folder for its mails."""
    return make_kit(outbox=tmp_path / "outbox"), tmp_path / "outbox"


def write(kit, lead, who=None, **fields):
    values = {"subject": "Our offer", "text": "Good day,\nhere it is.", **fields}
    with kit.work(who or kit.ann) as uow:
        message = write_message(uow, get_lead(uow, lead.id), MessageDraft(**values))
        return message.id, uow.change_id


def send(kit, clock):
    clock.advance(minutes=1)
    return kit.run_jobs()


def letters(folder):
    return [
        message_from_bytes(file.read_bytes(), policy=default)
        for file in sorted(folder.glob("*.eml"))
    ]


def state_of(kit, message_id):
    with kit.read(kit.ann) as uow:
        return get_message(uow, message_id).state


def test_without_a_server_a_mail_goes_to_a_folder_with_all_its_headers(outbox, clock):
    kit, folder = outbox
    lead = kit.lead(email=ZOE)
    message_id, _ = write(kit, lead, cc=("bob@example.org",))
    assert kit.run_jobs() == [], "it waits, so that undo still holds it"
    send(kit, clock)
    (letter,) = letters(folder)
    assert letter["From"] == "Ann <ann@example.org>"
    assert (letter["To"], letter["Cc"]) == (ZOE, "bob@example.org")
    assert letter["Subject"] == "Our offer"
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter.get_content().split("\r\n") == ["Good day,", "here it is.", ""]
    assert state_of(kit, message_id) is MessageState.SENT


def attach(kit, lead, data, name):
    with kit.work(kit.ann) as uow:
        return attach_file(uow, get_lead(uow, lead.id), BytesIO(data), name).id


def test_files_of_the_lead_go_along_and_too_many_bytes_do_not(outbox, clock):
    kit, folder = outbox
    lead, other = kit.lead(email=ZOE), kit.lead()
    offer = attach(kit, lead, b"%PDF-1.7 offer", "Offre été.pdf")
    heavy = attach(kit, lead, bytes(18 * 1024 * 1024), "plan.bin")
    message_id, _ = write(kit, lead, attachment_ids=(offer, offer))
    with pytest.raises(CrmError, match="The files have 19 MB together"):
        write(kit, lead, attachment_ids=(offer, heavy))
    with pytest.raises(NotFoundError):
        write(kit, other, to=(ZOE,), attachment_ids=(offer,))
    send(kit, clock)
    (letter,) = letters(folder)
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (
        "Offre été.pdf",
        "application/pdf",
    )
    assert file.get_content() == b"%PDF-1.7 offer"
    assert state_of(kit, message_id) is MessageState.SENT


def test_an_answer_carries_the_thread_and_a_configured_sender(outbox, clock):
    kit, folder = outbox
    lead = kit.lead(email=ZOE)
    with kit.work() as uow:
        change_settings(uow, {"mail_from": "crm@company.example"})
        mail = ReceivedMail(
            from_name="Zoé",
            from_address=ZOE,
            to=("sales@company.example",),
            cc=(),
            subject="Pumps",
            text="How much?",
            html=None,
            message_id="<question@hydrolis.example>",
            references=("<first@hydrolis.example>",),
        )
        asked = receive_message(uow, get_lead(uow, lead.id), mail).id
    write(kit, lead, reply_to_id=asked)
    send(kit, clock)
    (letter,) = letters(folder)
    assert letter["From"] == "Ann <crm@company.example>"
    assert letter["Reply-To"] == "ann@example.org"
    assert letter["In-Reply-To"] == "<question@hydrolis.example>"
    assert letter["References"].split() == [
        "<first@hydrolis.example>",
        "<question@hydrolis.example>",
    ]


def test_undo_holds_back_a_mail_that_waits_and_names_one_that_went(outbox, clock):
    kit, folder = outbox
    lead = kit.lead(email=ZOE)
    message_id, change_id = write(kit, lead)
    with kit.work(kit.ann) as uow:
        assert undo_change(uow, change_id).records == 1
    send(kit, clock)
    assert state_of(kit, message_id) is MessageState.CANCELLED
    assert letters(folder) == []
    _, change_id = write(kit, lead)
    send(kit, clock)
    with kit.work(kit.ann) as uow:
        undone = undo_change(uow, change_id)
        assert [kept.fields for kept in undone.kept] == [("message.written",)]


def test_a_mail_that_is_gone_cannot_be_held_back(outbox, clock):
    kit, _ = outbox
    lead = kit.lead(email=ZOE)
    message_id, _ = write(kit, lead)
    send(kit, clock)
    with kit.work(kit.ann) as uow, pytest.raises(CrmError, match="gone out already"):
        cancel_message(uow, get_lead(uow, lead.id), get_message(uow, message_id))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "no mail address"),
        ({"to": ("zoe",)}, "“zoe” is no mail address"),
        ({"to": (ZOE,), "cc": ("a@b@c",)}, "“a@b@c” is no mail address"),
    ],
)
def test_a_mail_to_nobody_is_refused_in_a_sentence(kit, fields, sentence):
    with pytest.raises(CrmError, match=sentence):
        write(kit, kit.lead(), **fields)


def test_a_subject_cannot_smuggle_headers(outbox, clock):
    kit, folder = outbox
    write(kit, kit.lead(email=ZOE), subject="Hello\r\nBcc: all@example.org")
    send(kit, clock)
    (letter,) = letters(folder)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: all@example.org"


class Sink:
    """A mail server that keeps what it gets, unless it is told to refuse."""

    def __init__(self, port):
        self.port, self.got, self.answer = port, [], "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            self.got.append(envelope)
        return self.answer


@pytest.fixture
def sink():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        handler = Sink(free.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


def test_a_mail_goes_to_a_server_and_comes_again_where_it_was_refused_for_now(
    make_kit, clock, sink
):
    kit = make_kit(smtp_url=f"smtp://127.0.0.1:{sink.port}")
    message_id, _ = write(kit, kit.lead(email=ZOE))
    sink.answer = "451 Come again later"
    (job,) = send(kit, clock)
    assert (job.state, sink.got) == ("waiting", [])
    assert "451 Come again later" in job.error["parts"]["said"]
    assert state_of(kit, message_id) is MessageState.QUEUED
    sink.answer = "250 OK"
    clock.advance(minutes=1)
    kit.run_jobs()
    (envelope,) = sink.got
    assert envelope.rcpt_tos == [ZOE]
    assert state_of(kit, message_id) is MessageState.SENT


def test_a_mail_that_is_refused_for_good_is_marked_with_the_reason(
    make_kit, clock, sink
):
    kit = make_kit(smtp_url=f"smtp://127.0.0.1:{sink.port}")
    lead = kit.lead(email=ZOE)
    write(kit, lead)
    sink.answer = "554 No thanks"
    (job,) = send(kit, clock)
    assert job.state == "done"
    with kit.read(kit.ann) as uow:
        newest, written, *_ = timeline_of(uow, get_lead(uow, lead.id), kind="message")
    assert written.message is not None
    assert newest.kind == "message.failed"
    assert written.message.state is MessageState.FAILED
    assert "554 No thanks" in written.message.error_text(str)


def test_a_server_that_is_away_or_unknown_is_named(make_kit, clock):
    kit = make_kit(smtp_url="smtp://127.0.0.1:9")
    write(kit, kit.lead(email=ZOE))
    (job,) = send(kit, clock)
    assert "did not answer on port" in job.error["sentence"]


def test_a_private_mail_shows_only_that_it_is(kit):
    lead = kit.lead(email=ZOE)
    for visibility in (MessageVisibility.PRIVATE, MessageVisibility.SUBJECT):
        mail = ReceivedMail(
            to=("ann@example.org",),
            cc=(),
            html="<p>secret</p>",
            from_name="Zoé",
            from_address=ZOE,
            subject="About you",
            text="secret",
            message_id=f"<{visibility}@x>",
            owner_id=kit.ann,
            visibility=visibility,
        )
        with kit.work() as uow:
            receive_message(uow, get_lead(uow, lead.id), mail)
    with kit.read(kit.tom) as uow:
        subject, private = messages_of(uow, get_lead(uow, lead.id))
        assert (private.subject, private.text, private.has_html) == ("", "", False)
        assert (subject.subject, subject.text) == ("About you", "")
        with pytest.raises(NotFoundError):
            get_message(uow, private.id)
    with kit.read(kit.ann) as uow:
        assert [one.text for one in messages_of(uow, get_lead(uow, lead.id))] == [
            "secret",
            "secret",
        ]


def test_a_bounce_marks_the_mail_and_the_address(outbox, clock):
    kit, _ = outbox
    lead = kit.lead(email=ZOE)
    message_id, _ = write(kit, lead)
    send(kit, clock)
    with kit.work() as uow:
        message = get_message(uow, message_id)
        bounce_message(uow, get_lead(uow, lead.id), message, ZOE, "5.1.1 No such user")
        known = bounced_address(uow, f" {ZOE.upper()} ")
        assert known is not None
        assert (known.bounces, known.reason) == (1, "5.1.1 No such user")
    assert state_of(kit, message_id) is MessageState.BOUNCED


def test_a_worker_that_died_in_the_middle_sends_under_the_same_message_id(
    outbox, clock
):
    kit, folder = outbox
    write(kit, kit.lead(email=ZOE))
    clock.advance(minutes=1)
    kit.claim_job()
    clock.advance(hours=1)
    kit.run_jobs()
    assert len(letters(folder)) == 1
