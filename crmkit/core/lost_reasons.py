"""Why leads are lost."""

from crmkit.core.db import Base
from crmkit.core.named import Named


class LostReason(Named, Base):
    """A standard reason for a lost lead."""

    __tablename__ = "lost_reason"
