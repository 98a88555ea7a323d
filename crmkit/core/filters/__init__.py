"""The one filter language: a typed tree, read from text, compiled to SQL."""

from crmkit.core.filters.forms import filter_from_json, filter_to_json, filter_to_text
from crmkit.core.filters.memory import make_test, values_of_leads
from crmkit.core.filters.text import parse_filter
from crmkit.core.filters.tree import FilterError

__all__ = [
    "FilterError",
    "filter_from_json",
    "filter_to_json",
    "filter_to_text",
    "make_test",
    "parse_filter",
    "values_of_leads",
]
