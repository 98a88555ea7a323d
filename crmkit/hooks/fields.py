"""Hooks about the fields that records have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.hooks.forms import AskHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork


@dataclass(frozen=True, slots=True)
class FieldsContext:
    """Custom fields are about to be shown: those of `names`, in their own order.

    `entity` is `lead` or `contact`; `team_id` is the record's team, if it has one.
    """

    uow: UnitOfWork
    entity: str
    team_id: int | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that are shown together, by name, under a label that users wrote."""

    label: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A custom field is about to be hidden or deleted: its entity and its name."""

    uow: UnitOfWork
    entity: str
    name: str


arrange_fields: AskHook[FieldsContext, Sequence[FieldGroup] | None] = AskHook(
    "arrange_fields", FieldsContext, since="1.0"
)
"""Answer the groups that custom fields are shown in; the first answer counts.

What no group names comes last, under “More”.
"""

name_field_uses: AskHook[FieldUse, Sequence[str]] = AskHook(
    "name_field_uses", FieldUse, since="1.0"
)
"""Answer what of yours uses a custom field, each as one would call it; all answers.

A rule that filters by it, a form that asks it: whoever hides the field reads these
names first.
"""
