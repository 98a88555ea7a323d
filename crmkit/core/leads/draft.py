"""What a lead is made of when it comes through a door."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from crmkit.core.addressed import AddressedDraft
from crmkit.core.currencies import CurrencyCode
from crmkit.core.drafts import Day, Number, RecordId, Whole
from crmkit.core.leads.table import LeadKind, Status
from crmkit.core.types import LARGEST_MONEY

MoneyValue = Annotated[
    Number, Field(ge=0, lt=LARGEST_MONEY, decimal_places=4, allow_inf_nan=False)
]
PercentValue = Annotated[
    Number, Field(ge=0, le=100, decimal_places=2, allow_inf_nan=False)
]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class LeadDraft(AddressedDraft):
    """A new lead. Amounts are in units of `currency`, probability in percent.

    Without `stage_id` it starts in the first stage of its team; without `probability`
    the stage's default (or a scoring plugin's estimate) applies and follows. `custom`
    holds values of custom fields by slug.
    """

    name: str = Field(min_length=1, max_length=250)
    kind: LeadKind = LeadKind.OPPORTUNITY
    contact_id: RecordId | None = None
    contact_name: str | None = Field(default=None, max_length=250)
    company_name: str | None = Field(default=None, max_length=250)
    stage_id: RecordId | None = None
    team_id: RecordId | None = None
    owner_id: RecordId | None = None
    priority: Whole = Field(default=0, ge=0, le=3)
    tags: tuple[TagName, ...] = Field(default=(), max_length=50)
    source: str | None = Field(default=None, max_length=120)
    medium: str | None = Field(default=None, max_length=120)
    campaign: str | None = Field(default=None, max_length=120)
    expected_revenue: MoneyValue = Decimal(0)
    currency: CurrencyCode | None = None
    probability: PercentValue | None = None
    expected_close: Day | None = None
    custom: dict[str, Any] = Field(default_factory=dict, max_length=200)


class PastLeadDraft(LeadDraft):
    """A lead that began elsewhere: it may be closed already, and be of an older day."""

    status: Status = Status.OPEN
    lost_reason: str | None = Field(default=None, max_length=120)
    lost_note: str | None = Field(default=None, max_length=2000)
    created_at: datetime | None = None
    closed_at: datetime | None = None
