"""The files that people really try to import, in the folder beside the repository."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from crmkit_data_exchange.converting import compile_mapping
from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.errors import UnreadableFileError
from crmkit_data_exchange.fields import FieldDescription
from crmkit_data_exchange.lookups import Unmatched, read_lookup
from crmkit_data_exchange.mapping import parse_mapping
from crmkit_data_exchange.proposing import propose_mapping
from crmkit_data_exchange.sources import open_source, read_source
from crmkit_data_exchange.value_mapping import Existing
from crmkit_data_exchange.writing import write_csv

pytestmark = pytest.mark.realdata

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
MAPS = Path(__file__).parent / "maps"
FILES = [
    *sorted((DATA / "imports" / "files").glob("*")),
    *sorted((DATA / "hostile").glob("*.csv")),
    *sorted((DATA / "hostile").glob("*.jsonl")),
]
Fields = Sequence[FieldDescription]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_ends_in_a_preview_or_in_one_sentence(file: Path) -> None:
    if file.suffix in (".xml", ".json"):
        with pytest.raises(UnreadableFileError, match=r"This .*\.$"):
            open_source(file.read_bytes())
        return
    table = read_source(open_source(file.read_bytes()))
    preview = list(islice(table.rows(), 20))
    assert len(set(table.columns)) == len(table.columns) > 0
    assert all(len(row.cells) == len(table.columns) for row in preview)
    assert sum(1 for _ in table.rows()) == table.row_count


@pytest.mark.parametrize(
    ("name", "encoding", "header_row", "columns"),
    [
        ("messytables__weird_head_padding.csv", "utf-8", 12, 10),
        ("messytables__mixedGLB.csv", "utf-8", 4, 19),
        ("messytables__null.csv", "utf-8", 0, 4),
        ("messytables__sparse_with_column_errors.csv", "cp1252", 1, 4),
        ("messytables__utf-16le_encoded.csv", "utf-16", 1, 19),
        ("frictionless__skip-rows-before-headers.csv", "utf-8", 2, 2),
        ("frictionless__table-infer-iso-8859-7.csv", "cp1253", 1, 3),
        ("csvkit__test_empty_columns.csv", "utf-8", 1, 3),
        ("shared-contacts-admin__sample1.csv", "utf-8", 1, 129),
    ],
)
def test_the_difficult_ones_are_read_as_a_person_would(
    name: str, encoding: str, header_row: int, columns: int
) -> None:
    table = read_table((DATA / "imports" / "files" / name).read_bytes())
    assert (table.dialect.encoding, table.dialect.header_row) == (encoding, header_row)
    assert len(table.columns) == columns


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        (
            "gb_employers.csv.gz",
            7293,
            {
                "EmployerName": "name",
                "Address": "street",
                "SicCodes": "industry",
                "EmployerSize": "employees",
                "CompanyLinkToGPGInfo": "website",
            },
        ),
        (
            "fr_entreprises.csv",
            5146,
            {
                "Raison Sociale": "name",
                "Région": "state",
                "activite_principale": "industry",
                "tranche_effectifs": "employees",
            },
        ),
    ],
)
def test_lists_of_companies_convert_as_proposed(
    name: str, rows: int, expected: dict[str, str], contact_fields: Fields
) -> None:
    data = (DATA / "companies" / name).read_bytes()
    table = read_table(gzip.decompress(data) if name.endswith(".gz") else data)
    mapping = propose_mapping(table, "contact", contact_fields, Existing())
    assert {h: r[0].field for h, r in mapping.columns.items() if r} == expected
    compiled = compile_mapping(mapping, contact_fields, table.columns)
    converted = [compiled.convert(row) for row in table.rows()]
    assert len(converted) == rows
    assert not any(row.problems for row in converted)


def test_the_sales_pipeline_converts_to_what_its_files_say(lead_fields: Fields) -> None:
    folder = DATA / "sales_pipeline"
    file = folder / "sales_pipeline_asof_2017-09-30.csv"
    mapping = parse_mapping((MAPS / "sales_pipeline.json").read_bytes())
    lookups = {
        name: read_lookup(lookup, (folder / lookup.file).read_bytes())
        for name, lookup in mapping.lookups.items()
    }
    table = read_table(file.read_bytes())
    compiled = compile_mapping(mapping, lead_fields, table.columns, lookups)
    found: Counter[tuple[object, ...]] = Counter()
    sums = dict.fromkeys(("won", "lost", "open"), Decimal(0))
    for row in table.rows():
        converted = compiled.convert(row)
        assert not converted.problems
        values = converted.values
        found[values["status"], values["stage"], values["team"], values["owner"]] += 1
        revenue = values["expected_revenue"] or Decimal(0)
        assert isinstance(revenue, Decimal)
        sums[str(values["status"])] += revenue
    wanted, wanted_sums, unknown = count_pipeline(folder, file)
    assert found == wanted
    assert sums == wanted_sums
    assert compiled.unmatched == (Unmatched("products", "GTXPro", unknown),)


def count_pipeline(
    folder: Path, file: Path
) -> tuple[Counter[tuple[object, ...]], dict[str, Decimal], int]:
    prices = {
        row["product"]: row["sales_price"] for row in rows_of(folder / "products.csv")
    }
    teams = {
        row["sales_agent"]: row["regional_office"]
        for row in rows_of(folder / "sales_teams.csv")
    }
    counts: Counter[tuple[object, ...]] = Counter()
    sums = dict.fromkeys(("won", "lost", "open"), Decimal(0))
    unknown = 0
    for row in rows_of(file):
        stage, agent = row["deal_stage"], row["sales_agent"]
        status = {"Won": "won", "Lost": "lost"}.get(stage, "open")
        counts[
            status, "Engaging" if stage == "Lost" else stage, teams[agent], agent
        ] += 1
        price = row["close_value"] or prices.get(row["product"])
        unknown += price is None
        sums[status] += Decimal(price or 0)
    return counts, sums, unknown


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_formula_payloads_are_harmless_in_an_export_and_come_back() -> None:
    listed = rows_of(DATA / "hostile" / "csv_formula_payloads.csv")
    payloads = [[str(json.loads(row["payload_json"])), "x"] for row in listed]
    data = b"".join(write_csv(payloads, ["payload", "other"]))
    for cells in csv.reader(data.decode().splitlines()):
        assert not cells[0].startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert [row.cells for row in read_table(data).rows()] == payloads
