"""What uses a custom field: views, related fields, and what plugins name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmkit.core.views import describe_view, list_views
from crmkit.hooks import FieldUse, name_field_uses

if TYPE_CHECKING:
    from crmkit.core.custom import CustomField
    from crmkit.core.uow import UnitOfWork
    from crmkit.core.views import SavedView

__all__ = [
    "list_field_uses",
    "says_field",
]


def list_field_uses(uow: UnitOfWork, field: CustomField) -> list[str]:
    """The names of all that filters, sorts, shows or goes through a field."""
    used = [
        view.name for view in list_views(uow, field.entity) if _is_in(uow, view, field)
    ]
    for entity, known in uow.catalogue.definitions.items():
        for one in known.values():
            path = uow.catalogue.follow(entity, one.source) or ()
            places = [entity, "contact", "contact"]
            steps = zip(places, (step.name for step in path), strict=False)
            if (field.entity, field.slug) in steps:
                used.append(one.label)
    asked = FieldUse(uow, field.entity, field.slug)
    for answer in uow.hooks.ask(name_field_uses, asked):
        used += answer
    return used


def says_field(text: str, name: str) -> bool:
    """Whether a filter's text or its like names a field."""
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


def _is_in(uow: UnitOfWork, view: SavedView, field: CustomField) -> bool:
    said = describe_view(uow, view)
    texts = [said["filter"], said["sort"], *said["columns"], *said["group_by"]]
    return any(says_field(text, field.slug) for text in texts)
