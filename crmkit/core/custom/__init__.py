"""Fields that are made in the running system, and the values that records hold."""

from crmkit.core.custom.definitions import (
    CustomField,
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
from crmkit.core.custom.described import CustomFieldDraft
from crmkit.core.custom.errors import CustomValueError
from crmkit.core.custom.indexing import index_of, indexed, mark_indexed
from crmkit.core.custom.purging import (
    begin_purge,
    drop_index,
    forget_field,
    purge_values,
)
from crmkit.core.custom.values import load_values

__all__ = [
    "CustomField",
    "CustomFieldDraft",
    "CustomValueError",
    "TakenFieldError",
    "TooManyFieldsError",
    "add_field",
    "begin_purge",
    "drop_index",
    "edit_field",
    "forget_field",
    "get_field",
    "hide_field",
    "index_of",
    "indexed",
    "list_custom_fields",
    "load_values",
    "mark_indexed",
    "new_slug",
    "purge_values",
    "recall_field",
]
