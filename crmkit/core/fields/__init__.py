"""The catalogue of fields: each described once, for filters, lists, import, export."""

from crmkit.core.field_types import FieldType
from crmkit.core.fields.arranging import arranged
from crmkit.core.fields.catalogue import (
    Catalogue,
    entities,
    fields_of,
    find_field,
)
from crmkit.core.fields.field import Field, UnknownEntityError, UnknownFieldError

__all__ = [
    "Catalogue",
    "Field",
    "FieldType",
    "UnknownEntityError",
    "UnknownFieldError",
    "arranged",
    "entities",
    "fields_of",
    "find_field",
]
