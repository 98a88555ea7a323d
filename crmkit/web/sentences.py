"""Sentences for what validation refuses, in the reader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SENTENCES = {
    "missing": mark("This is needed."),
    "string_too_short": mark("This is needed."),
    "string_too_long": mark("At most {max_length} characters."),
    "too_long": mark("At most {max_length}."),
    "greater_than_equal": mark("At least {ge}."),
    "less_than_equal": mark("At most {le}."),
    "less_than": mark("Less than {lt}."),
    "decimal_parsing": mark("Write a number, like 48500.50."),
    "decimal_type": mark("Write a number, like 48500.50."),
    "decimal_max_places": mark("At most {decimal_places} digits after the point."),
    "finite_number": mark("Write a number, like 48500.50."),
    "int_parsing": mark("Write a whole number."),
    "int_type": mark("Write a whole number."),
    "int_from_float": mark("Write a whole number."),
    "date_parsing": mark("Write a day like 2026-12-31."),
    "date_from_datetime_parsing": mark("Write a day like 2026-12-31."),
    "date_from_datetime_inexact": mark("Write a day like 2026-12-31."),
    "datetime_parsing": mark("Write a time like 2026-12-31T16:00+01:00."),
    "datetime_from_date_parsing": mark("Write a time like 2026-12-31T16:00+01:00."),
    "timezone_aware": mark("Write a time with its zone, like 2026-12-31T16:00+01:00."),
    "enum": mark("One of {expected}."),
    "literal_error": mark("One of {expected}."),
    "extra_forbidden": mark("There is no field of this name."),
    "string_type": mark("Write a text."),
    "bool_parsing": mark("Write true or false."),
    "json_invalid": mark("This is not JSON."),
    "string_pattern_mismatch": mark("This is not written as it has to be."),
}
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})


def field_errors(
    errors: Sequence[Mapping[str, Any]], translate: Callable[[str], str]
) -> list[dict[str, str]]:
    """What pydantic found, as pairs of field and sentence."""
    return [
        {"field": _field(error["loc"]), "message": _sentence(error, translate)}
        for error in errors
    ]


def _field(location: Sequence[str | int]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in _PLACES:
        parts = parts[1:]
    return ".".join(parts)


def _sentence(error: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    context = error.get("ctx", {})
    said = context.get("error")
    if isinstance(said, CrmError):
        return said.text(translate)
    sentence = _SENTENCES.get(error["type"])
    if sentence is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return translate(sentence).format(**context)
