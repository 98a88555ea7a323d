"""Leads: one record from first contact to close."""

from crmkit.core.leads.assigning import Assigned, assign_leads
from crmkit.core.leads.base_amounts import (
    count_by_currency,
    currencies_without_rate,
    refresh_base_amounts,
)
from crmkit.core.leads.changes import edit_lead, move_lead
from crmkit.core.leads.closing import (
    archive_lead,
    delete_lead,
    delete_leads,
    lose_lead,
    needs_lost_reason,
    restore_lead,
    win_lead,
)
from crmkit.core.leads.creating import create_lead, create_leads
from crmkit.core.leads.draft import LeadDraft, PastLeadDraft
from crmkit.core.leads.errors import (
    FailedCheckError,
    LostReasonNeededError,
    MergedLeadError,
    MovedSinceError,
    NotOpenError,
    RefusedByPluginError,
    WrongStageError,
)
from crmkit.core.leads.questions import (
    get_deleted_lead,
    get_lead,
    get_leads,
    visible,
)
from crmkit.core.leads.rescoring import rescore_leads, set_estimates
from crmkit.core.leads.table import Lead, LeadKind, Status, weigh

__all__ = [
    "Assigned",
    "FailedCheckError",
    "Lead",
    "LeadDraft",
    "LeadKind",
    "LostReasonNeededError",
    "MergedLeadError",
    "MovedSinceError",
    "NotOpenError",
    "PastLeadDraft",
    "RefusedByPluginError",
    "Status",
    "WrongStageError",
    "archive_lead",
    "assign_leads",
    "count_by_currency",
    "create_lead",
    "create_leads",
    "currencies_without_rate",
    "delete_lead",
    "delete_leads",
    "edit_lead",
    "get_deleted_lead",
    "get_lead",
    "get_leads",
    "lose_lead",
    "move_lead",
    "needs_lost_reason",
    "refresh_base_amounts",
    "rescore_leads",
    "restore_lead",
    "set_estimates",
    "visible",
    "weigh",
    "win_lead",
]
