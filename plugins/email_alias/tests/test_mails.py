"""Mails become leads or answers, or a reason; nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import smtplib
import socket
from email.message import EmailMessage

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from crmkit.cli import main
from crmkit.core import (
    Lead,
    LeadKind,
    MergeDraft,
    Message,
    MessageDraft,
    MessageState,
    attachments_of,
    bounced_address,
    change_settings,
    clean_html,
    followers_of,
    get_lead,
    merge_leads,
    messages_of,
    write_message,
)
from crmkit_email_alias.addresses import AddressDraft, add_address
from crmkit_email_alias.arriving import Arrival, get_mail, keep_mail, read_again
from crmkit_email_alias.listening import Listener
from crmkit_email_alias.processing import process_mail
from crmkit_email_alias.tables import MailState, RawMail

pytestmark = pytest.mark.plugins("email_alias")

ZOE, SALES = "zoe@hydrolis.example", "sales@crm.example"


@pytest.fixture
def office(kit):
    """The company with the address sales@crm.example, of Lyon and of Ann."""
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"email_alias.domain": "crm.example"})
        draft = AddressDraft(name="Sälés", team_id=kit.lyon, owner_id=kit.ann)
        assert add_address(uow, draft).name == "sales"
    return kit


def letter(text="Hello, how much?", **headers):
    mail = EmailMessage()
    named = {
        "From": f"Zoé Aubry <{ZOE}>",
        "To": SALES,
        "Subject": "Pumps",
        "Message-ID": "<1@hydrolis.example>",
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in (named | given).items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail


def arrive(kit, mail, **how):
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    with kit.work() as uow:
        number = keep_mail(uow, raw, Arrival("stdin", **how)).id
    kit.run_jobs()
    with kit.read() as uow:
        return get_mail(uow, number)


def leads(kit):
    with kit.read() as uow:
        return list(uow.session.scalars(select(Lead).order_by(Lead.id)))


def test_a_mail_to_a_team_is_a_lead_of_that_team(office):
    kit = office
    contact = kit.contact("Zoé Aubry-Martin", email=ZOE)
    kept = arrive(kit, letter(Cc="bob@example.org"))
    (lead,) = leads(kit)
    assert (kept.state, kept.outcome, kept.lead_id) == ("processed", "lead", lead.id)
    assert (lead.name, lead.email, lead.contact_name) == ("Pumps", ZOE, "Zoé Aubry")
    assert (lead.team_id, lead.owner_id) == (kit.lyon, kit.ann)
    assert (lead.kind, lead.contact_id) == (LeadKind.OPPORTUNITY, contact.id)
    with kit.read(kit.ann) as uow:
        (message,) = messages_of(uow, lead)
        assert (message.text, message.direction) == ("Hello, how much?", "in")
        assert followers_of(uow, lead) == [], "Bob cannot see a lead of Ann's"


def test_the_same_mail_comes_once_however_often_it_arrives(office):
    first = arrive(office, letter())
    again = arrive(office, letter())
    other_way = arrive(office, b"Received: by mx\r\n" + letter().as_bytes())
    assert again.id == first.id
    assert (other_way.reason, other_way.lead_id) == ("double", first.lead_id)
    assert len(leads(office)) == 1


@pytest.mark.databases("sqlite")
def test_files_and_formatted_words_come_along_and_do_no_harm(office):
    mail = letter()
    mail.add_alternative(
        '<p onclick="x()">Hello</p><script>x()</script><div hx-get="/x">b</div>'
        '<img src="https://evil.example/a.gif">',
        subtype="html",
    )
    mail.add_attachment(
        b"%PDF-1.7", maintype="application", subtype="pdf", filename="../../offer.pdf"
    )
    mail.add_attachment(
        b"MZ\x90\x00" + bytes(60),
        maintype="application",
        subtype="octet-stream",
        filename="offer.exe",
    )
    kept = arrive(office, mail)
    with office.read(office.ann) as uow:
        lead = get_lead(uow, kept.lead_id)
        assert [file.name for file in attachments_of(uow, lead)] == ["offer.pdf"]
        html = uow.session.scalar(select(Message.html))
    for part in ("script", "onclick", "hx-", "img", "evil"):
        assert part not in html
    assert html == clean_html(html)


def sent(kit, lead_id):
    """A mail of Ann's that went out, with its Message-ID and reply address."""
    with kit.work(kit.ann) as uow:
        draft = MessageDraft(subject="Our offer", text="Here it is.")
        return write_message(uow, get_lead(uow, lead_id), draft)


def test_an_answer_finds_its_lead_by_message_id_and_then_by_its_address(office):
    kit = office
    lead = kit.lead(email=ZOE)
    ours = sent(kit, lead.id)
    assert ours.reply_to.startswith("sales+")
    assert ours.reply_to.endswith("@crm.example")
    by_id = letter("Thanks", In_Reply_To=ours.message_id, Message_ID="<2@x.example>")
    assert arrive(kit, by_id).outcome == "reply"
    max_too = {"From": "Max <max@hydrolis.example>", "Message_ID": "<3@x.example>"}
    by_address = letter("Me too", To=ours.reply_to, **max_too)
    kept = arrive(kit, by_address)
    assert (kept.outcome, kept.lead_id) == ("reply", lead.id)
    assert len(leads(kit)) == 1


@pytest.mark.databases("sqlite")
def test_a_stranger_who_names_a_message_id_or_a_subject_posts_on_no_lead(office):
    kit = office
    lead = kit.lead("Our offer", email=ZOE)
    ours = sent(kit, lead.id)
    forged = letter(
        "Pay here instead",
        From="Mallory <mallory@evil.example>",
        Subject="Re: Our offer",
        References=f"<0@x.example> {ours.message_id}",
        To="sales+000000000000000000000000@crm.example",
    )
    kept = arrive(kit, forged)
    assert (kept.outcome, kept.lead_id != lead.id) == ("lead", True)


def test_an_answer_to_a_merged_lead_lands_on_the_one_that_stays(office):
    kit = office
    first, second = kit.lead("A", email=ZOE), kit.lead("B", email=ZOE)
    ours = sent(kit, second.id)
    with kit.work(kit.ann) as uow:
        merge_leads(uow, MergeDraft(ids=(first.id, second.id)))
    kept = arrive(kit, letter("Thanks", In_Reply_To=ours.message_id))
    with kit.read() as uow:
        stays = [one.id for one in leads(kit) if one.merged_into_id is None]
    assert (kept.outcome, [kept.lead_id]) == ("reply", stays)


def bounce(of, address=ZOE, status="5.1.1", action="failed"):
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {SALES}\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; "
        "boundary=x\r\n\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n"
        f"\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\n"
        f"Status: {status}\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {of}\r\n\r\n--x--\r\n"
    ).encode()


def test_a_bounce_marks_the_mail_that_came_back_and_makes_no_lead(office):
    kit = office
    lead = kit.lead(email=ZOE)
    ours = sent(kit, lead.id)
    arrive(kit, bounce(ours.message_id, status="4.2.2", action="delayed"))
    arrive(kit, bounce(ours.message_id, address="other@hydrolis.example"))
    arrive(kit, bounce("<unknown@crm.example>"))
    with kit.read(kit.ann) as uow:
        assert bounced_address(uow, ZOE) is None
    kept = arrive(kit, bounce(ours.message_id))
    assert (kept.outcome, kept.reason, kept.lead_id) == ("refused", "bounce", lead.id)
    with kit.read(kit.ann) as uow:
        assert bounced_address(uow, ZOE) is not None
        (message,) = messages_of(uow, get_lead(uow, lead.id))
        assert message.state is MessageState.BOUNCED
    arrive(kit, letter())
    with kit.read(kit.ann) as uow:
        assert bounced_address(uow, ZOE) is None, "who writes has an address that works"


def test_a_flood_and_our_own_mails_make_no_leads(office, clock):
    kit = office
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"email_alias.most_of_one": 2})
    reasons = [
        arrive(kit, letter(Message_ID="", Subject=f"No {n}")).reason for n in range(3)
    ]
    assert reasons == [None, None, "flood"]
    clock.advance(hours=3)
    assert arrive(kit, letter(Message_ID="", Subject="Later")).reason is None
    own = letter(From="sales@crm.example", Message_ID="")
    assert arrive(kit, own).reason == "own"


def test_what_fails_is_kept_with_its_reason_and_read_again(office):
    kit = office
    with kit.work() as uow:
        number = keep_mail(uow, letter().as_bytes(), Arrival("stdin")).id
        uow.session.get_one(RawMail, number).envelope_to = [7]  # nothing can read it
    kit.run_jobs()
    with kit.work() as uow:
        kept = get_mail(uow, number)
        assert (kept.state, kept.reason) == (MailState.FAILED, "broken")
        assert "AttributeError" in kept.detail
        kept.envelope_to = []
        read_again(uow, kept)
    kit.run_jobs()
    with kit.read() as uow:
        assert get_mail(uow, number).outcome == "lead"


@pytest.mark.realdata
@pytest.mark.databases("sqlite")
def test_every_real_mail_ends_as_a_record_or_a_reason(office, real_data):
    files = sorted((real_data / "email" / "messages").iterdir())
    with office.work() as uow:
        for file in files:
            process_mail(uow, keep_mail(uow, file.read_bytes(), Arrival("stdin")))
    with office.read() as uow:
        mails = list(uow.session.scalars(select(RawMail)))
        states = {mail.state for mail in mails}
        assert states <= {MailState.PROCESSED, MailState.REFUSED}, [
            (mail.message_id, mail.detail) for mail in mails if mail.state == "failed"
        ]
        assert all(mail.lead_id or mail.reason for mail in mails)
        htmls = uow.session.scalars(select(Message.html)).all()
    for html in filter(None, htmls):
        assert "<script" not in html
        assert "<style" not in html


@pytest.fixture
def lmtp(office):
    """The port of a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listener = Listener(office.crm, "127.0.0.1", port)
    listener.start()
    yield port
    listener.stop()


@pytest.mark.databases("sqlite")
def test_a_mail_server_hands_mails_in_by_lmtp(office, lmtp):
    with smtplib.LMTP("127.0.0.1", lmtp) as client:
        client.send_message(letter(To="hidden@elsewhere.example"), ZOE, [SALES])
    office.run_jobs()
    (lead,) = leads(office)
    assert (lead.name, lead.team_id) == ("Pumps", office.lyon)
    with office.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(RawMail)) == 1


@pytest.mark.databases("sqlite")
def test_the_command_takes_a_mail_in_and_tells_what_it_became(office, monkeypatch):
    monkeypatch.setenv("CRMKIT_DATABASE_URL", str(office.crm.engine.url))

    def call(*arguments, stdin=None):
        return CliRunner().invoke(main, ["mail", *arguments], input=stdin)

    done = call("receive", "--wait", "--json", stdin=letter().as_bytes())
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    (lead,) = leads(office)
    assert said == {"outcome": "lead", "lead_id": lead.id, "reason": None}
    again = call("receive", "--wait", "--json", stdin=letter().as_bytes())
    assert json.loads(again.output) == said
    away = letter(Subject="Out of office", Message_ID="<9@x.example>").as_bytes()
    refused = json.loads(call("receive", "--wait", "--json", stdin=away).output)
    assert refused["outcome"] == "refused"
    assert refused["reason"].startswith("An automatic answer")
    assert "Out of office" in call("list", "--state", "refused").output
    nothing = call("receive", stdin=b"")
    assert (nothing.exit_code, "nothing came in" in nothing.output) == (1, True)


def test_an_admin_sees_what_became_of_each_mail_and_reads_it_again(office, crm_door):
    arrive(office, letter())
    away = arrive(office, letter(Subject="Out of office", Message_ID="<9@x.example>"))
    eve = crm_door.person("eve")
    page = eve.get("/p/email_alias/mails").text
    assert "Out of office" in page
    assert "An automatic answer, such as one from a holiday." in page
    assert eve("POST", f"/p/email_alias/mails/{away.id}/again").status_code == 303
    office.run_jobs()
    found = crm_door.script("eve").get("/p/email_alias/mails?state=refused").json()
    assert [one["id"] for one in found["items"]] == [away.id]
    counts = crm_door.script("eve").get("/p/email_alias/counts").json()["items"]
    assert {(one["what"], one["count"]) for one in counts} == {
        ("lead", 1),
        ("auto_reply", 1),
    }


@pytest.mark.databases("sqlite")  # which makes the key for secrets itself
@pytest.mark.usefixtures("office")
def test_an_admin_sets_up_addresses_and_mailboxes(crm_door):
    eve, script = crm_door.person("eve"), crm_door.script("eve")
    wrong = eve("POST", "/p/email_alias/addresses", data={"name": "Sales"})
    assert wrong.status_code == 422
    assert "There is an address “sales” already." in wrong.text
    box = {"host": "imap.example.org", "user": "box", "password": "secret"}
    assert eve("POST", "/p/email_alias/mailboxes", data=box).status_code == 303
    (shown,) = script.get("/p/email_alias/mailboxes").json()["items"]
    assert (shown["port"], shown["security"]) == (993, "tls")
    assert "secret" not in eve.get("/p/email_alias/setup").text
    assert script.delete(f"/p/email_alias/mailboxes/{shown['id']}").status_code == 204
