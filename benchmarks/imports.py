"""Importing leads from CSV through data_exchange, batch against batch."""

from __future__ import annotations

import csv
import io
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import Lead, Stage, Team, User
from crmkit.jobs import JobRun
from crmkit.jobs.runner import claim_next
from crmkit.testing.counting import statements
from crmkit_data_exchange.imports import Upload, start_import
from crmkit_data_exchange.mapping import Mapping
from crmkit_data_exchange.runs import begin_run, run_batches
from crmkit_data_exchange.tables import Import, ImportState

from benchmarks.measuring import Measured
from benchmarks.twins.importing import ImportTwin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import UnitOfWork

    from benchmarks.operations import Bench

_MAPPING = {
    "entity": "lead",
    "columns": {
        "Title": "name",
        "Company": "company_name",
        "Contact": "contact_name",
        "Mail": "email",
        "Phone": "phone",
        "Stage": "stage",
        "Team": "team",
        "Owner": "owner",
        "Value": "expected_revenue",
        "Close": "expected_close",
    },
}


def measure_import(bench: Bench, rows: int) -> Measured:
    """An import of `rows` leads, from the upload to the last batch."""
    crm, user_id = bench.crm, bench.seeded.all_id
    with crm.read() as uow:
        text = _write_file(uow, rows)
    with crm.work(user_id) as uow:
        twins_id = _start(uow, text).id
    twin = ImportTwin(bench.driver, user_id, twins_id, text)
    sent_before = bench.driver.sent
    with statements(crm) as sent:
        began = perf_counter()
        with crm.work(user_id) as uow:
            ours_id = _start(uow, text).id
        job = claim_next(crm, begin_run(crm, user_id, ours_id))
        if job is None:
            raise LookupError
        before = perf_counter() - began
        ours_took, twin_took = _race(run_batches(JobRun(crm, job)), twin.run())
    took, batches = before + sum(ours_took), len(ours_took)
    row = Measured(f"import of {rows:,}", [took], [sum(twin_took)])
    row.statements = (len(sent), bench.driver.sent - sent_before)
    row.remark = (
        f"{rows / took:,.0f} rows/s, the twin {rows / sum(twin_took):,.0f}; upload and "
        f"check of the file {before * 1000:,.0f} ms of it; {batches} batches, the "
        f"longest {max(ours_took) * 1000:,.0f} ms"
    )
    with crm.read() as uow:
        _check_done(uow, ours_id, rows)
    return row


def _start(uow: UnitOfWork, text: str) -> Import:
    mapping = Mapping.model_validate(_MAPPING)
    return start_import(
        uow, "lead", Upload("leads.csv", text.encode()), mapping=mapping
    )


def _race(ours: Iterator[int], twin: Iterator[int]) -> tuple[list[float], list[float]]:
    """What each batch took; whoever has fewer rows is next."""
    took: tuple[list[float], list[float]] = ([], [])
    done = [0, 0]
    running = {0, 1}
    while running:
        which = min(running, key=lambda at: done[at])
        began = perf_counter()
        reached = next((ours, twin)[which], None)
        took[which].append(perf_counter() - began)
        if reached is None:
            running.remove(which)
        else:
            done[which] = reached
    return took


def _write_file(uow: UnitOfWork, rows: int) -> str:
    rng = Random(rows)  # noqa: S311  (the same at every run)
    stages, teams, users = (
        list(uow.session.scalars(select(kind.name).order_by(kind.id)))
        for kind in (Stage, Team, User)
    )
    leads = uow.session.execute(
        select(Lead.name, Lead.company_name, Lead.contact_name, Lead.email, Lead.phone)
        .order_by(Lead.id)
        .limit(rows)
    ).all()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_MAPPING["columns"])
    for number in range(rows):
        value, close = f"{rng.randrange(500, 90_000)}.50", "2027-03-31"
        lead: Any = leads[number % len(leads)]
        owner = rng.choice(users)
        writer.writerow(
            (*lead, rng.choice(stages[:5]), rng.choice(teams), owner, value, close)
        )
    return text.getvalue()


def _check_done(uow: UnitOfWork, import_id: int, rows: int) -> None:
    found = uow.session.get_one(Import, import_id)
    if found.state is not ImportState.DONE or found.created != rows:
        sentence = f"Only {found.created} rows of {rows} came in."
        raise AssertionError(sentence)
