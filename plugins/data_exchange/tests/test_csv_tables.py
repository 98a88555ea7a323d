from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit_data_exchange.csv_tables import Table, read_table
from crmkit_data_exchange.errors import (
    CellTooLongError,
    EmptyFileError,
    FileTooLargeError,
    NoHeaderRowError,
    NoRowsError,
    OpenQuoteError,
    TooManyColumnsError,
    UnknownDelimiterError,
    UnreadableFileError,
)
from crmkit_data_exchange.sources import open_source


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_line_ends_are_found(delimiter: str, end: str) -> None:
    lines = ["name", "price", "note"], ["Ann", "1.5", "x"], ["Bob", "2", "y"]
    text = end.join(delimiter.join(line) for line in lines)
    table = read_table(text.encode())
    assert table.dialect.delimiter == delimiter
    assert (table.columns, cells(table)) == (tuple(lines[0]), [*map(list, lines[1:])])


def test_decimal_commas_do_not_hide_the_semicolon() -> None:
    table = read_table(b"name;price;rate\nAnn;1,50;2,5\nBob;3,25;4,0\n")
    assert table.columns == ("name", "price", "rate")


def test_quotes_and_line_breaks_inside_quotes_belong_to_the_cell() -> None:
    table = read_table(b'name,note\nAnn,"She said ""yes"",\nthen left"\nBob,x\n')
    assert cells(table) == [["Ann", 'She said "yes",\nthen left'], ["Bob", "x"]]
    assert [row.line for row in table.rows()] == [2, 4]


def test_blanks_before_a_quotation_mark_do_not_undo_it() -> None:
    assert cells(read_table(b'a, b\n1, "2,000"\n')) == [["1", "2,000"]]


def test_one_column_is_a_table_too() -> None:
    table = read_table(b"name\nAnn Lee\nBob Ray\n")
    assert (table.columns, table.row_count) == (("name",), 2)


def test_titles_and_comments_above_the_header_are_skipped() -> None:
    table = read_table(
        b"Leads of May\n\n# by Ann\nname;city;zip\nAnn;Bonn;5\nBob;Rom;6\n"
    )
    assert table.columns == ("name", "city", "zip")
    assert table.dialect.header_row == 4


def test_a_file_without_header_gets_numbered_columns() -> None:
    table = read_table(b"1,Ann,ann@example.com\n2,Bob,bob@example.com\n")
    assert table.columns == ("Column 1", "Column 2", "Column 3")
    assert table.row_count == 2


def test_the_header_row_can_be_said() -> None:
    data = b"a,b\nname,city\nAnn,Bonn\n"
    assert read_table(data, header_row=2).columns == ("name", "city")
    assert read_table(data, header_row=0).row_count == 3
    with pytest.raises(NoHeaderRowError):
        read_table(data, header_row=9)


def test_repeated_and_empty_headers_get_names_of_their_own() -> None:
    table = read_table(b"name,,name,name (2),\nAnn,x,Bob,Cy,y\n")
    assert table.columns == ("name", "Column 2", "name (3)", "name (2)", "Column 5")


def test_headers_lose_line_breaks_and_control_characters() -> None:
    assert read_table(b'"First\r\n  name",b\x00\nx,y\n').columns == ("First name", "b")


def test_short_rows_are_filled_and_what_is_too_much_is_told() -> None:
    table = read_table(b"a,b,c\n1,2\n1,2,3,4,,\n1,2,3,,\n")
    rows = list(table.rows())
    assert [row.cells for row in rows] == [["1", "2", ""], *[["1", "2", "3"]] * 2]
    assert [row.extra for row in rows] == [(), ("4",), ()]


def test_blank_rows_are_left_out_and_empty_columns_at_the_end_too() -> None:
    table = read_table(b"a,b,,\n,,,\n\n1,2,,\n   \n")
    assert (table.columns, cells(table)) == (("a", "b"), [["1", "2"]])


def test_reading_goes_on_at_any_row() -> None:
    data = b"n\n" + b"".join(b"row %d\n" % n for n in range(100))
    table = read_table(data)
    assert [r.cells[0] for r in islice(table.rows(97), 2)] == ["row 97", "row 98"]
    assert [row.index for row in table.rows(98)] == [98, 99]


@pytest.mark.parametrize("data", [b"", b"  \r\n\n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_called_so(data: bytes) -> None:
    with pytest.raises(EmptyFileError):
        read_table(data)


def test_a_header_alone_is_no_table() -> None:
    with pytest.raises(NoRowsError):
        read_table(b"name,city\n")


def test_limits_have_a_sentence_each() -> None:
    with pytest.raises(TooManyColumnsError, match="201 columns"):
        read_table(b"x," * 200 + b"x\n" + b"y," * 200 + b"y\n")
    with pytest.raises(CellTooLongError, match="line 2"):
        read_table(b"a,b\n1," + b"x" * 32_768 + b"\n")
    with pytest.raises(CellTooLongError, match="line 3"):
        read_table(b'a,b\n1,2\n1,"' + b"x\n" * 100_000)
    with pytest.raises(FileTooLargeError, match="50 MB"):
        open_source(b"x" * 50_000_001)


def test_a_quotation_mark_left_open_is_found() -> None:
    with pytest.raises(OpenQuoteError, match="line 3"):
        read_table(b'a,b\n1,2\n3,"4\n5,6\n')
    with pytest.raises(OpenQuoteError, match="line 2"):
        read_table(b'a\n"')


def test_only_the_four_delimiters_can_be_asked_for() -> None:
    assert read_table(b"a;b,c\nd;e,f\n", delimiter=";").columns == ("a", "b,c")
    with pytest.raises(UnknownDelimiterError):
        read_table(b"a\nb\n", delimiter="x")


def test_a_sentence_can_be_translated() -> None:
    with pytest.raises(EmptyFileError) as caught:
        read_table(b"")
    assert caught.value.text(lambda sentence: f"« {sentence} »").startswith("« This")


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([*b"a1,;|\"\t\r\n \x00\xe9\xff#'"]), max_size=40).map(
        bytes
    )
)
def test_any_bytes_end_in_a_table_or_in_a_sentence(data: bytes) -> None:
    try:
        table = read_table(data)
    except UnreadableFileError:
        return
    rows = list(table.rows())
    assert len(rows) == table.row_count
    assert {len(row.cells) for row in rows} == {len(table.columns)}
