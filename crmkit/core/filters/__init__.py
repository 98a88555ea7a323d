"""The one filter language: a typed tree, read from text, compiled to SQL."""

from crmkit.core.filters.sql import compile_filter, search_words
from crmkit.core.filters.text import parse_filter
from crmkit.core.filters.tree import FilterError, Node, TooLargeError

__all__ = [
    "FilterError",
    "Node",
    "TooLargeError",
    "compile_filter",
    "parse_filter",
    "search_words",
]
