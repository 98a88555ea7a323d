"""What the settings pages of lists have in common: saying no, going back, order."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError
from crmkit.web.answers import sentence
from crmkit.web.sentences import field_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from starlette.requests import Request

    from crmkit.core import UnitOfWork

T = TypeVar("T")


def go_to(address: str) -> Response:
    """The answer that shows the list again."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def say_errors(
    request: Request, uow: UnitOfWork, error: CrmError | ValidationError
) -> dict[str, str]:
    """What is wrong with a form, by field, in the actor's language."""

    def say(text: str) -> str:
        return sentence(request, uow, text)

    if isinstance(error, CrmError):
        return {error.field or "name": error.text(say)}
    found = field_errors(error.errors(), say)
    return {one["field"]: one["message"] for one in found}


def step_in(keys: Sequence[T], key: T, step: int) -> list[T]:
    """`keys` with `key` one place up (-1) or down (1)."""
    order = list(keys)
    if key in order:
        old = order.index(key)
        order.insert(max(old + step, 0), order.pop(old))
    return order
