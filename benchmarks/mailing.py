"""`python -m benchmarks.mailing [MAILS]`: how fast mails are kept, and made leads.

Each mail has a text and an HTML part and is committed by itself, on both databases,
with the plugin `email_alias` alone beside the core. The bar is 180 read in a second.
"""

from __future__ import annotations

import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from crmkit.core import StageDraft, add_stage
from crmkit.jobs import run_due
from crmkit_email_alias.arriving import Arrival, keep_mail

from benchmarks.databases import open_for, postgresql

MAILS = 400
_LINES, _PARAGRAPHS = 20, 40


def main(arguments: list[str]) -> int:
    """Print a line for each database."""
    mails = [
        _mail(number) for number in range(int(arguments[0] if arguments else MAILS))
    ]
    with tempfile.TemporaryDirectory(prefix="crmkit-mails-") as folder:
        _measure("SQLite", f"sqlite:///{Path(folder, 'mails.db')}", mails)
        with postgresql(Path(folder, "server")) as url:
            _measure("PostgreSQL", url, mails)
    return 0


def _mail(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Person {number} <person{number}@example.org>"
    mail["To"] = "sales@crm.example"
    mail["Subject"] = f"Mail {number}"
    mail["Message-ID"] = f"<{number}@example.org>"
    quoted = "\nOn Mon, 1 Jan 2026 10:00, A <a@example.org> wrote:\n> One\n> Two\n"
    mail.set_content("Good day,\n" * _LINES + quoted)
    mail.add_alternative("<p>Good day</p>" * _PARAGRAPHS, subtype="html")
    return mail.as_bytes()


def _measure(name: str, url: str, mails: list[bytes]) -> None:
    crm = open_for(url, ("email_alias",))
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
    began = time.perf_counter()
    for mail in mails:
        with crm.work() as uow:
            keep_mail(uow, mail, Arrival("bench"))
    kept = time.perf_counter()
    run_due(crm)
    read = time.perf_counter()
    crm.close()
    print(
        f"{name}: {len(mails) / (kept - began):.0f} mails/s kept, "
        f"{len(mails) / (read - kept):.0f} read, {len(mails) / (read - began):.0f} both"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
