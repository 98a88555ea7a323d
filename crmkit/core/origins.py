"""Where leads come from: source, medium, campaign."""

from crmkit.core.db import Base
from crmkit.core.named import Named

__all__ = [
    "Campaign",
    "Medium",
    "Source",
]


class Source(Named, Base):
    """Where a lead came from, like “Referral” or “Trade fair”."""

    __tablename__ = "source"


class Medium(Named, Base):
    """By which means a lead came, like “Phone” or “E-mail”."""

    __tablename__ = "medium"


class Campaign(Named, Base):
    """The campaign that brought a lead."""

    __tablename__ = "campaign"
