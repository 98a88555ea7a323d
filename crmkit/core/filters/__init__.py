"""The one filter language: a typed tree, read from text, compiled to SQL."""

from crmkit.core.filters.text import parse_filter
from crmkit.core.filters.tree import FilterError

__all__ = [
    "FilterError",
    "parse_filter",
]
