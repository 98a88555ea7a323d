"""Secrets at rest: encrypted with a key that does not lie in the database.

AES-GCM; what is sealed for one place (`table:column:id`) opens nowhere else. A sealed
text begins with the id of its key, so that keys can be changed: `CRMKIT_SECRET_KEY`
holds the present key and, after commas, older ones that still open.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from crmkit.core.settings import Settings

__all__ = [
    "MissingKeyError",
    "SecretKeys",
    "WrongKeyError",
    "key_file",
    "keys_of",
]

_NONCE = 12
_ID = 8
_SHORTEST = 16


class MissingKeyError(CrmError):
    """A secret cannot be kept or read without a key."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "Set CRMKIT_SECRET_KEY to a long random text, the same for every "
                "process: secrets are encrypted with it."
            )
        )


class ShortKeyError(CrmError):
    """The key is too short to protect anything."""

    def __init__(self) -> None:
        super().__init__(
            mark("CRMKIT_SECRET_KEY is too short; it takes {least} characters."),
            least=_SHORTEST,
        )


class WrongKeyError(CrmError):
    """A secret was sealed with another key, or for another place."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "This secret cannot be read with the present CRMKIT_SECRET_KEY; "
                "add the key it was encrypted with, or enter it anew."
            )
        )


@dataclass(frozen=True, slots=True, repr=False)
class SecretKeys:
    """Keys as texts: the first seals, every one opens. They show nowhere."""

    texts: tuple[str, ...]

    def seal(self, secret: str, place: str) -> str:
        """`secret` encrypted for `place`, as text to store."""
        if not self.texts:
            raise MissingKeyError
        text = self.texts[0]
        if len(text) < _SHORTEST:
            raise ShortKeyError
        nonce = token_bytes(_NONCE)
        closed = _cipher(text).encrypt(nonce, secret.encode(), place.encode())
        return f"{_name(text)}.{urlsafe_b64encode(nonce + closed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """What was sealed for `place`; raises WrongKeyError."""
        if not self.texts:
            raise MissingKeyError
        name, _, rest = sealed.partition(".")
        text = next((text for text in self.texts if _name(text) == name), None)
        if text is None:
            raise WrongKeyError
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (see _cipher)

        try:
            raw = urlsafe_b64decode(rest)
            opened = _cipher(text).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode())
        except (ValueError, InvalidTag):
            raise WrongKeyError from None
        return opened.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the present key sealed it, not an older one."""
        return bool(self.texts) and sealed.startswith(f"{_name(self.texts[0])}.")


def keys_of(settings: Settings, *, makes: bool = False) -> SecretKeys:
    """The keys of a CRM: of the environment, else of the file beside the SQLite one.

    `makes` lets that file be made where it is missing; on PostgreSQL there is none.
    """
    if settings.secret_key is not None:
        given = settings.secret_key.get_secret_value().split(",")
        return SecretKeys(tuple(text.strip() for text in given if text.strip()))
    file = key_file(settings.database_url)
    if file is None:
        return SecretKeys(())
    if makes and not file.exists():
        _make(file)
    return SecretKeys((file.read_text().strip(),) if file.exists() else ())


def key_file(database_url: str) -> Path | None:
    """Where the key of a SQLite file lies, None for any other database."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(f"{url.database}.key")


def _make(file: Path) -> None:
    # Written whole under another name, and then linked: no process reads half a key,
    # and of two that make one only the first wins.
    draft = file.with_name(f"{file.name}.{token_urlsafe(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, f"{token_urlsafe(32)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _cipher(text: str) -> AESGCM:
    # Six megabytes, for processes that have a secret to open.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(_derive(text))


def _derive(text: str) -> bytes:
    return sha256(b"crmkit secrets\0" + text.encode()).digest()


def _name(text: str) -> str:
    return sha256(b"crmkit key name\0" + text.encode()).hexdigest()[:_ID]
