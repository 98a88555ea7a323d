"""The groups that custom fields are shown in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.hooks import FieldGroup, FieldsContext, arrange_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork


def arranged(
    uow: UnitOfWork, entity: str, team_id: int | None, names: Sequence[str]
) -> list[FieldGroup]:
    """`names` in the groups of the first plugin that answers `arrange_fields`.

    Each name stands once. The rest comes last, in a group without a label.
    """
    context = FieldsContext(uow, entity, team_id, tuple(names))
    answers = uow.hooks.ask(arrange_fields, context)
    answer = next((groups for groups in answers if groups is not None), ())
    left = list(names)
    found = []
    for group in answer:
        own = tuple(name for name in dict.fromkeys(group.fields) if name in left)
        left = [name for name in left if name not in own]
        if own:
            found.append(FieldGroup(group.label, own))
    return [*found, FieldGroup("", tuple(left))] if left else found
