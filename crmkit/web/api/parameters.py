"""What stands in an address besides the path: a name that nobody reads is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.requests import Request  # noqa: TC002  (FastAPI reads it)

from crmkit.core import CrmError, InvalidError, mark
from crmkit.web.answers import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class UnknownParameterError(CrmError):
    """The address names a parameter that the operation does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no parameter of this name."), field=name)


async def check_parameters(request: Request) -> None:
    """Refuse what the operation would pass over: a misspelt filter is no filter.

    It runs before every operation of the API and opens nothing.
    """
    if request.method == "PATCH":
        version_of(request)
    if not request.scope["query_string"]:
        return
    known = set(_names(request.scope["route"].dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise InvalidError([UnknownParameterError(name) for name in unknown])


def _names(dependant: Any) -> Iterator[str]:
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, part in kind.model_fields.items():
                yield part.alias or name
        else:
            yield field.alias
    for part in dependant.dependencies:
        yield from _names(part)
