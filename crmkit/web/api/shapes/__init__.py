"""What the answers of the API look like: read for the document, never at run time.

Amounts and percentages are texts, so that no digit is lost on the way; moments are in
UTC. Names may be added to an answer later; clients let those pass.
"""

from crmkit.web.api.shapes.board import (
    ActivityCounts,
    Board,
    Card,
    CardStep,
    Column,
    Sum,
)
from crmkit.web.api.shapes.forms import FieldProblem, History, Items, Page, Problem
from crmkit.web.api.shapes.records import (
    Activity,
    ActivityKind,
    Address,
    AgendaItem,
    Contact,
    Event,
    FinishedActivity,
    Kept,
    Lead,
    Moment,
    NextStep,
    Note,
    Undone,
)
from crmkit.web.api.shapes.search import Hit, HitMarks, Hits
from crmkit.web.api.shapes.setup import (
    CatalogueField,
    Choice,
    Health,
    Member,
    NewToken,
    Plugin,
    Readiness,
    Stage,
    Team,
    Token,
    User,
)

__all__ = [
    "Activity",
    "ActivityCounts",
    "ActivityKind",
    "Address",
    "AgendaItem",
    "Board",
    "Card",
    "CardStep",
    "CatalogueField",
    "Choice",
    "Column",
    "Contact",
    "Event",
    "FieldProblem",
    "FinishedActivity",
    "Health",
    "History",
    "Hit",
    "HitMarks",
    "Hits",
    "Items",
    "Kept",
    "Lead",
    "Member",
    "Moment",
    "NewToken",
    "NextStep",
    "Note",
    "Page",
    "Plugin",
    "Problem",
    "Readiness",
    "Stage",
    "Sum",
    "Team",
    "Token",
    "Undone",
    "User",
]
