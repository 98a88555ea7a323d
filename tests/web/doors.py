"""The kit's door, as the tests of the core knock at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.testing import Caller, Door, open_door
from crmkit.testing.doors import API, HTMX, borrow_door

if TYPE_CHECKING:
    from httpx2 import Response

__all__ = [
    "API",
    "HTMX",
    "Caller",
    "Door",
    "borrow_door",
    "fields_of_problem",
    "open_door",
]


def fields_of_problem(answer: Response) -> dict[str, str]:
    """The sentences of a 422, by field."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    return {error["field"]: error["message"] for error in body.get("errors", [])}
