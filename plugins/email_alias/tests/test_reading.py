"""Mails of all kinds are read, judged and folded; none raises."""

from __future__ import annotations

import csv
from time import monotonic

import pytest

from crmkit.core import text_of_html
from crmkit_email_alias.folding import fold_reply
from crmkit_email_alias.judging import Nature, failed_recipient, nature_of
from crmkit_email_alias.reading import read_mail

NATURES = {
    "bounce": {Nature.BOUNCE},
    "auto-reply": {Nature.AUTO_REPLY},
    "feedback-report": {Nature.FEEDBACK},
    "read-receipt": {Nature.RECEIPT},
    "message": {Nature.PERSONAL, Nature.LIST},
    "not-a-bounce": {Nature.PERSONAL, Nature.AUTO_REPLY},
}


@pytest.mark.realdata
def test_real_mails_are_of_the_kind_that_their_index_says(real_data):
    folder = real_data / "email"
    with (folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for row in rows:
        mail = read_mail((folder / "messages" / row["file"]).read_bytes())
        if nature_of(mail) not in NATURES[row["kind"]]:
            wrong.append((row["file"], row["kind"], nature_of(mail)))
    assert (len(rows) > 0, wrong) == (True, [])


def _compact(text):
    return "".join(text.split())


CHECKS = {
    "reply_equals": lambda words, value, _raw: words.strip() == value.strip(),
    "reply_equals_ignoring_space": lambda w, value, _: _compact(w) == _compact(value),
    "reply_contains": lambda words, value, _raw: value.strip() in words,
    "nothing_quoted": lambda words, _value, raw: _compact(words) == _compact(raw),
}


@pytest.mark.realdata
def test_what_is_new_in_real_replies_is_found(real_data):
    folder = real_data / "email_replies"
    with (folder / "expected.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["check"] in CHECKS]
    right = 0
    for row in rows:
        raw = (folder / "bodies" / row["file"]).read_text("utf-8", "replace")
        text = text_of_html(raw) if row["file"].endswith(".html") else raw
        words, _ = fold_reply(text)
        right += CHECKS[row["check"]](words, row["value"], text)
    assert right / len(rows) >= 0.95, f"{right} of {len(rows)}"


def test_headers_that_are_broken_are_read_as_far_as_they_go():
    mail = read_mail(
        b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>, a@\r\n"
        b"To: <sales@example.org>, @@, \xff\xfe\r\n"
        b"Subject: =?utf-8?b?w6k=?= =?utf-8?b?w6?= =?nope?q?x?= caf\xe9\r\n"
        b"Message-ID: <[v=1]>\r\n"
        b"Date: yesterday\r\n"
        b"Content-Type: text/plain; charset=x-unknown\r\n\r\nBonjour \xe9t\xe9\r\n"
    )
    assert (mail.from_name, mail.from_address) == ("Zoë", "zoe@example.org")
    assert mail.to == ("sales@example.org",)
    assert mail.subject.startswith("é")
    assert mail.subject.endswith("café")
    assert (mail.text, mail.sent_at) == ("Bonjour été", None)


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        ('"Doe, Jane" <jane@example.org>, <a@example.org>', ("jane@", "a@")),
        ('"Says \\"hi, all\\"" <b@example.org>', ("b@",)),
        ("a@example.org, broken@@, b@example.org", ("a@", "b@")),
        ("undisclosed-recipients:;", ()),
        ("Sales: a@example.org, b@example.org;", ("a@", "b@")),
        ("a@example.org (Doe, Jane), b@example.org", ("a@", "b@")),
        ('"<,' * 5000, ()),
    ],
)
def test_addresses_between_commas_are_read_each_by_itself(header, addresses):
    mail = read_mail(f"To: {header}\r\n\r\nHello\r\n".encode())
    assert mail.to == tuple(f"{one}example.org" for one in addresses)


def test_a_mail_in_a_thousand_envelopes_is_read_without_falling():
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(1500)
    )
    mail = read_mail(b"From: zoe@example.org\r\nSubject: Deep\r\n" + parts)
    assert (mail.from_address, mail.subject) == ("zoe@example.org", "Deep")


def test_files_keep_their_names_and_forwarded_mails_come_as_files():
    mail = read_mail(
        b"From: zoe@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nSee both.\r\n"
        b"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;"
        b" filename*=UTF-8''offre%20n%C2%B02.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Subject: Older\r\n\r\nHi\r\n--x--\r\n"
    )
    assert mail.text.strip() == "See both."
    files = [(file.name, file.data[:4]) for file in mail.enclosures]
    assert files == [("offre n°2.pdf", b"%PDF"), ("Older.eml", b"Subj")]


def test_a_bounce_says_whom_it_was_for_and_why():
    mail = read_mail(
        b"From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status;"
        b" boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; zoe@example.org\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 No such user\r\n"
        b"--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        b"Message-ID: <sent@crm.example>\r\n\r\n--x--\r\n"
    )
    assert nature_of(mail) is Nature.BOUNCE
    told = ("zoe@example.org", "5.1.1 550 No such user", True)
    assert failed_recipient(mail) == told
    assert mail.returned_ids == ("<sent@crm.example>",)


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "X-Autoreply: yes",
        "Subject: Automatische Antwort: Ihr Angebot",
        "Subject: Réponse automatique : votre offre",
        "Subject: Out of Office until Monday",
    ],
)
def test_automatic_answers_are_known_with_and_without_the_header(head):
    mail = read_mail(f"From: zoe@example.org\r\n{head}\r\n\r\nAway\r\n".encode())
    assert nature_of(mail) is Nature.AUTO_REPLY


@pytest.mark.parametrize(
    "text",
    [
        "> a\nb\n" * 2000,
        "On " + "a" * 80_000,
        ("On 12:00 <a@b wrote " * 40 + "\n") * 500,
        "From: x\n" * 4000,
        "> " * 40_000,
    ],
)
def test_no_input_holds_up_the_folding(text):
    start = monotonic()
    fold_reply(text)
    assert monotonic() - start < 3
