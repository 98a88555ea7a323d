"""Real files, imported for good."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    BoardQuery,
    Contact,
    Lead,
    ListQuery,
    Team,
    User,
    list_stages,
    pipeline,
    sum_leads,
)
from crmkit.jobs import run_due
from crmkit_data_exchange.imports import Upload, start_import
from crmkit_data_exchange.mapping import parse_mapping
from crmkit_data_exchange.runs import begin_run
from crmkit_data_exchange.tables import ImportState

pytestmark = [pytest.mark.plugins("data_exchange"), pytest.mark.realdata]

MAP = Path(__file__).parent / "maps" / "sales_pipeline.json"
CENT = Decimal("0.01")


def run(crm, entity, file, mapping=None, lookups=None):
    with crm.work() as uow:
        new = start_import(uow, entity, file, mapping=mapping, lookups=lookups)
    begin_run(crm, None, new.id)
    run_due(crm)
    with crm.read() as uow:
        return uow.session.get(type(new), new.id)


def rows_of(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_sales_pipeline_sums_to_what_its_files_say(crm, real_data):
    folder = real_data / "sales_pipeline"
    file = folder / "sales_pipeline_asof_2017-09-30.csv"
    text = json.loads(MAP.read_text())
    del text["fixed"]["currency"]  # so that the base currency applies
    mapping = parse_mapping(json.dumps(text))
    lookups = {
        name: (folder / name).read_bytes()
        for name in ("products.csv", "sales_teams.csv")
    }
    upload = Upload(file.name, file.read_bytes())
    done = run(crm, "lead", upload, mapping, lookups)
    assert (done.state, done.created, done.failed) == (ImportState.DONE, 7635, 0)
    expected = count_files(folder, file)
    on_board = expected.pop("board")
    assert done.unmatched == [["products", "GTXPro", expected.pop("unmatched")]]
    with crm.read() as uow:
        percent = {stage.name: stage.probability for stage in list_stages(uow)}
        found = {
            group: read_groups(uow, column)
            for group, column in {
                "stage": None,
                "team": (Team, Lead.team_id),
                "owner": (User, Lead.owner_id),
            }.items()
        }
        board = pipeline(uow, BoardQuery())
    wanted = {group: weigh(cells, percent) for group, cells in expected.items()}
    assert found == wanted
    assert all(
        0 not in values for cells in wanted.values() for values in cells.values()
    )
    for column in board.columns:
        at_board = (column.count, column.sum.base, column.weighted_sum.base)
        assert at_board == total(on_board.get(column.name, []), percent)


def count_files(folder, file):
    """Amounts by status and stage, for each stage, team and agent of the files."""
    prices = {
        row["product"]: row["sales_price"] for row in rows_of(folder / "products.csv")
    }
    teams = {
        row["sales_agent"]: row["regional_office"]
        for row in rows_of(folder / "sales_teams.csv")
    }
    groups: dict[str, Any] = {
        name: defaultdict(list) for name in ("stage", "team", "owner", "board")
    }
    unmatched = 0
    for row in rows_of(file):
        status = {"Won": "won", "Lost": "lost"}.get(row["deal_stage"], "open")
        stage = "Engaging" if status == "lost" else row["deal_stage"]
        price = row["close_value"] or prices.get(row["product"])
        unmatched += not row["close_value"] and row["product"] not in prices
        entry = (status, stage, Decimal(price or 0))
        groups["stage"][stage].append(entry)
        groups["team"][teams[row["sales_agent"]]].append(entry)
        groups["owner"][row["sales_agent"]].append(entry)
        if status != "lost":
            groups["board"][stage].append(entry)
    return {**groups, "unmatched": unmatched}


def total(entries, percent):
    weighted = Decimal(0)
    for status, stage, amount in entries:
        share = {"won": Decimal(100), "lost": Decimal(0)}.get(status, percent[stage])
        weighted += (amount * share / 100).quantize(CENT, ROUND_HALF_EVEN)
    return len(entries), sum(entry[2] for entry in entries), weighted


def weigh(cells, percent):
    return {name: total(entries, percent) for name, entries in cells.items()}


def read_groups(uow, named):
    """Count and both sums by stage, team or owner."""
    if named is None:
        return {
            stage.name: sums_of(uow, f'stage = "{stage.name}"')
            for stage in list_stages(uow)
        }
    kind, column = named
    noun = "owner" if kind is User else "team"
    names = select(kind.name).where(kind.id.in_(select(column).distinct()))
    return {
        name: sums_of(uow, f'{noun} = "{name}"') for name in uow.session.scalars(names)
    }


def sums_of(uow, filter_text):
    sums = sum_leads(uow, ListQuery(filter_text))
    return sums.count, sums.sum.base, sums.weighted_sum.base


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("fr_entreprises.csv", 5146),
        pytest.param("gb_employers.csv.gz", 7293, marks=pytest.mark.soak),
    ],
)
def test_lists_of_companies_become_contacts(crm, real_data, name, count):
    data = (real_data / "companies" / name).read_bytes()
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    done = run(crm, "contact", Upload(name, data))
    assert (done.created, done.failed, done.skipped) == (count, 0, 0)
    with crm.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Contact)) == count
