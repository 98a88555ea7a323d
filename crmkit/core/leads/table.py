"""The lead's table, and the indexes that board and lists stand on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.addressed import Addressed
from crmkit.core.db import Base
from crmkit.core.types import LARGEST_MONEY, Percent, choice, round_money


class LeadKind(StrEnum):
    """Whether a lead is qualified: an opportunity stands in the pipeline."""

    LEAD = "lead"
    OPPORTUNITY = "opportunity"


class Status(StrEnum):
    """How a lead stands. Archived is another matter."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Lead(Addressed, Base):
    """One record from first contact to close.

    `weighted_revenue` is expected revenue times probability in the lead's currency,
    `base_revenue` and `base_weighted` are the same in the base currency, and empty
    where there is no rate. All three are derived by `refresh_amounts`. `board_rank` is
    the place that somebody gave the card by hand, see board_order.
    """

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[LeadKind] = mapped_column(choice(LeadKind))
    status: Mapped[Status] = mapped_column(choice(Status))
    name: Mapped[str] = mapped_column(String(250))
    name_folded: Mapped[str] = mapped_column(String(250))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    contact_name: Mapped[str | None] = mapped_column(String(250))
    contact_folded: Mapped[str | None] = mapped_column(String(250))
    company_name: Mapped[str | None] = mapped_column(String(250))
    company_folded: Mapped[str | None] = mapped_column(String(250))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    priority: Mapped[int] = mapped_column(default=0)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    medium_id: Mapped[int | None] = mapped_column(ForeignKey("medium.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    currency: Mapped[str] = mapped_column(String(3))
    expected_revenue: Mapped[Decimal] = mapped_column(default=Decimal(0))
    base_revenue: Mapped[Decimal | None]
    probability: Mapped[Decimal] = mapped_column(Percent)
    probability_is_manual: Mapped[bool] = mapped_column(default=False)
    automatic_probability: Mapped[Decimal] = mapped_column(Percent)
    weighted_revenue: Mapped[Decimal]
    base_weighted: Mapped[Decimal | None]
    expected_close: Mapped[date | None]
    lost_reason_id: Mapped[int | None] = mapped_column(ForeignKey("lost_reason.id"))
    lost_note: Mapped[str | None] = mapped_column(String(2000))
    board_rank: Mapped[int | None]
    next_activity_id: Mapped[int | None]
    next_activity_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    stage_entered_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    qualified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None]

    def past(self) -> dict[str, Any]:
        """What `lead_past` keeps of the lead as it is now."""
        return {
            "kind": self.kind.value,
            "status": self.status.value,
            "stage_id": self.stage_id,
            "team_id": self.team_id,
            "owner_id": self.owner_id,
            "currency": self.currency,
            "expected_revenue": self.expected_revenue,
            "base_revenue": self.base_revenue,
            "base_weighted": self.base_weighted,
            "probability": self.probability,
            "expected_close": self.expected_close,
            "is_archived": self.archived_at is not None,
            "is_deleted": self.deleted_at is not None,
        }


def weigh(amount: Decimal, probability: Decimal) -> Decimal:
    """`amount` times `probability` percent, in whole cents, half to even."""
    return _in_cents(amount * probability / 100)


def _in_cents(amount: Decimal) -> Decimal:
    return round_money(amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def convert(amount: Decimal, rate: Decimal | None) -> Decimal | None:
    """`amount` at `rate`, in whole cents; None without a rate, or if it is too large.

    At the rate 1, that of the base currency, it stays as fine as it is.
    """
    if rate is None or rate == 1:
        return None if rate is None else amount
    # More digits than an amount and a rate have together, so that nothing is lost.
    with localcontext(prec=48):
        converted = _in_cents(amount * rate)
    return converted if abs(converted) < LARGEST_MONEY else None


def derive_base(
    amount: Decimal, probability: Decimal, rate: Decimal | None
) -> dict[str, Decimal | None]:
    """The base amounts of a lead, which are empty without a rate."""
    base = convert(amount, rate)
    weighted = None if base is None else weigh(base, probability)
    return {"base_revenue": base, "base_weighted": weighted}


def derive_amounts(
    amount: Decimal, probability: Decimal, rate: Decimal | None
) -> dict[str, Decimal | None]:
    """The amounts that follow from expected revenue, probability and exchange rate.

    `rate` is what one unit of the lead's currency is worth in the base currency.
    """
    derived = derive_base(amount, probability, rate)
    return {"weighted_revenue": weigh(amount, probability), **derived}


# The words of the condition are the same in the indexes and in the queries, and no
# bound parameters, or PostgreSQL would not see that a partial index fits.
ON_BOARD = and_(
    Lead.deleted_at.is_(None),
    Lead.archived_at.is_(None),
    Lead.kind == literal_column("'opportunity'"),
    Lead.status != literal_column("'lost'"),
)
NOT_DELETED = Lead.deleted_at.is_(None)
WAITING = and_(
    Lead.deleted_at.is_(None),
    Lead.archived_at.is_(None),
    Lead.status == literal_column("'open'"),
)
_LIVE = and_(Lead.deleted_at.is_(None), Lead.archived_at.is_(None))


def _index(name: str, where: ColumnElement[bool], *columns: Any) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


_index("ix_lead_board", ON_BOARD, Lead.stage_id, Lead.next_activity_at, Lead.id)
_index("ix_lead_board_closed", ON_BOARD, Lead.stage_id, Lead.closed_at, Lead.id)
_index(
    "ix_lead_board_sums",
    ON_BOARD,
    Lead.stage_id,
    Lead.currency,
    Lead.next_activity_at,
    Lead.base_revenue,
    Lead.base_weighted,
    Lead.expected_revenue,
    Lead.weighted_revenue,
    Lead.team_id,
    Lead.owner_id,
    Lead.closed_at,
    # SQLite looks at the condition's columns again, and would read the row for them.
    Lead.deleted_at,
    Lead.archived_at,
    Lead.kind,
    Lead.status,
)
_index(
    "ix_lead_sums",
    _LIVE,
    Lead.team_id,
    Lead.stage_id,
    Lead.currency,
    Lead.base_revenue,
    Lead.base_weighted,
    Lead.expected_revenue,
    Lead.weighted_revenue,
    Lead.owner_id,
    Lead.kind,
    Lead.status,
    Lead.closed_at,
    Lead.deleted_at,
    Lead.archived_at,
)
_index("ix_lead_merged", Lead.merged_into_id.is_not(None), Lead.merged_into_id)
_index("ix_lead_created", NOT_DELETED, Lead.created_at, Lead.id)
_index("ix_lead_name", NOT_DELETED, Lead.name_folded, Lead.id)
_index("ix_lead_revenue", NOT_DELETED, Lead.expected_revenue, Lead.id)
_index("ix_lead_owner", NOT_DELETED, Lead.owner_id, Lead.expected_revenue, Lead.id)
_index(
    "ix_lead_assigned",
    NOT_DELETED,
    Lead.assigned_at,
    Lead.team_id,
    Lead.owner_id,
    Lead.deleted_at,
)
_index("ix_lead_waiting", WAITING, Lead.owner_id, Lead.stage_entered_at, Lead.id)
_index("ix_lead_close", NOT_DELETED, Lead.expected_close, Lead.id)
