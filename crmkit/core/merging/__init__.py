"""Merging: several leads become one, and can become several again."""

from crmkit.core.merging.merge import (
    Comparison,
    Excluded,
    FieldPick,
    Merged,
    MergeDraft,
    TooFewLeadsError,
    compare_leads,
    merge_leads,
    preview_merge,
)
from crmkit.core.merging.table import LeadMerge, get_merge
from crmkit.core.merging.unmerge import Unmerged, unmerge_leads

__all__ = [
    "Comparison",
    "Excluded",
    "FieldPick",
    "LeadMerge",
    "MergeDraft",
    "Merged",
    "TooFewLeadsError",
    "Unmerged",
    "compare_leads",
    "get_merge",
    "merge_leads",
    "preview_merge",
    "unmerge_leads",
]
