from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crmkit_data_exchange.converting import (
    Converted,
    compile_mapping,
    convert_row,
)
from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.errors import (
    MappingError,
    UnfitConstantError,
    UnknownColumnError,
    UnknownFieldError,
    UnknownLookupError,
)
from crmkit_data_exchange.fields import FieldDescription
from crmkit_data_exchange.lookups import Unmatched, read_lookup
from crmkit_data_exchange.mapping import Lookup, Mapping, parse_mapping

Fields = Sequence[FieldDescription]


def convert(text: str, mapping: Mapping, fields: Fields) -> list[Converted]:
    table = read_table(text.encode())
    compiled = compile_mapping(mapping, fields, table.columns)
    return [convert_row(row, compiled) for row in table.rows()]


def map_leads(**parts: object) -> Mapping:
    return Mapping.model_validate({"entity": "lead", **parts})


def sentences(converted: Converted) -> list[str]:
    return [problem.text() for problem in converted.problems]


def test_each_type_gets_its_value(lead_fields: Fields) -> None:
    columns = {
        "Deal": "name",
        "Value": "expected_revenue",
        "Chance": "probability",
        "Close": "expected_close",
        "Made": "created_at",
        "Urgent": "is_urgent",
        "Tags": "tags",
        "Mail": "email",
        "Prio": "priority",
        "Status": "status",
        "Zip": "zip",
        "Land": "country",
        "Money": "currency",
        "Note": "lost_note",
    }
    text = (
        "Deal;Value;Chance;Close;Made;Urgent;Tags;Mail;Prio;Status;Zip;Land;Money;Note\n"
        " Pump\tstation ;1 234,50 €;50 %;05/03/2024;2024-03-05T10:00:00+01:00;Oui;"
        '"new, big,new";Ann <ann@example.com>;2;WON;01234;Allemagne;eur;"one\r\ntwo"\n'
    )
    mapping = map_leads(columns=columns, decimal_sign=",")
    (row,) = convert(text, mapping, lead_fields)
    assert not row.problems
    assert row.values == {
        "name": "Pump station",
        "expected_revenue": Decimal("1234.50"),
        "probability": Decimal(50),
        "expected_close": date(2024, 3, 5),
        "created_at": datetime(2024, 3, 5, 9, tzinfo=UTC),
        "is_urgent": True,
        "tags": ["new", "big"],
        "email": "ann@example.com",
        "priority": 2,
        "status": "won",
        "zip": "01234",
        "country": "DE",
        "currency": "EUR",
        "lost_note": "one\ntwo",
    }


def test_a_cell_that_does_not_fit_is_told_and_the_others_are_kept(
    lead_fields: Fields,
) -> None:
    columns = {"Deal": "name", "Value": "expected_revenue", "Status": "status"}
    text = 'Deal,Value,Status\nPump,much,open\nWell,"1,5",half\n'
    first, second = convert(text, map_leads(columns=columns), lead_fields)
    assert first.values == {"name": "Pump", "expected_revenue": None, "status": "open"}
    assert first.problems[0].column == "Value"
    assert sentences(first) == ["“much” is not a number."]
    assert sentences(second) == [
        "“half” is none of open, won, lost.",
        "“1,5” is not a number.",
    ]


def test_every_row_with_the_same_fault_says_so(lead_fields: Fields) -> None:
    columns = {"Deal": "name", "Value": "expected_revenue"}
    rows = convert("Deal,Value\nA,x\nB,x\n", map_leads(columns=columns), lead_fields)
    assert [sentences(row) for row in rows] == [["“x” is not a number."]] * 2


def test_lists_of_two_rows_are_not_one_list(lead_fields: Fields) -> None:
    columns = {"Deal": "name", "Tags": "tags"}
    rows = convert("Deal,Tags\nA,x\nB,x\n", map_leads(columns=columns), lead_fields)
    assert rows[0].values["tags"] == rows[1].values["tags"]
    assert rows[0].values["tags"] is not rows[1].values["tags"]


def test_control_characters_are_refused(lead_fields: Fields) -> None:
    columns = {"Deal": "name", "City": "city"}
    text = "Deal,City,Other\nA,Bo\x00nn,x\nB,Rom,\x07\n"
    first, second = convert(text, map_leads(columns=columns), lead_fields)
    assert sentences(first) == ["“City” holds a character that is not text."]
    assert first.values == {"name": "A", "city": None}
    assert not second.problems


def test_a_required_field_that_is_empty_or_not_mapped_is_missing(
    lead_fields: Fields,
) -> None:
    mapped = map_leads(columns={"Deal": "name", "City": "city"})
    first, second = convert("Deal,City\n,Bonn\nA,\n", mapped, lead_fields)
    assert sentences(first) == ["Name is missing."]
    assert second.values == {"name": "A", "city": None}
    (other,) = convert("City\nBonn\n", map_leads(columns={"City": "city"}), lead_fields)
    assert sentences(other) == ["Name is missing."]


def test_cells_behind_the_last_column_are_told(lead_fields: Fields) -> None:
    mapping = map_leads(columns={"Deal": "name"})
    (row,) = convert("Deal,City\nA,Bonn,too,much\n", mapping, lead_fields)
    assert sentences(row) == ["This row has 2 more cells than the header."]


def test_values_are_exchanged_whatever_their_spelling(lead_fields: Fields) -> None:
    mapping = parse_mapping(
        """{"entity": "lead", "columns": {"Deal": "name", "State": [
          {"field": "stage", "values": {"gagné": "Won", "perdu": null, "": "New"}},
          {"field": "status", "values": {"gagné": "won", "perdu": "lost", "*": "open"}}
        ]}}"""
    )
    text = "Deal,State\nA, GAGNE\nB,Perdu\nC,Talk\nD,\n"
    rows = convert(text, mapping, lead_fields)
    assert [(row.values["stage"], row.values["status"]) for row in rows] == [
        ("Won", "won"),
        (None, "lost"),
        ("Talk", "open"),
        ("New", None),
    ]


def test_the_first_source_that_is_not_empty_wins_and_constants_come_last(
    lead_fields: Fields,
) -> None:
    columns = {
        "List": {"field": "expected_revenue", "fallback": True},
        "Deal": "name",
        "Agreed": "expected_revenue",
    }
    mapping = map_leads(columns=columns, fixed={"expected_revenue": "1"})
    text = "List,Deal,Agreed\n10,A,7\n10,B,\n,C,\n10,D,0\n"
    rows = convert(text, mapping, lead_fields)
    assert [row.values["expected_revenue"] for row in rows] == [7, 10, 1, 0]


def test_parts_of_a_name_are_joined(lead_fields: Fields) -> None:
    columns = {
        "Last": {"field": "name", "joined": True},
        "First": {"field": "name", "joined": True},
        "Code": "name",
    }
    rows = convert(
        "Last,First,Code\nLee,Ann,\nRay,,1\n,,7\n",
        map_leads(columns=columns),
        lead_fields,
    )
    assert [row.values["name"] for row in rows] == ["Lee Ann", "Ray", "7"]


def test_a_second_file_is_looked_up_and_what_it_lacks_is_counted(
    lead_fields: Fields,
) -> None:
    lookup = Lookup(file="prices.csv", key="product")
    columns = {
        "Deal": "name",
        "Sum": "expected_revenue",
        "Product": {
            "field": "expected_revenue",
            "values": {"Pmp": "Pump"},
            "fallback": True,
            "lookup": "prices",
            "take": "price",
        },
    }
    mapping = map_leads(columns=columns, lookups={"prices": lookup})
    prices = read_lookup(lookup, b"product;price\nPump;100\nWELL;200\npump;300\n")
    table = read_table(
        b"Deal,Sum,Product\nA,,Pump\nB,,well\nC,,Wel\nD,5,Wel\nE,,Wel\nF,,Pmp\nG,,\n"
    )
    compiled = compile_mapping(mapping, lead_fields, table.columns, {"prices": prices})
    sums = [compiled.convert(row).values["expected_revenue"] for row in table.rows()]
    assert sums == [100, 200, None, 5, None, 100, None]
    assert compiled.unmatched == (Unmatched("prices", "Wel", 2),)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"columns": {"Nope": "name"}}, UnknownColumnError),
        ({"columns": {"Deal": "nope"}}, UnknownFieldError),
        ({"columns": {}, "fixed": {"nope": "1"}}, UnknownFieldError),
        ({"columns": {}, "match_by": ["nope"]}, UnknownFieldError),
        ({"columns": {}, "fixed": {"priority": "high"}}, UnfitConstantError),
        ({"columns": {"Deal": {"field": "name", "lookup": "x"}}}, UnknownLookupError),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_any_row(
    parts: dict[str, object], error: type[MappingError], lead_fields: Fields
) -> None:
    with pytest.raises(error):
        compile_mapping(map_leads(**parts), lead_fields, ("Deal",))


def test_a_lookup_without_its_columns_is_refused(lead_fields: Fields) -> None:
    with pytest.raises(UnknownColumnError, match=r"prices\.csv"):
        read_lookup(Lookup(file="prices.csv", key="sku"), b"product,price\nA,1\n")
    table = read_lookup(Lookup(file="p.csv", key="product"), b"product,price\nA,1\n")
    rule = {"field": "name", "lookup": "p"}
    mapping = map_leads(columns={"Deal": rule})
    with pytest.raises(UnknownColumnError):
        compile_mapping(mapping, lead_fields, ("Deal",), {"p": table})


@pytest.mark.parametrize(
    ("header", "field", "typed", "value"),
    [
        ("Land", "country", "fr", "FR"),
        ("Land", "country", "États-Unis", "US"),
        ("Land", "country", "UK", "GB"),
        ("Tongue", "language", "Deutsch", "de"),
        ("Tongue", "language", "fr_CA", "fr"),
        ("Money", "currency", "€", "EUR"),
        ("Money", "currency", "usd", "USD"),
    ],
)
def test_names_of_countries_languages_and_currencies_become_codes(
    header: str, field: str, typed: str, value: str, lead_fields: Fields
) -> None:
    mapping = map_leads(columns={"Deal": "name", header: field})
    (row,) = convert(f"Deal,{header}\nA,{typed}\n", mapping, lead_fields)
    assert (row.values[field], row.problems) == (value, ())


@pytest.mark.parametrize("field", ["country", "language", "currency"])
def test_what_has_no_code_is_refused(field: str, lead_fields: Fields) -> None:
    mapping = map_leads(columns={"Deal": "name", "X": field})
    (row,) = convert("Deal,X\nA,Nowhere\n", mapping, lead_fields)
    assert sentences(row)[0].startswith("“Nowhere” is not a ")
