"""Creating and moving leads: the twins of what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from crmkit.core import fold, normalize_email, normalize_phone
from crmkit.core.search import join_words
from crmkit.core.words import phone_words

from benchmarks.twins.driver import MONEY, money, percent
from benchmarks.twins.opening import BASE, COUNTRY, now, open_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from benchmarks.twins.driver import Driver

STAGES = """
SELECT id, team_ids, probability, is_won FROM stage
WHERE archived_at IS NULL ORDER BY position, id
"""
COLUMNS = (
    "version kind status name name_folded contact_id contact_name company_name "
    "company_folded contact_folded email email_normalized phone phone_e164 stage_id "
    "team_id owner_id created_by_id priority currency expected_revenue base_revenue "
    "probability probability_is_manual automatic_probability weighted_revenue "
    "base_weighted expected_close created_at updated_at stage_entered_at assigned_at "
    "qualified_at"
).split()
PAST = (
    "lead_id from_at kind status stage_id team_id owner_id currency expected_revenue "
    "base_revenue base_weighted probability expected_close is_archived is_deleted"
).split()
EVENT = 'at actor_id kind entity record_id version change_id "values"'.split()
_COPIED = "name contact_id contact_name company_name email phone".split()
_STEP = MONEY * 100  # of an amount times hundredths of a percent, in one cent


def insert(table: str, columns: Sequence[str], more: str = "") -> str:
    """The statement that inserts one row."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) {more}"  # noqa: S608  (names of our own)


INSERT_LEAD = insert("lead", COLUMNS, "RETURNING id")
INSERT_EVENT = insert("event", EVENT)
INSERT_PAST = insert("lead_past", PAST)
INSERT_WORDS = insert("lead_words", ["lead_id", "words"])


def weigh(amount: int, probability: int) -> int:
    """Amount times probability in whole cents, half to even, as the database has it."""
    cents, rest = divmod(amount * probability, _STEP)
    half = _STEP // 2
    return 100 * (cents + (rest > half or (rest == half and cents % 2 == 1)))


def make_lead(
    driver: Driver,
    given: Mapping[str, Any],
    stage: Sequence[Any],
    actor_id: int,
    moment: datetime,
) -> dict[str, Any]:
    """The row of a new opportunity in `stage`, by column."""
    at = driver.put_moment(moment)
    amount = int(given.get("expected_revenue", 0) * MONEY)
    weighted = weigh(amount, stage[2])
    owner_id, email = given.get("owner_id"), given.get("email")
    return {
        **{name: given.get(name) for name in _COPIED},
        "version": 1,
        "kind": "opportunity",
        "status": "won" if stage[3] else "open",
        "name_folded": fold(given["name"]),
        "company_folded": fold(given.get("company_name") or "") or None,
        "contact_folded": fold(given.get("contact_name") or "") or None,
        "email_normalized": normalize_email(email),
        "phone_e164": normalize_phone(given.get("phone"), COUNTRY),
        "stage_id": stage[0],
        "team_id": given.get("team_id"),
        "owner_id": owner_id,
        "created_by_id": actor_id,
        "priority": given.get("priority", 0),
        "currency": BASE,
        "expected_revenue": amount,
        "base_revenue": amount,
        "probability": stage[2],
        "probability_is_manual": False,
        "automatic_probability": stage[2],
        "weighted_revenue": weighted,
        "base_weighted": weighted,
        "expected_close": driver.put_day(given.get("expected_close")),
        "created_at": at,
        "updated_at": at,
        "stage_entered_at": at,
        "assigned_at": None if owner_id is None else at,
        "qualified_at": at,
    }


def past_of(lead: Mapping[str, Any], lead_id: int) -> tuple[Any, ...]:
    """The row of `lead_past` of a lead as it is from now on."""
    kept = [lead[name] for name in PAST[2:13]]
    return (lead_id, lead["updated_at"], *kept, False, False)


def words_of(lead: Mapping[str, Any], lead_id: int) -> tuple[int, str]:
    """The row by which a lead is found."""
    numbers = phone_words(lead["phone"], lead["phone_e164"])
    named = (lead[name] for name in ("name", "company_name", "contact_name", "email"))
    return lead_id, join_words([*named, *numbers])


def event_of(
    who: tuple[Any, int, str],
    kind: str,
    lead: tuple[int, int],
    values: Mapping[str, Any],
) -> tuple[Any, ...]:
    """The row of an event of a lead (id, version); `who` is when, actor, change."""
    at, actor_id, change_id = who
    text = orjson.dumps(values, default=str).decode()
    return (at, actor_id, kind, "lead", *lead, change_id, text)


def said(given: Mapping[str, Any], stage_id: int) -> dict[str, Any]:
    """What the event of a new lead tells."""
    told = {**given, "kind": "opportunity", "stage_id": stage_id, "currency": BASE}
    return {name: (None, value) for name, value in told.items() if value is not None}


_TEAM = "SELECT id FROM team WHERE id = ? AND archived_at IS NULL"
_OWNER = "SELECT id FROM crm_user WHERE id = ? AND disabled_at IS NULL"


def _is_of(team_ids: str, team_id: int | None) -> bool:
    known = orjson.loads(team_ids)
    return not known or team_id in known


def create_lead(driver: Driver, actor_id: int, given: Mapping[str, Any]) -> int:
    """A new lead's id; the unit is the caller's."""
    if not driver.rows(_TEAM, given["team_id"]):
        raise LookupError
    if not driver.rows(_OWNER, given["owner_id"]):
        raise LookupError
    stages = driver.rows(STAGES)
    stage = next(s for s in stages if _is_of(s[1], given["team_id"]) and not s[3])
    lead = make_lead(driver, given, stage, actor_id, now())
    lead_id: int = driver.rows(INSERT_LEAD, *(lead[name] for name in COLUMNS))[0][0]
    values = said(given, stage[0])
    who = (lead["updated_at"], actor_id, uuid4().hex)
    event = event_of(who, "lead.created", (lead_id, 1), values)
    driver.run(INSERT_EVENT, *event)
    driver.run(INSERT_PAST, *past_of(lead, lead_id))
    driver.run(INSERT_WORDS, *words_of(lead, lead_id))
    return lead_id


_MOVED = "id version stage_id status probability " + " ".join(PAST[2:13])
_GET = "SELECT {columns} FROM lead l WHERE l.id = ? AND l.deleted_at IS NULL".replace(
    "{columns}", ", ".join(f"l.{name}" for name in _MOVED.split())
)
_STAGE = "SELECT id, team_ids, probability, is_won FROM stage WHERE id = ?"
_UPDATE = """
UPDATE lead SET version = ?, updated_at = ?, stage_id = ?, stage_entered_at = ?,
  probability = ?, automatic_probability = ?, weighted_revenue = ?, base_weighted = ?
WHERE id = ?
"""
_CLOSE_PAST = "UPDATE lead_past SET to_at = ? WHERE lead_id = ? AND to_at IS NULL"


def move_lead(driver: Driver, user_id: int, lead_id: int, stage_id: int) -> None:
    """Put an open lead into another open stage."""
    with driver.unit(writes=True):
        actor = open_for(driver, user_id)
        row = driver.rows(_GET + actor.scope, lead_id)[0]
        lead = dict(zip(_MOVED.split(), row, strict=True))
        stage = driver.rows(_STAGE, stage_id)[0]
        if not _is_of(stage[1], lead["team_id"]) or lead["status"] == "lost":
            raise LookupError
        before, at = lead["stage_id"], driver.put_moment(now())
        weighted = weigh(lead["expected_revenue"], stage[2])
        version = lead["version"] + 1
        lead |= {
            "stage_id": stage_id,
            "probability": stage[2],
            "base_weighted": weighted,
            "updated_at": at,
        }
        driver.run(
            _UPDATE,
            version,
            at,
            stage_id,
            at,
            stage[2],
            stage[2],
            weighted,
            weighted,
            lead_id,
        )
        values = {"stage_id": (before, stage_id)}
        who = (at, actor.id, uuid4().hex)
        event = event_of(who, "lead.moved", (lead_id, version), values)
        driver.run(INSERT_EVENT, *event)
        driver.run(_CLOSE_PAST, at, lead_id)
        driver.run(INSERT_PAST, *past_of(lead, lead_id))


_READ = """
SELECT l.id, l.version, l.kind, l.status, l.archived_at, l.name, l.contact_id,
  l.contact_name, l.company_name, l.email, l.phone, l.website, l.street, l.street2,
  l.zip, l.city, l.state, l.country, l.language, l.stage_id, l.team_id, l.owner_id,
  l.priority, l.expected_revenue, l.currency, l.base_revenue, l.probability,
  l.probability_is_manual, l.automatic_probability, l.weighted_revenue,
  l.expected_close, l.lost_reason_id, l.lost_note, l.created_at, l.updated_at,
  l.stage_entered_at, l.assigned_at, l.qualified_at, l.closed_at,
  (SELECT name FROM source WHERE id = l.source_id) AS source,
  (SELECT name FROM medium WHERE id = l.medium_id) AS medium,
  (SELECT name FROM campaign WHERE id = l.campaign_id) AS campaign,
  (SELECT group_concat(t.name, '\x1f') FROM tag t
   JOIN lead_tag lt ON lt.tag_id = t.id WHERE lt.lead_id = l.id) AS tags,
  a.id, a.type, a.summary, a.due_on, a.due_at
FROM lead l LEFT JOIN activity a ON a.id = l.next_activity_id
WHERE l.id = ? AND l.deleted_at IS NULL
"""
_READ_NAMES = (
    "id version kind status archived_at name contact_id contact_name company_name "
    "email phone website street street2 zip city state country language stage_id "
    "team_id owner_id priority expected_revenue currency base_revenue "
    "probability probability_is_manual automatic_probability weighted_revenue "
    "expected_close lost_reason_id lost_note created_at updated_at stage_entered_at "
    "assigned_at qualified_at closed_at source medium campaign tags"
).split()
_MONEY = "expected_revenue base_revenue weighted_revenue".split()
_PERCENT = "probability automatic_probability".split()
_ADDRESS = "street street2 zip city state country".split()


def describe_lead(driver: Driver, lead_id: int) -> dict[str, Any]:
    """A lead as the API answers it, amounts and percentages as text."""
    row = driver.rows(_READ, lead_id)[0]
    lead = dict(zip(_READ_NAMES, row, strict=False))
    for name in _MONEY:
        lead[name] = f"{money(lead[name]):f}"
    for name in _PERCENT:
        lead[name] = f"{percent(lead[name]):f}"
    lead["tags"] = sorted(lead["tags"].split("\x1f")) if lead["tags"] else []
    lead["address"] = {name: lead.pop(name) for name in _ADDRESS}
    keys = ("id", "type", "summary", "due_on", "due_at")
    waits = dict(zip(keys, row[-5:], strict=True))
    return {**lead, "next_activity": waits if row[-5] else None, "custom": {}}
