"""A real IMAP server on free ports of this machine, for as long as a test wants."""

from __future__ import annotations

import getpass
import shutil
import smtplib
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "box@example.org", "secret"
_SECONDS = 10
_CONFIG = """
base_dir = {run}
log_path = {folder}/log
default_internal_user = {user}
default_login_user = {login}
default_internal_group = {group}
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {user}
mail_gid = {group}
listen = 127.0.0.1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  chroot =
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Ports(NamedTuple):
    """Where mails are fetched, and where they are handed in."""

    imap: int
    lmtp: int


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def find_dovecot() -> str | None:
    """The program, None where it or its LMTP is not installed."""
    if not Path("/usr/lib/dovecot/lmtp").exists():
        return None
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")


@contextmanager
def running_dovecot(folder: Path, run: Path) -> Iterator[Ports]:
    """The ports of a server whose mailbox lies in `folder`; its sockets in `run`."""
    ports = Ports(free_port(), free_port())
    user, login = getpass.getuser(), getpass.getuser()
    for part in ("cur", "new", "tmp"):
        (folder / "mail" / part).mkdir(parents=True)
        (folder / "mail" / part).chmod(0o777)
    for path in (folder, folder / "mail", run):
        path.chmod(0o777)
    if user == "root":
        # It serves nobody as root; its package made these two for it.
        user, login = "dovecot", "dovenull"
    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            run=run,
            folder=folder,
            user=user,
            login=login,
            group=user,
            port=ports.imap,
            lmtp=ports.lmtp,
            password=PASSWORD,
        )
    )
    program = find_dovecot()
    assert program is not None
    server = subprocess.Popen(  # noqa: S603
        [program, "-F", "-c", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        _await(ports.imap, server, folder / "log")
        yield ports
    finally:
        server.terminate()
        server.wait(_SECONDS)


def _await(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as asked:
                if asked.recv(10):
                    return
        except OSError:
            time.sleep(0.05)
    said = log.read_text() if log.exists() else ""
    message = f"dovecot: {server.poll()} {said}"
    raise AssertionError(message)


def put_mail(port: int, raw: bytes) -> None:
    """Deliver a mail by LMTP, as a mail server on the way would."""
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail("sender@example.org", [USER], raw)
