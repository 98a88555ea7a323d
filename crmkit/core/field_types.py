"""What kinds of value fields hold."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "FieldType",
]


class FieldType(StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    USER = "user"
    TEAM = "team"
    STAGE = "stage"
    CONTACT = "contact"
    TAGS = "tags"
    MAIL = "mail"
    PHONE = "phone"
    LINK = "link"
    COUNTRY = "country"
    LANGUAGE = "language"
    CURRENCY = "currency"
    RELATED = "related"
