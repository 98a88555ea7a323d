"""How the value that records are grouped by is called."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from crmkit.core import fields_of, mark
from crmkit.web.pages.inputs import PRIORITIES

if TYPE_CHECKING:
    from crmkit.core import GroupKey, UnitOfWork
    from crmkit.web.pages.values import Writer

NOTHING = mark("None")


def name_group(
    uow: UnitOfWork, key: GroupKey, writer: Writer, entity: str = "lead"
) -> str:
    """The value of a group in the reader's language."""
    if key.value is None:
        return writer.say(NOTHING)
    name, _, part = key.field.partition(":")
    if part and isinstance(key.value, date):
        return writer.formats.month(key.value)
    field = fields_of(uow, entity)[name]
    if field.named is not None:
        return key.label
    if name == "priority" and key.value in range(len(PRIORITIES)):
        return writer.say(PRIORITIES[key.value])
    return writer.write(field.type, key.value)
