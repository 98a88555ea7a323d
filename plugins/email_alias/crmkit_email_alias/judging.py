"""What a mail is that no person wrote to us: bounces, auto-replies, lists, loops."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmkit_email_alias.reading import ReadMail

MOST_HOPS = 50


class Nature(StrEnum):
    """What kind of mail one is; only what a person wrote becomes a lead."""

    PERSONAL = "personal"
    BOUNCE = "bounce"
    FEEDBACK = "feedback"
    RECEIPT = "receipt"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    LOOP = "loop"


_DAEMONS = re.compile(
    r"^(mailer-?daemon|postmaster|mail-?daemon|mdaemon|maildaemon|daemon|"
    r"mail[-_.]?delivery|bounces?([-+=].*)?|double-bounce|mailerdaemon)@",
    re.IGNORECASE,
)
_DAEMON_NAMES = re.compile(
    r"mail(er)?[- ]?(delivery|daemon)|delivery (sub)?system|postmaster|"
    r"mail (delivery|administrator)",
    re.IGNORECASE,
)
_BOUNCES = re.compile(
    r"undeliver|delivery (status|failure|has failed|report|notification)|"
    r"(mail|message|delivery) (delivery )?(failure|failed|error|problem)|"
    r"failure notice|returned mail|returned to sender|could not be delivered|"
    r"mail system error|non[- ]?remis|unzustellbar|nicht zugestellt|"
    r"not? delivered|impossible de remettre|no se puede entregar|"
    r"errore nella consegna|mancata consegna|onbestelbaar|配信|送信できません|"
    r"delivery incomplete|warning: could not send|user unknown|rejected mail",
    re.IGNORECASE,
)
_AUTO_SUBJECTS = re.compile(
    r"^\s*(\S{1,4}:\s*)?(out of (the )?office|automatic reply|auto(matic|mated)?[- ]?"
    r"(reply|response|responder|answer)|auto:|vacation|on vacation|"
    r"i am (currently )?(away|out)|réponse automatique|reponse automatique|"
    r"absence du bureau|message d.absence|absent du bureau|automatische antwort|"
    r"abwesenheit|abwesend|automatisch antwoord|afwezig|risposta automatica|"
    r"fuori ufficio|respuesta autom|fuera de (la )?oficina|resposta autom|"
    r"fora do escrit|autosvar|automaattinen vastaus|автоответ|odpowied. automat|"
    r"自動返信|自动回复|自動回覆)",
    re.IGNORECASE,
)
_AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-vacation",
    "x-mail-autoreply",
    "x-cron-env",
)
_REPORTS = {
    "delivery-status": Nature.BOUNCE,
    "feedback-report": Nature.FEEDBACK,
    "disposition-notification": Nature.RECEIPT,
}


def nature_of(mail: ReadMail) -> Nature:
    """What kind of mail it is, by what RFC 3464, 3834, 5965 and 2919 have it say."""
    if len(mail.headers.get("received", ())) > MOST_HOPS:
        return Nature.LOOP
    report = _REPORTS.get(mail.report_type) or _by_parts(mail)
    if report is not None:
        return report
    if _is_bounce(mail):
        return Nature.BOUNCE
    if _is_automatic(mail):
        return Nature.AUTO_REPLY
    return Nature.LIST if _is_list(mail) else Nature.PERSONAL


def _by_parts(mail: ReadMail) -> Nature | None:
    if "message/feedback-report" in mail.kinds:
        return Nature.FEEDBACK
    if "message/delivery-status" in mail.kinds:
        return Nature.BOUNCE
    if "message/disposition-notification" in mail.kinds:
        return Nature.RECEIPT
    return None


def _is_bounce(mail: ReadMail) -> bool:
    if "x-failed-recipients" in mail.headers:
        return True
    if mail.header("auto-submitted").strip().lower().startswith("auto-replied"):
        # A delivery report that is none of RFC 3464: nobody can tell what it reports.
        return bool(mail.statuses)
    is_daemon = bool(_DAEMONS.match(mail.from_address))
    has_no_way_back = mail.header("return-path").strip() == "<>"
    is_told = bool(_BOUNCES.search(mail.subject))
    is_named = bool(_DAEMON_NAMES.search(mail.from_name))
    return is_daemon or (is_told and (is_named or has_no_way_back))


def _is_automatic(mail: ReadMail) -> bool:
    said = mail.header("auto-submitted").split(";")[0].strip().lower()
    if said and said != "no":
        return True
    if any(name in mail.headers for name in _AUTO_HEADERS):
        return True
    if mail.header("precedence").strip().lower() in {"auto_reply", "junk"}:
        return True
    return bool(_AUTO_SUBJECTS.match(mail.subject))


def _is_list(mail: ReadMail) -> bool:
    if "list-id" in mail.headers or "list-post" in mail.headers:
        return True
    return mail.header("precedence").strip().lower() in {"list", "bulk"}


def failed_recipient(mail: ReadMail) -> tuple[str, str, bool] | None:
    """Whom a bounce was for, why, and whether for good; None where it does not say."""
    for status in mail.statuses:
        to = status.get("final-recipient") or status.get("original-recipient") or ""
        address = to.rpartition(";")[2].strip(" <>")
        if not address:
            continue
        code = status.get("status", "")
        said = status.get("diagnostic-code", "").rpartition("; ")[2]
        is_final = status.get("action", "").strip().lower() == "failed" or (
            code.startswith("5")
        )
        return address, f"{code} {said}".strip(), is_final
    failed = mail.header("x-failed-recipients").split(",")[0].strip()
    return (failed, mail.subject, True) if failed else None
