"""The mapping that a filled-in mapping page means."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crmkit_data_exchange.directory import KINDS
from crmkit_data_exchange.errors import UnreadableMappingError
from crmkit_data_exchange.mapping import Mapping
from crmkit_data_exchange.mapping_views import AS_IT_IS, TAKE_MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

_MOST_RULES = 20


def read_mapping_form(form: FormData, base: Mapping, columns: Sequence[str]) -> Mapping:
    """The mapping of the form; `base` gives what its page does not show.

    Raises:
        UnreadableMappingError: something in it cannot be.
    """
    values = {
        "entity": base.entity,
        "columns": {
            header: _read_rules(form, f"c{place}")
            for place, header in enumerate(columns)
        },
        "fixed": _read_fixed(form),
        "lookups": _read_lookups(form, base),
        "dialect": {
            "encoding": _text(form, "encoding") or None,
            "delimiter": _delimiter(form),
            "header_row": _text(form, "header_row") or None,
            "sheet": _text(form, "sheet") or None,
        },
        "date_order": _text(form, "date_order"),
        "decimal_sign": _text(form, "decimal_sign"),
        "create": {kind: f"create-{kind}" in form for kind in KINDS},
        "match_by": [str(name) for name in form.getlist("match_by")],
    }
    try:
        return Mapping.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        reason = f"{place}: {first['msg']}"
        raise UnreadableMappingError(reason) from None


def name_lookup(file: str, taken: Sequence[str]) -> str:
    """A name for a second file in the mapping: its own without the ending."""
    stem = PurePath(file).stem or file
    return file if stem in taken else stem


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _delimiter(form: FormData) -> str | None:
    value = form.get("delimiter")
    return {"tab": "\t"}.get(str(value), str(value)) if value else None


def _read_rules(form: FormData, column: str) -> list[dict[str, Any]]:
    rules = []
    for number in range(_MOST_RULES):
        prefix = f"{column}r{number}"
        if f"{prefix}-field" not in form:
            break
        if field := _text(form, f"{prefix}-field"):
            rules.append(_read_rule(form, prefix, field))
    return rules


def _read_rule(form: FormData, prefix: str, field: str) -> dict[str, Any]:
    lookup, _, take = _text(form, f"{prefix}-take").partition(TAKE_MARK)
    pairs = zip(
        form.getlist(f"{prefix}-typed"), form.getlist(f"{prefix}-value"), strict=False
    )
    # What the page said of another field does not count for this one.
    is_same = _text(form, f"{prefix}-was") == field
    return {
        "field": field,
        "values": {
            str(typed): str(value) or None
            for typed, value in pairs
            if is_same and value != AS_IT_IS
        },
        "lookup": lookup or None,
        "take": take or None,
        "fallback": f"{prefix}-fallback" in form,
        "joined": f"{prefix}-joined" in form,
    }


def _read_fixed(form: FormData) -> dict[str, str]:
    names = [name for name in form if name.startswith("fixed-")]
    values = {name.removeprefix("fixed-"): _text(form, name) for name in names}
    return {name: value for name, value in values.items() if value}


def _read_lookups(form: FormData, base: Mapping) -> dict[str, Any]:
    """The second files with their keys, under the names that they have in `base`."""
    names = {lookup.file: name for name, lookup in base.lookups.items()}
    lookups: dict[str, Any] = {}
    for number in range(_MOST_RULES):
        file = _text(form, f"lookup{number}-file")
        if not file:
            break
        name = names.get(file) or name_lookup(file, list(names.values()))
        old = base.lookups.get(name)
        lookups[name] = {
            "file": file,
            "key": _text(form, f"lookup{number}-key"),
            "dialect": old.dialect if old else {},
        }
    return lookups
