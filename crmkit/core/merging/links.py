"""What belongs to a lead and goes with it when it is merged."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    String,
    cast,
    delete,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from crmkit.core.activities import Activity
from crmkit.core.attachments import Attachment
from crmkit.core.followers import Follower, add_followers
from crmkit.core.leads import Lead
from crmkit.core.mail.table import Message
from crmkit.core.notification_rows import Notification
from crmkit.hooks import LeadLink, LinksContext, name_lead_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Select

    from crmkit.core.merging.table import Moved
    from crmkit.core.uow import UnitOfWork


def _columns(kind: type[Any]) -> Any:
    return kind.__table__.c


_FOLLOWERS = "follower"
_CORE = (
    LeadLink("activity", _columns(Activity).id, _columns(Activity).lead_id),
    LeadLink(
        "attachment",
        _columns(Attachment).id,
        _columns(Attachment).record_id,
        entity=_columns(Attachment).entity,
    ),
    LeadLink(
        "message",
        _columns(Message).id,
        _columns(Message).record_id,
        entity=_columns(Message).entity,
    ),
    LeadLink("notification", _columns(Notification).id, _columns(Notification).lead_id),
    LeadLink("merged", _columns(Lead).id, _columns(Lead).merged_into_id),
)


def all_links(uow: UnitOfWork) -> list[LeadLink]:
    """Every link of leads that moves with a merge, the plugins' under their ids."""
    answers = uow.hooks.ask_each(name_lead_links, LinksContext(uow))
    placed = [
        LeadLink(f"{plugin}.{link.name}", link.row, link.lead, link.entity, link.once)
        for plugin, links in answers.items()
        for link in links
    ]
    return [*_CORE, *placed]


def move_links(uow: UnitOfWork, master_id: int, sources: Sequence[int]) -> Moved:
    """Move what belongs to `sources` to the master; tells which rows of whom."""
    uow.session.flush()
    moved: Moved = {}
    links = all_links(uow)
    rows_of = _rows(uow, links, [master_id, *sources])
    for place, link in enumerate(links):
        found: dict[str, list[int]] = {}
        for row, lead_id in _moving(rows_of.get(place, ()), master_id):
            found.setdefault(str(lead_id), []).append(row)
        if found:
            moved[link.name] = found
            rows = [row for some in found.values() for row in some]
            _point(uow, link, rows, master_id)
    return moved


def share_followers(uow: UnitOfWork, master: Lead, sources: Sequence[int]) -> Moved:
    """Let who follows one of `sources` follow the master; tells who did not yet."""
    query = select(Follower.user_id, Follower.lead_id).where(
        Follower.lead_id.in_([master.id, *sources])
    )
    rows = uow.session.execute(query).all()
    known = {user_id for user_id, lead_id in rows if lead_id == master.id}
    new = sorted({user_id for user_id, _ in rows} - known)
    if not new:
        return {}
    add_followers(uow, master, new)
    return {_FOLLOWERS: {str(master.id): new}}


def part_followers(uow: UnitOfWork, master: Lead, moved: Moved) -> None:
    """Let those who came to the master with a merge follow it no longer."""
    users = moved.get(_FOLLOWERS, {}).get(str(master.id), [])
    if users:
        uow.session.execute(
            delete(Follower).where(
                Follower.lead_id == master.id, Follower.user_id.in_(users)
            )
        )


_Row = tuple[int, int, Any]
"""A row's id, its lead's, and what one lead has once."""


def _rows(
    uow: UnitOfWork, links: Sequence[LeadLink], lead_ids: Sequence[int]
) -> dict[int, list[_Row]]:
    """What belongs to these leads, by the place of its link, in one statement."""
    queries = [
        _of_link(place, link).where(link.lead.in_(lead_ids))
        for place, link in enumerate(links)
    ]
    found: dict[int, list[_Row]] = {}
    for place, row, lead_id, once in uow.session.execute(union_all(*queries)):
        found.setdefault(place, []).append((row, lead_id, once))
    return found


def _of_link(place: int, link: LeadLink) -> Select[*tuple[Any, ...]]:
    once = cast(null() if link.once is None else link.once, String)
    query: Select[*tuple[Any, ...]] = select(
        literal_column(str(place)).label("place"), link.row, link.lead, once
    )
    if link.entity is not None:
        query = query.where(link.entity == Lead.__tablename__)
    return query


def _moving(rows: Iterable[_Row], master_id: int) -> Iterator[tuple[int, int]]:
    """The rows that go to the master, the oldest first, with the lead each is of.

    Of what a lead has once, the master takes the first and nothing that it has.
    """
    known = {once for _, lead_id, once in rows if lead_id == master_id}
    for row, lead_id, once in sorted(rows, key=itemgetter(0)):
        if lead_id == master_id or (once is not None and once in known):
            continue
        known.add(once)
        yield row, lead_id


def return_links(uow: UnitOfWork, master_id: int, moved: Moved) -> None:
    """Give back to each lead what was moved and still is the master's."""
    for link in all_links(uow):
        for lead_id, rows in moved.get(link.name, {}).items():
            _point(uow, link, rows, int(lead_id), only_of=master_id)


def _point(
    uow: UnitOfWork,
    link: LeadLink,
    rows: list[int],
    lead_id: int,
    *,
    only_of: int | None = None,
) -> None:
    table = link.lead.table
    statement = update(table).where(link.row.in_(rows)).values({link.lead: lead_id})
    if only_of is not None:
        statement = statement.where(link.lead == only_of)
    uow.session.connection().execute(statement)
    for record in list(uow.session):
        if getattr(record, "__table__", None) is table:
            uow.session.expire(record, [link.lead.key])
