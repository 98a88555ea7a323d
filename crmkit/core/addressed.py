"""Where a lead or contact is reached: mail, telephone, address, language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.drafts import Draft
from crmkit.core.words import fold, normalize_email, normalize_phone

if TYPE_CHECKING:
    from collections.abc import Mapping

DERIVED_FROM = frozenset({"email", "phone", "country", "city", "state"})
"""The fields that `derive_addressed` looks at."""


class Addressed:
    """The columns; texts that filters compare have a folded copy."""

    email: Mapped[str | None] = mapped_column(String(320))
    email_normalized: Mapped[str | None] = mapped_column(String(320), index=True)
    phone: Mapped[str | None] = mapped_column(String(64))
    phone_e164: Mapped[str | None] = mapped_column(String(24), index=True)
    website: Mapped[str | None] = mapped_column(String(500))
    street: Mapped[str | None] = mapped_column(String(500))
    street2: Mapped[str | None] = mapped_column(String(250))
    zip: Mapped[str | None] = mapped_column(String(24))
    city: Mapped[str | None] = mapped_column(String(120))
    city_folded: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str | None] = mapped_column(String(120))
    state_folded: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str | None] = mapped_column(String(8))


class AddressedDraft(Draft):
    """The same as it comes through a door; lengths are characters."""

    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=64)
    website: str | None = Field(default=None, max_length=500)
    street: str | None = Field(default=None, max_length=500)
    street2: str | None = Field(default=None, max_length=250)
    zip: str | None = Field(default=None, max_length=24)
    city: str | None = Field(default=None, max_length=120)
    state: str | None = Field(default=None, max_length=120)
    country: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    language: str | None = Field(default=None, max_length=8)


def derive_addressed(values: Mapping[str, Any], country: str) -> dict[str, Any]:
    """The copies by which mail, phone, city and state are compared.

    Phone numbers without a prefix are of the record's country, else of `country`.
    """
    return {
        "email_normalized": normalize_email(values.get("email")),
        "phone_e164": normalize_phone(
            values.get("phone"), values.get("country") or country
        ),
        "city_folded": fold_any(values.get("city")),
        "state_folded": fold_any(values.get("state")),
    }


def fold_any(text: str | None) -> str | None:
    """The folded copy of a text, None for none."""
    return fold(text) if text else None
