"""Exports of other CRMs, known by their columns, and what these mean there."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel

from crmkit_data_exchange.mapping import Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit_data_exchange.mapping import Mapping


class Origin(BaseModel):
    """A CRM's export of leads or contacts.

    A file is one if it has all columns of any of `marks`. `columns` are those whose
    meaning does not follow from their name alone; null: they are not imported.
    """

    origin: str
    entity: str
    marks: tuple[frozenset[str], ...]
    columns: dict[str, Rules]


@cache
def list_origins() -> tuple[Origin, ...]:
    """Every export that is known."""
    folder = files("crmkit_data_exchange") / "origins"
    found = [part for part in folder.iterdir() if part.name.endswith(".json")]
    found.sort(key=lambda part: part.name)
    return tuple(Origin.model_validate_json(part.read_text("utf-8")) for part in found)


def find_origin(entity: str, columns: Sequence[str]) -> Origin | None:
    """The export that a file with these columns is, if it is a known one."""
    given = frozenset(columns)
    known = (origin for origin in list_origins() if origin.entity == entity)
    return next(
        (one for one in known if any(marks <= given for marks in one.marks)), None
    )


def apply_origin(mapping: Mapping, origin: Origin) -> Mapping:
    """A proposal with what the origin says of its columns, for those that there are.

    What the proposal made of the values stays where it is about the same field.
    """
    said = {
        header: rules
        for header, rules in origin.columns.items()
        if header in mapping.columns
    }
    filled = {rule.field for rules in said.values() for rule in rules}
    columns = {}
    for header, proposed in mapping.columns.items():
        if header not in said:
            columns[header] = tuple(r for r in proposed if r.field not in filled)
        else:
            known = {rule.field: rule for rule in proposed if rule.values}
            columns[header] = tuple(
                rule if rule.values or rule.fallback else known.get(rule.field, rule)
                for rule in said[header]
            )
    fixed = {name: value for name, value in mapping.fixed.items() if name not in filled}
    return mapping.model_copy(update={"columns": columns, "fixed": fixed})
