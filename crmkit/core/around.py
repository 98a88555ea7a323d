"""What stands around a lead on its page: its contact, names, followers, next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, select

from crmkit.core.activities import NOTHING_PLANNED, Activity, NextActivity, describe
from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.db import join_texts
from crmkit.core.followers import Follower
from crmkit.core.leads import Lead, visible
from crmkit.core.leads.questions import lead_not_found
from crmkit.core.lost_reasons import LostReason
from crmkit.core.mail.bounces import BouncedAddress
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.tags import LeadTag, Tag
from crmkit.core.teams import Team
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Row, Select

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Around",
    "get_lead_with_around",
    "read_around",
]

_BETWEEN = "\x1f"
_CALLED = ("team", "source", "medium", "campaign", "lost_reason")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a lead.

    `contact` is None where there is none that the actor may see. `called` is how the
    records that it names are called, by field; owner and stage are not among them.
    `tags` are in order. `bounce` is why mail does not arrive at its address, None where
    nothing came back. `next_activity` is what it waits for, or that nothing is planned.
    """

    contact: Contact | None
    called: Mapping[str, str]
    tags: list[str]
    follower_ids: frozenset[int]
    bounce: str | None
    next_activity: NextActivity


def get_lead_with_around(uow: UnitOfWork, lead_id: int) -> tuple[Lead, Around]:
    """The lead of that id, if the actor may see it, and what is around: one statement.

    The lead is to be read; who changes it looks it up by `get_lead`.
    """
    key = ("around, seen", uow.actor.reach, uow.settings.contacts_for_all)
    statement = uow.catalogue.kept(
        key, lambda: _of_one(uow).add_columns(Lead).where(visible(uow))
    )
    row = uow.session.execute(statement, {"lead_id": lead_id}).one_or_none()
    if row is None:
        raise lead_not_found(uow, lead_id)
    return row.Lead, _around(uow, row)


def read_around(uow: UnitOfWork, lead: Lead) -> Around:
    """What is around `lead`, in one statement."""
    key = ("around", uow.actor.reach, uow.settings.contacts_for_all)
    statement = uow.catalogue.kept(key, lambda: _of_one(uow))
    return _around(uow, uow.session.execute(statement, {"lead_id": lead.id}).one())


def _around(uow: UnitOfWork, row: Row[Any]) -> Around:
    called = {name: getattr(row, name) for name in _CALLED}
    return Around(
        row.Contact,
        {name: text for name, text in called.items() if text is not None},
        sorted(row.tags.split(_BETWEEN), key=fold) if row.tags else [],
        frozenset(map(int, row.follower_ids.split(","))) if row.follower_ids else _NONE,
        row.bounce,
        _next(uow, row),
    )


def _next(uow: UnitOfWork, row: Row[Any]) -> NextActivity:
    if row.planned_id is None:
        return NOTHING_PLANNED
    return describe(
        row.planned_id,
        (row.planned_type, row.planned_summary),
        (row.planned_due_on, row.planned_due_at),
        uow.today(),
        uow.catalogue.activity_types,
    )


_NONE: frozenset[int] = frozenset()


def _inside(statement: Any, criterion: ColumnElement[bool]) -> Any:
    return statement.where(criterion).correlate(Lead).scalar_subquery()


_columns = (
    Team.name.label("team"),
    Source.name.label("source"),
    Medium.name.label("medium"),
    Campaign.name.label("campaign"),
    LostReason.name.label("lost_reason"),
    _inside(
        select(join_texts(Tag.name, _BETWEEN)).join(LeadTag, LeadTag.tag_id == Tag.id),
        LeadTag.lead_id == Lead.id,
    ).label("tags"),
    _inside(
        select(join_texts(cast(Follower.user_id, String), ",")),
        Follower.lead_id == Lead.id,
    ).label("follower_ids"),
    _inside(
        select(BouncedAddress.reason), BouncedAddress.address == Lead.email_normalized
    ).label("bounce"),
    *(
        getattr(Activity, name).label(f"planned_{name}")
        for name in ("id", "type", "summary", "due_on", "due_at")
    ),
)


def _of_one(uow: UnitOfWork) -> Select[Any]:
    """The statement of what is around one lead, by the parameter `lead_id`."""
    seen = (Contact.id == Lead.contact_id) & visible_contacts(uow)
    return (
        select(Contact, *_columns)
        .select_from(Lead)
        .outerjoin(Contact, seen)
        .outerjoin(Team, Team.id == Lead.team_id)
        .outerjoin(Source, Source.id == Lead.source_id)
        .outerjoin(Medium, Medium.id == Lead.medium_id)
        .outerjoin(Campaign, Campaign.id == Lead.campaign_id)
        .outerjoin(LostReason, LostReason.id == Lead.lost_reason_id)
        .outerjoin(Activity, Activity.id == Lead.next_activity_id)
        .where(Lead.id == bindparam("lead_id"))
    )
