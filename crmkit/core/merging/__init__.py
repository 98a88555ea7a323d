"""Merging: several leads become one, and can become several again."""

from crmkit.core.merging.merge import (
    Excluded,
    FieldPick,
    Merged,
    MergeDraft,
    TooFewLeadsError,
    merge_leads,
    preview_merge,
)
from crmkit.core.merging.table import LeadMerge, get_merge
from crmkit.core.merging.unmerge import Unmerged, unmerge_leads

__all__ = [
    "Excluded",
    "FieldPick",
    "LeadMerge",
    "MergeDraft",
    "Merged",
    "TooFewLeadsError",
    "Unmerged",
    "get_merge",
    "merge_leads",
    "preview_merge",
    "unmerge_leads",
]
