"""Stamps: what a form's page carries, so that its answer is known when it comes.

A stamp is `<seconds since 1970>.<kind>.<nonce>.<signature>`. It tells when the page was
shown, and the nonce tells one sending from another. Nobody can make one without the
form's secret.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmkit_web_forms.tables import Form

LIFE = timedelta(hours=24)
FIRST, AGAIN = "f", "a"
MOST_TRIES = 60_000
"""Of the proof of work: a browser tries half of them, in about a tenth of a second."""
_LONGEST = 200
_NONCE = 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that was read: when the page was shown, for the first time or again."""

    made_at: datetime
    kind: str
    nonce: str
    text: str

    def age(self, now: datetime) -> timedelta:
        """How long the page has been open."""
        return now - self.made_at

    @property
    def is_again(self) -> bool:
        """Whether the answer was shown again, to be looked at and sent anew."""
        return self.kind == AGAIN


def make_stamp(form: Form, now: datetime, kind: str = FIRST) -> Stamp:
    """A new stamp for a page of `form`."""
    nonce = secrets.token_hex(_NONCE)
    seconds = int(now.timestamp())
    text = f"{seconds}.{kind}.{nonce}"
    signed = f"{text}.{sign(form, text)}"
    return Stamp(datetime.fromtimestamp(seconds, UTC), kind, nonce, signed)


def read_stamp(form: Form, text: str, now: datetime) -> Stamp | None:
    """The stamp that `text` is; None where it is forged, or older than a day."""
    body, _, signature = text.rpartition(".")
    is_ours = len(text) <= _LONGEST and text.isascii()
    if not is_ours or not hmac.compare_digest(sign(form, body), signature):
        return None
    seconds, kind, nonce = body.split(".")
    made_at = datetime.fromtimestamp(int(seconds), UTC)
    is_fresh = timedelta(0) <= now - made_at + timedelta(minutes=1) <= LIFE
    return Stamp(made_at, kind, nonce, text) if is_fresh else None


def sign(form: Form, text: str) -> str:
    """The signature of a text, by the form's secret."""
    return hmac.new(form.secret.encode(), text.encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Challenge:
    """A proof of work after ALTCHA: find the number whose hash with `salt` is known."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


def make_challenge(form: Form, stamp: Stamp) -> Challenge:
    """The challenge that belongs to a stamp, and to no other."""
    number = secrets.randbelow(MOST_TRIES)
    hashed = _hash(stamp.nonce, number)
    signature = sign(form, hashed)
    return Challenge("SHA-256", hashed, MOST_TRIES, stamp.nonce, signature)


def is_solved(form: Form, stamp: Stamp, payload: str) -> bool:
    """Whether `payload` (base64 of JSON) solves a challenge of this stamp."""
    try:
        said = json.loads(b64decode(payload[:2000], validate=True))
        number, challenge = int(said["number"]), str(said["challenge"])
        signature = str(said["signature"])
    except (ValueError, KeyError, TypeError, Base64Error, RecursionError):
        return False
    if not (challenge.isascii() and signature.isascii()):
        return False
    is_ours = hmac.compare_digest(sign(form, challenge), signature)
    return is_ours and hmac.compare_digest(_hash(stamp.nonce, number), challenge)


def _hash(salt: str, number: int) -> str:
    return sha256(f"{salt}{number}".encode()).hexdigest()
