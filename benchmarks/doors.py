"""The operations over HTTP: real servers, one client, signed in."""

from __future__ import annotations

from itertools import count
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from sqlalchemy import select

from crmkit.core import Lead, LeadDraft, create_lead, list_teams, read_lead
from crmkit.testing.counting import statements

from benchmarks.measuring import Measured, alone, compare
from benchmarks.operations import FILTER, LIMIT, SORT
from benchmarks.serving import OURS, TWIN, Client, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.operations import Bench

_CREATES = 300
WORDS = "keller pump"
RARE = "eva.keller1 pump"
_READS = 25


def measure_doors(bench: Bench, url: str, board: Measured) -> Iterator[Measured]:
    """Pages and API of crmkit on `url`; `board` is the board in process."""
    key, token = bench.seeded.key, bench.seeded.token
    # The peers were measured on PostgreSQL; see docs/benchmarks.md for their figures.
    is_postgresql = url.startswith("postgresql")
    with serve(OURS, url) as (port, _):
        browser = Client(port, {"cookie": f"crmkit_sign_in={key}"})
        script = Client(
            port,
            {"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        for name, client, path, bar in _reads(browser, script):
            row = _read(name, client, path)
            row.bar = None if bar is None or not is_postgresql else bar / 1000
            if "pipeline" in path:
                share = 100 * median(board.ours) / median(row.ours)
                row.remark += f"; the board in process is {share:.0f} % of the time"
            yield row
        with serve(TWIN, url) as (other, _):
            twin = Client(other, script.headers)
            row = _creates(bench, script, twin)
            row.bar = 0.00305 if is_postgresql else None
            yield row
            twin.close()
        browser.close()
        script.close()


def _reads(
    browser: Client, script: Client
) -> tuple[tuple[str, Client, str, float | None], ...]:
    """What is asked for, by whom, and the milliseconds it may take."""
    asked = urlencode({"limit": LIMIT, "filter": FILTER, "sort": SORT})
    words = urlencode({"limit": LIMIT, "q": WORDS})
    rare = urlencode({"limit": LIMIT, "q": RARE})
    rare_search = urlencode({"q": RARE})
    lead = _newest(script)
    return (
        ("GET /pipeline, the page", browser, "/pipeline", None),
        ("GET /api/v1/pipeline, 80 cards", script, "/api/v1/pipeline?cards=80", 40),
        ("GET /api/v1/leads", script, f"/api/v1/leads?limit={LIMIT}", 3.8),
        (
            "GET /api/v1/leads, filter and sort",
            script,
            f"/api/v1/leads?{asked}",
            5.6,
        ),
        ("GET /api/v1/leads, words", script, f"/api/v1/leads?{words}", 15.5),
        ("GET /api/v1/leads, rare word", script, f"/api/v1/leads?{rare}", 15.5),
        ("GET /api/v1/search", script, f"/api/v1/search?{rare_search}", 15.5),
        ("GET /api/v1/leads/{id}", script, f"/api/v1/leads/{lead}", 1.25),
        ("GET /leads/{id}, the page", browser, f"/leads/{lead}", None),
    )


def _newest(client: Client) -> int:
    answer = client.ask("GET", "/api/v1/leads?limit=1")
    number: int = orjson.loads(answer.content)["items"][0]["id"]
    return number


def _read(name: str, client: Client, path: str) -> Measured:
    size = len(client.ask("GET", path).content)
    row = alone(name, lambda: client.ask("GET", path), _READS)
    row.remark = f"{size / 1024:.0f} kB"
    return row


def _creates(bench: Bench, ours: Client, twin: Client) -> Measured:
    with bench.crm.read() as uow:
        team_id = list_teams(uow)[0].id
    body = {
        "name": "Pump station of the lower town",
        "company_name": "Keller Pumps",
        "contact_name": "Eva Keller",
        "team_id": team_id,
        "owner_id": bench.seeded.team_id,
        "priority": 2,
        "expected_revenue": "12500.50",
        "expected_close": "2027-03-31",
    }
    own, others, sent = _bodies(body), _bodies(body), 0

    def by_hand() -> None:
        nonlocal sent
        answer = twin.ask("POST", "/api/v1/leads", next(others))
        sent = int(answer.headers["x-sent"])

    row = compare(
        "POST /api/v1/leads",
        lambda: ours.ask("POST", "/api/v1/leads", next(own)),
        by_hand,
        _CREATES,
    )
    _check_same(bench)
    with statements(bench.crm) as used, bench.crm.work(bench.seeded.all_id) as uow:
        read_lead(uow, create_lead(uow, LeadDraft.model_validate(body)).id)
    row.statements = (len(used), sent)
    return row


def _bodies(body: Mapping[str, object]) -> Iterator[bytes]:
    """The same lead again and again, each with a mail address and a phone of its own.

    Who remembers the last ones he normalised would else be measured without that work.
    """
    for number in count():
        mail, last = f"eva.keller{number}@example.org", f"{number:04}"
        phone = f"+33 1 44 55 {last[:2]} {last[2:]}"
        yield orjson.dumps({**body, "email": mail, "phone": phone})


def _check_same(bench: Bench) -> None:
    """The last two leads, ours and the twin's, differ in nothing but id and times."""
    columns = [c for c in Lead.__table__.columns if not c.name.endswith(("id", "_at"))]
    with bench.crm.read() as uow:
        query = select(*columns).order_by(Lead.id.desc()).limit(2)
        ours, twin = uow.session.execute(query).all()
    if ours != twin:
        sentence = f"The twin made another lead:\n{ours}\n{twin}"
        raise AssertionError(sentence)
