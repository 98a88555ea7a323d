"""Fields that are made in the running system, and the values that records hold."""

from crmkit.core.custom.definitions import (
    CustomField,
    CustomFieldDraft,
    TakenFieldError,
    TooManyFieldsError,
    add_field,
    edit_field,
    get_field,
    hide_field,
    list_custom_fields,
    new_slug,
    recall_field,
)
from crmkit.core.custom.indexing import index_of, indexed, mark_indexed
from crmkit.core.custom.values import CustomValueError, load_values

__all__ = [
    "CustomField",
    "CustomFieldDraft",
    "CustomValueError",
    "TakenFieldError",
    "TooManyFieldsError",
    "add_field",
    "edit_field",
    "get_field",
    "hide_field",
    "index_of",
    "indexed",
    "list_custom_fields",
    "load_values",
    "mark_indexed",
    "new_slug",
    "recall_field",
]
