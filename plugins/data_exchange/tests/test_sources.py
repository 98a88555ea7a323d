"""Files that are no CSV: read all the same, or refused with one sentence."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from crmkit_data_exchange.errors import (
    BrokenJsonError,
    BrokenWorkbookError,
    NoCardsError,
    NoRecordsError,
    NoSheetError,
    OtherKindError,
    TooLargeWorkbookError,
    TooManyColumnsError,
    UnreadableFileError,
)
from crmkit_data_exchange.file_kinds import Kind
from crmkit_data_exchange.mapping import DialectOverrides
from crmkit_data_exchange.sources import open_source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def make_workbook(sheets: Mapping[str, str]) -> bytes:
    """A workbook of Excel; each sheet by its name, as the rows in its XML."""
    numbered = list(enumerate(sheets, 1))
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/s{n}.xml" ContentType="{KINDS}.worksheet+xml"/>'
            for n, _ in numbered
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in numbered
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{LINKS}/worksheet" Target="s{n}.xml"/>'
            for n, _ in numbered
        )
        + "</Relationships>",
    }
    for n, name in numbered:
        data = f"<sheetData>{sheets[name]}</sheetData>"
        files[f"xl/s{n}.xml"] = f'<worksheet xmlns="{MAIN}">{data}</worksheet>'
    return pack(files)


def pack(files: Mapping[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def cell(place: str, text: str, formula: str = "") -> str:
    asked = f"<f>{formula}</f>" if formula else ""
    if formula:
        return f'<c r="{place}" t="str">{asked}<v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


HEAD = row(1, cell("A1", "Name"), cell("B1", "Note"))


def read(data: bytes, sheet: str | None = None) -> list[list[str]]:
    table = read_source(open_source(data, sheet))
    return [list(table.columns), *(row.cells for row in table.rows())]


def test_a_sheet_is_read_with_what_its_formulas_came_to() -> None:
    formula = cell("B3", "7", "3+4")
    sheet = HEAD + row(3, cell("A3", "=cmd()"), formula)
    data = make_workbook({"Deals": sheet})
    assert read(data) == [["Name", "Note"], ["=cmd()", "7"]]
    table = read_source(open_source(data))
    assert [row.line for row in table.rows()] == [3]


def test_the_first_sheet_with_rows_is_taken_unless_another_is_named() -> None:
    full = HEAD + row(2, cell("A2", "Ann"))
    data = make_workbook({"Cover": row(1, cell("A1", "Hi")), "List": full, "Old": HEAD})
    source = open_source(data)
    assert (source.sheet, source.sheets) == ("List", ("Cover", "List", "Old"))
    assert open_source(data, "Old").sheet == "Old"
    with pytest.raises(NoSheetError, match="“Nope”"):
        open_source(data, "Nope")


def test_titles_above_the_header_of_a_sheet_are_passed_over() -> None:
    rows = row(1, cell("A1", "Report")) + row(3, cell("A3", "Name"), cell("B3", "Note"))
    data = make_workbook({"S": rows + row(4, cell("A4", "Ann"), cell("B4", "two\nl"))})
    table = read_source(open_source(data))
    assert table.columns == ("Name", "Note")
    assert [(r.line, r.cells) for r in table.rows()] == [(4, ["Ann", "two\nl"])]
    again = read_source(open_source(data), DialectOverrides(header_row=1))
    assert again.columns[0] == "Report"


def test_an_apostrophe_in_a_sheet_is_no_protection_to_be_taken_off() -> None:
    data = make_workbook({"S": HEAD + row(2, cell("A2", "'=A1"), cell("B2", "x"))})
    assert read(data)[1] == ["'=A1", "x"]


def make_bomb() -> bytes:
    """A workbook of 400 kB with one cell of 400 MB."""
    return make_workbook({"S": HEAD + row(2, cell("A2", "A" * 400_000_000))})


FAR = make_workbook({"S": HEAD + row(1_048_576, cell("XFD1048576", "far"))})
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: FAR, TooLargeWorkbookError),
        (make_bomb, TooLargeWorkbookError),
        (lambda: pack({"xl/workbook.xml": "<workbook"}), BrokenWorkbookError),
        (lambda: b"PK\x03\x04 torn", OtherKindError),
        (lambda: OLD, BrokenWorkbookError),
    ],
    ids=["one far cell", "a bomb", "broken", "torn", "broken and old"],
)
def test_a_hostile_workbook_ends_in_one_sentence(
    make: Callable[[], bytes], error: type[UnreadableFileError]
) -> None:
    with pytest.raises(error, match=r"^This .*\.$"):
        open_source(make())


CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;John;R\\,J;Mr.;\r\nFN:John Doe\r\n"
    "ORG:Acme\\, Inc.;Sales\r\nitem1.EMAIL;type=HOME:j@home.example\r\n"
    "EMAIL;type=WORK;type=pref:john@acme.example\r\nTEL;TYPE=FAX:1\r\n"
    "TEL;TYPE=CELL:+33 6 12\r\nADR;TYPE=work:;;1 Main\\nSt;Lyon;;69001;France\r\n"
    "NOTE:One\r\n  line\\nand another\r\nPHOTO;BASE64:\r\n  AAAA:BBBB\r\nEND:VCARD\r\n"
)


def test_a_card_becomes_a_row_what_is_preferred_first() -> None:
    columns, cells = read(CARD.encode())
    assert dict(zip(columns, cells, strict=True)) == {
        "Full name": "John Doe",
        "Kind": "person",
        "Company": "Acme, Inc.",
        "Email": "john@acme.example",
        "Other email": "j@home.example",
        "Phone": "+33 6 12",
        "Street": "1 Main St",
        "City": "Lyon",
        "Zip": "69001",
        "Country": "France",
        "Notes": "One line\nand another",
    }


def test_old_cards_with_their_own_letters_are_read() -> None:
    old = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:"
        "M=FCller;J=F6rg\nTITLE;ENCODING=QUOTED-PRINTABLE;CHARSET=no-such:Ch=\nef\n"
        "ORG:Firma\nEND:VCARD\nBEGIN:VCARD\nORG:Werk\nTEL:1"
    )
    assert read(old.encode()) == [
        ["Full name", "Kind", "Company", "Job title", "Phone"],
        ["Jörg Müller", "person", "Firma", "Chef", ""],
        ["Werk", "company", "", "", "1"],
    ]


def test_a_file_of_cards_without_any_says_so() -> None:
    with pytest.raises(NoCardsError):
        open_source(b"BEGIN:VCARD\nEND:VCARD\n")


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"name": "A", "address": {"city": "Ay"}, "tags": ["x", "y"], "n": 1.50}\n'
            '{"name": "B", "owner": {"id": 7}, "n": null}\n'
        ),
        (
            '[{"name": "A", "address": {"city": "Ay"}, "tags": ["x", "y"], "n": 1.50},'
            ' {"name": "B", "owner": {"id": 7}, "n": null}]'
        ),
    ],
)
def test_json_lines_and_lists_become_rows(text: str) -> None:
    assert read(text.encode()) == [
        ["name", "city", "tags", "n", "owner.id"],
        ["A", "Ay", "x, y", "1.50", ""],
        ["B", "", "", "", "7"],
    ]
    assert open_source(text.encode()).kind is Kind.JSON


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"a": 1}\n{"a": \n', BrokenJsonError),
        ('{"a": NaN}', BrokenJsonError),
        ("[" * 100_000, BrokenJsonError),
        ('{"a": ' * 100_000, BrokenJsonError),
        ("[1, 2]", NoRecordsError),
        ("[]", NoRecordsError),
        ('{"sales": [{"a": 1}, {"a": 2}]}', NoRecordsError),
        ("{" + ",".join(f'"{n}": 1' for n in range(5000)) + "}", TooManyColumnsError),
    ],
)
def test_json_without_one_table_ends_in_one_sentence(
    text: str, error: type[UnreadableFileError]
) -> None:
    with pytest.raises(error):
        read(text.encode())


def test_a_million_columns_are_refused_in_every_kind() -> None:
    wide = ",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n"
    with pytest.raises(TooManyColumnsError):
        read(wide.encode())
