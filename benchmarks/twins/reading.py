"""Board, list and one lead: the twins of what is read most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import (
    ActivityState,
    Card,
    Column,
    LeadKind,
    Moment,
    NextActivity,
    Pipeline,
    Status,
)
from crmkit.core.activities import NOTHING_PLANNED
from crmkit.core.board import ActivityCounts
from crmkit.core.sums import read_sums

from benchmarks.twins.driver import Driver, money, percent
from benchmarks.twins.opening import BASE, Actor, days, now, open_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from decimal import Decimal

CARDS = 30
_BETWEEN = "\x1f"
_KINDS = {kind.value: kind for kind in LeadKind}
_STATUSES = {status.value: status for status in Status}
_BOARD = (
    "l.deleted_at IS NULL AND l.archived_at IS NULL"
    " AND l.kind = 'opportunity' AND l.status != 'lost'"
)
_SUMS = """
SELECT s.id, s.name, s.probability, s.is_won, s.is_folded, s.guidance,
  s.rotting_days, n.currency, n.leads, n.base, n.base_weighted, n.own,
  n.own_weighted, n.lacking, n.lacking_weighted, n.late, n.today, n.planned
FROM stage s LEFT JOIN (
  SELECT l.stage_id, l.currency, count(*) AS leads, sum(l.base_revenue) AS base,
    sum(l.base_weighted) AS base_weighted, sum(l.expected_revenue) AS own,
    sum(l.weighted_revenue) AS own_weighted,
    sum(CASE WHEN l.base_revenue IS NULL THEN l.expected_revenue END) AS lacking,
    sum(CASE WHEN l.base_revenue IS NULL THEN l.weighted_revenue END)
      AS lacking_weighted,
    sum(CASE WHEN l.next_activity_at < ? THEN 1 ELSE 0 END) AS late,
    sum(CASE WHEN l.next_activity_at >= ? AND l.next_activity_at < ?
        THEN 1 ELSE 0 END) AS today,
    sum(CASE WHEN l.next_activity_at >= ? THEN 1 ELSE 0 END) AS planned
  FROM lead l WHERE {board} {scope} GROUP BY l.stage_id, l.currency
) n ON n.stage_id = s.id
WHERE s.archived_at IS NULL ORDER BY s.position, s.id
"""
_COLUMNS = """
l.id, l.version, l.kind, l.status, l.name, l.stage_id, s.name, s.probability, s.is_won,
l.company_name, l.contact_name, l.expected_revenue, l.weighted_revenue, l.currency,
l.expected_close, l.probability, l.priority, l.team_id, l.owner_id, u.name,
l.created_at, l.closed_at, l.stage_entered_at, s.rotting_days,
a.id, a.type, a.summary, a.due_on, a.due_at,
(SELECT group_concat(t.name, '\x1f') FROM tag t JOIN lead_tag lt ON lt.tag_id = t.id
 WHERE lt.lead_id = l.id),
l.base_revenue, l.base_weighted
"""
_JOINED = """
JOIN stage s ON s.id = l.stage_id
LEFT JOIN crm_user u ON u.id = l.owner_id
LEFT JOIN activity a ON a.id = l.next_activity_id
"""
_RANGE = """SELECT * FROM (SELECT l.id, {rank} AS rank FROM lead l
WHERE l.stage_id = {stage} AND {board} {scope} {range} ORDER BY {order} LIMIT {most}
) AS r{stage}_{rank}"""
_SOONEST = "l.next_activity_at, l.id"
_OPEN_RANGES = (
    ("AND l.next_activity_at < {first}", _SOONEST),
    ("AND l.next_activity_at >= {first} AND l.next_activity_at < {last}", _SOONEST),
    ("AND l.next_activity_at IS NULL", "l.next_activity_at DESC, l.id DESC"),
    ("AND l.next_activity_at >= {last}", _SOONEST),
)
_WON_RANGES = (("", "l.closed_at DESC, l.id DESC"),)
_ORDER = """ORDER BY f.rank, CASE WHEN s.is_won THEN l.closed_at END DESC,
CASE WHEN s.is_won THEN NULL ELSE l.next_activity_at END,
CASE WHEN s.is_won OR l.next_activity_at IS NULL THEN -l.id ELSE l.id END"""


def read_board(driver: Driver, user_id: int) -> Pipeline:
    """The board of everything that the user may see, in three statements."""
    with driver.unit():
        actor = open_for(driver, user_id)
        moment = now()
        _, begins, ends = days(moment)
        first, last = driver.put_moment(begins), driver.put_moment(ends)
        statement = _SUMS.replace("{board}", _BOARD).replace("{scope}", actor.scope)
        sums = driver.rows(statement, first, first, last, last)
        cards = _read_cards(driver, actor, sums, (begins, ends))
        dealt: dict[int, list[Card]] = {}
        shown: dict[int, int] = {}
        fresh: list[Any] = []
        for row in cards:
            shown[row[5]] = shown.get(row[5], 0) + 1
            if shown[row[5]] <= CARDS:
                fresh.append(row)
        for card in make_cards(driver, fresh, moment):
            dealt.setdefault(card.stage_id, []).append(card)
        return Pipeline(_columns(sums, dealt, shown), BASE)


def _read_cards(
    driver: Driver, actor: Actor, sums: list[Any], bounds: tuple[datetime, datetime]
) -> list[Any]:
    # Moments of our own making, the same words for both databases.
    first, last = (f"'{moment:%Y-%m-%d %H:%M:%S.%f}+00:00'" for moment in bounds)
    parts = [
        _RANGE.replace("{rank}", str(rank))
        .replace("{stage}", str(stage_id))
        .replace("{board}", _BOARD)
        .replace("{scope}", actor.scope)
        .replace("{range}", condition)
        .replace("{order}", order)
        .replace("{most}", str(most))
        .replace("{first}", first)
        .replace("{last}", last)
        for stage_id, rank, (condition, order), most in _needed(sums)
    ]
    statement = (
        "SELECT {columns} FROM ({parts}) f JOIN lead l ON l.id = f.id {joined}"
        " {order}".replace("{columns}", _COLUMNS)
        .replace("{parts}", " UNION ALL ".join(parts))
        .replace("{joined}", _JOINED)
        .replace("{order}", _ORDER)
    )
    return driver.rows(statement)


def _needed(sums: list[Any]) -> Iterator[tuple[int, int, tuple[str, str], int]]:
    """The ranges that the cards shown stand in: stage, rank, range, how many."""
    lengths: dict[int, list[int]] = {}
    for row in sums:
        late, today, planned = (int(state or 0) for state in row[15:18])
        none = (row[8] or 0) - late - today - planned
        known = lengths.get(row[0], [0, 0, 0, 0])
        more = [row[8] or 0] if row[3] else [late, today, none, planned]
        lengths[row[0]] = [a + b for a, b in zip(known, more, strict=False)]
    for row in {row[0]: row for row in sums}.values():
        missing = CARDS + 1
        ranges = _WON_RANGES if row[3] else _OPEN_RANGES
        for rank, (part, length) in enumerate(
            zip(ranges, lengths[row[0]], strict=True)
        ):
            if length and missing > 0:
                yield row[0], rank, part, missing
            missing -= length


def _columns(
    sums: list[Any], dealt: dict[int, list[Card]], shown: dict[int, int]
) -> tuple[Column, ...]:
    columns: dict[int, Column] = {}
    for row in sums:
        number, name, probability, is_won, is_folded, guidance, rotting = row[:7]
        known = columns.get(number) or Column(
            number,
            name,
            percent(probability),
            bool(is_won),
            bool(is_folded),
            guidance,
            rotting,
            cards=tuple(dealt.get(number, ())),
            has_more=shown.get(number, 0) > CARDS,
        )
        columns[number] = known if row[7] is None else _add(known, row[7:])
    return tuple(columns.values())


def _add(column: Column, row: Sequence[Any]) -> Column:
    currency, count = row[:2]
    sums, weighted = read_sums(currency, [_money(number) for number in row[2:8]])
    late, today, planned = (int(state) for state in row[8:])
    waits = column.activity
    return Column(
        column.stage_id,
        column.name,
        column.probability,
        column.is_won,
        column.is_folded,
        column.guidance,
        column.rotting_days,
        column.count + count,
        column.sum + sums,
        column.weighted_sum + weighted,
        ActivityCounts(
            waits.late + late,
            waits.today + today,
            waits.planned + planned,
            waits.none + count - late - today - planned,
        ),
        column.cards,
        column.has_more,
    )


def make_cards(driver: Driver, rows: list[Any], moment: datetime) -> list[Card]:
    """Cards of rows of `_COLUMNS`."""
    today = days(moment)[0]
    return [_card(driver, row, moment, today) for row in rows]


def _card(driver: Driver, row: Any, moment: datetime, today: date) -> Card:
    status = _STATUSES[row[3]]
    close = driver.day(row[14])
    spent = (moment - driver.moment(row[22])).days
    is_open = status is Status.OPEN
    return Card(
        row[0],
        row[1],
        _KINDS[row[2]],
        status,
        row[4],
        row[5],
        row[6],
        percent(row[7]),
        bool(row[8]),
        row[9],
        row[10],
        money(row[11]),
        money(row[12]),
        row[13],
        _money(row[30]),
        _money(row[31]),
        close,
        percent(row[15]),
        row[16],
        row[17],
        row[18],
        row[19],
        driver.moment(row[20]),
        driver.moment(row[21]),
        tuple(sorted(row[29].split(_BETWEEN))) if row[29] else (),
        is_open and close is not None and close < today,
        spent,
        is_open and row[23] is not None and spent > row[23],
        next_activity(driver, row[24:29], today),
    )


def _money(stored: Any) -> Decimal | None:
    return None if stored is None else money(stored)


def next_activity(driver: Driver, row: Any, today: date) -> NextActivity:
    """What a lead waits for, from id, type, summary, day and moment."""
    if row[0] is None:
        return NOTHING_PLANNED
    due = driver.day(row[3])
    days_off = (due - today).days
    state = ActivityState.PLANNED if days_off > 0 else ActivityState.TODAY
    if days_off < 0:
        state = ActivityState.LATE
    return NextActivity(
        row[0], row[1], row[2], due, driver.moment(row[4]), state, abs(days_off)
    )


_LIST = (
    "SELECT {columns} FROM lead l {joined} WHERE l.deleted_at IS NULL"
    " AND l.archived_at IS NULL {scope} {where}"
    " ORDER BY l.expected_revenue DESC, l.id DESC LIMIT ?"
)
MINE = "AND l.probability >= ? AND l.owner_id = ?"
BEHIND = "AND l.expected_revenue <= ? AND (l.expected_revenue < ? OR l.id < ?)"


def read_list(
    driver: Driver, user_id: int, where: str, values: Sequence[Any], limit: int
) -> tuple[list[Card], bool]:
    """A page of leads by falling revenue, and whether there are more."""
    with driver.unit():
        actor = open_for(driver, user_id)
        statement = (
            _LIST.replace("{columns}", _COLUMNS)
            .replace("{joined}", _JOINED)
            .replace("{scope}", actor.scope)
            .replace("{where}", where)
        )
        rows = driver.rows(statement, *values, limit + 1)
        return make_cards(driver, rows[:limit], now()), len(rows) > limit


_STAGES = """
SELECT id, name, team_id, probability, is_won, rotting_days, position
FROM stage WHERE archived_at IS NULL ORDER BY position, id
"""
_PAST = "SELECT stage_id, from_at, to_at FROM lead_past WHERE lead_id = ?"
_TAGS = """
SELECT t.name FROM tag t JOIN lead_tag lt ON lt.tag_id = t.id
WHERE lt.lead_id = ? ORDER BY t.name_folded
"""
_NEXT = "SELECT id, type, summary, due_on, due_at FROM activity WHERE id = ?"
_TIMELINE = {
    True: """
SELECT e.id, e.at, e.kind, e.actor_id, u.name, e.change_id, e."values", n.text
FROM event e LEFT JOIN crm_user u ON u.id = e.actor_id
LEFT JOIN timeline_entry n ON e.kind = 'lead.noted'
  AND n.id = json_extract(e."values", '$.entry_id[1]')
WHERE e.entity = 'lead' AND e.record_id = ? ORDER BY e.id DESC LIMIT 50
""",
    False: """
SELECT e.id, e.at, e.kind, e.actor_id, u.name, e.change_id, e."values", n.text
FROM event e LEFT JOIN crm_user u ON u.id = e.actor_id
LEFT JOIN timeline_entry n ON e.kind = 'lead.noted'
  AND n.id = (e."values" -> 'entry_id' ->> 1)::bigint
WHERE e.entity = 'lead' AND e.record_id = ? ORDER BY e.id DESC LIMIT 50
""",
}
_LEAD = """
SELECT l.next_activity_id, l.* FROM lead l
WHERE l.id = ? AND l.deleted_at IS NULL {scope}
"""


def read_lead(driver: Driver, user_id: int, lead_id: int) -> object:
    """What the page of a lead shows."""
    with driver.unit():
        actor = open_for(driver, user_id)
        lead = driver.rows(_LEAD.replace("{scope}", actor.scope), lead_id)[0]
        moment = now()
        stages = driver.rows(_STAGES)
        spent: dict[int, float] = {}
        for stage_id, start, end in driver.rows(_PAST, lead_id):
            ends = moment if end is None else driver.moment(end)
            seconds = (ends - driver.moment(start)).total_seconds()
            spent[stage_id] = spent.get(stage_id, 0.0) + seconds / 86400
        tags = [row[0] for row in driver.rows(_TAGS, lead_id)]
        waits = NOTHING_PLANNED
        if lead[0] is not None:
            found = driver.rows(_NEXT, lead[0])[0]
            waits = next_activity(driver, found, days(moment)[0])
        entries = [
            Moment(
                row[0],
                driver.moment(row[1]),
                row[2],
                row[3],
                row[4],
                row[5],
                driver.json(row[6]),
                row[7],
            )
            for row in driver.rows(_TIMELINE[driver.is_sqlite], lead_id)
        ]
        return lead, stages, spent, tags, waits, entries
