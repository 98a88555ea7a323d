from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class PlainField:
    name: str
    type: str
    is_required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


_ADDRESS = [
    PlainField("email", "mail"),
    PlainField("phone", "phone"),
    PlainField("website", "link"),
    PlainField("street", "text"),
    PlainField("zip", "text"),
    PlainField("city", "text"),
    PlainField("state", "text"),
    PlainField("country", "country"),
    PlainField("language", "language"),
    PlainField("owner", "user"),
]


@pytest.fixture
def lead_fields() -> list[PlainField]:
    return [
        PlainField("name", "text", is_required=True),
        PlainField("company_name", "text"),
        PlainField("contact_name", "text"),
        *_ADDRESS,
        PlainField("stage", "stage"),
        PlainField("status", "choice", choices=("open", "won", "lost")),
        PlainField("team", "team"),
        PlainField("priority", "whole"),
        PlainField("tags", "tags"),
        PlainField("expected_revenue", "money"),
        PlainField("currency", "currency"),
        PlainField("probability", "percent"),
        PlainField("expected_close", "date"),
        PlainField("lost_note", "long_text"),
        PlainField("created_at", "moment"),
        PlainField("closed_at", "moment"),
        PlainField("is_urgent", "yes_no"),
        PlainField("kind", "choice", choices=("lead", "opportunity")),
    ]


@pytest.fixture
def contact_fields() -> list[PlainField]:
    return [
        PlainField("name", "text", is_required=True),
        PlainField("kind", "choice", choices=("person", "company")),
        PlainField("company", "contact"),
        *_ADDRESS,
        PlainField("vat", "text"),
        PlainField("industry", "text"),
        PlainField("employees", "text"),
    ]
