"""Delimited text through the whole engine: dialects, encodings, quotes, and every bad record accounted for."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns import text_forms
from etl_batch.security.escaping import unescape
from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
ROWS = [["id", "name", "note"], ["1", "Zoë", 'say "hi"'], ["2", "a,b", "two\nlines"], ["3", "", "x"]]


def rendered(rows: list[list[str]], delimiter: str = ",", newline: str = "\n") -> str:
    """The rows as text, written by the standard library."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


def read_back(content: bytes) -> list[list[str]]:
    """The rows of an output, read by the standard library."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("delimiter", "newline"), [(",", "\n"), (";", "\r\n"), ("\t", "\n"), ("|", "\n")])
def test_dialects_and_encodings(home: Home, write: Write, encoding: str, delimiter: str, newline: str) -> None:
    """Whatever the dialect, the output holds the same cells as UTF-8, comma, LF, minimal quotes."""
    path = write("in.csv", rendered(ROWS, delimiter, newline).encode(encoding))
    metadata = home.run("-i", path, "--chunk-bytes", 20)
    assert home.csv() == rendered(ROWS).encode()
    assert metadata["counts"] == {"records_in": 3, "written": 3, "rejected": 0, "skipped": 0}


def test_no_header(home: Home, write: Write) -> None:
    """A file that begins with data keeps its first record and gets made-up names."""
    path = write("in.csv", "1,2.5,a\n2,3.5,b\n3,4.5,c\n")
    home.run("-i", path)
    assert home.csv() == b"column_1,column_2,column_3\n1,2.5,a\n2,3.5,b\n3,4.5,c\n"


def test_text_is_kept(home: Home, write: Write) -> None:
    """Leading zeros, trailing zeros and plus signs survive; the Parquet column is text then."""
    path = write("in.csv", "code,price,delta,n\n007,1.50,+3,1\n010,2.25,-4,22\n")
    home.run("-i", path)
    assert home.csv() == b"code,price,delta,n\n007,1.50,+3,1\n010,2.25,-4,22\n"
    table = pq.read_table(home.parquet())
    assert [str(kind) for kind in table.schema.types] == ["string", "decimal128(18, 2)", "string", "int64"]
    assert table.column("code").to_pylist() == ["007", "010"]
    assert [str(value) for value in table.column("price").to_pylist()] == ["1.50", "2.25"]


def test_a_late_value_widens_the_column(home: Home, write: Write) -> None:
    """A column of integers with one word at the very end is text in Parquet, cell by cell as in the file."""
    cells = ["" if number == 5 else str(number) for number in range(60_000)] + ["n/a"]
    text = "n,day,s\n" + "".join(f"{cell},2024-01-{int(i % 28) + 1:02d},x\n" for i, cell in enumerate(cells))
    text += "7,not a day,y\n"
    path = write("in.csv", text + "8,2024-01-01,\n" * 300_000 + "9,2024-13-01,z\n")
    home.run("-i", path, "--chunk-bytes", 100_000, "--stratum", "s")
    table = pq.read_table(home.parquet())
    assert table.column("n").to_pylist()[:60_001] == cells
    assert table.column("day").to_pylist()[-1] == "2024-13-01"
    assert table.num_rows == 360_003
    assert home.csv() == path.read_bytes()


def test_integers_then_decimals_become_doubles(home: Home, write: Write) -> None:
    """Integers first and fractions much later give one column of doubles, no text and no loss."""
    path = write("in.csv", "k,v\n" + "a,1\n" * 500_000 + "b,2.5\n" + "a,3\n" * 500_000)
    home.run("-i", path, "--chunk-bytes", 200_000)
    table = pq.read_table(home.parquet())
    assert str(table.schema.field("v").type) == "double"
    assert sum(table.column("v").to_pylist()) == 500_000 + 2.5 + 1_500_000


def test_formula_cells_are_escaped_and_come_back(home: Home, write: Write) -> None:
    """Cells a spreadsheet would run get a quote, plain numbers do not, and Parquet keeps the raw value."""
    cells = ["=1+1", "+cmd", "-5", "+3", "-1e5", "-2+3", "@x", "'=1", "'", "plain", "\tx", "-", "''@"]
    path = write("in.csv", rendered([["k", "cell"], *[["r", cell] for cell in cells]]))
    metadata = home.run("-i", path)
    written = [row[1] for row in read_back(home.csv())[1:]]
    assert [unescape(cell) for cell in written] == cells
    assert written[:8] == ["'=1+1", "'+cmd", "-5", "+3", "-1e5", "'-2+3", "'@x", "''=1"]
    assert metadata["escaped_cells"] == sum(a != b for a, b in zip(written, cells, strict=True))
    assert pq.read_table(home.parquet()).column("cell").to_pylist() == cells


def test_bad_records_are_kept_with_their_offsets(home: Home, write: Write) -> None:
    """Wrong field counts and bad UTF-8 go to the dead letters; seeking to the offset finds the very bytes."""
    lines = [b"id,name", b"1,a", b"2", b"3,\xff\xfe", b"", b"4,b,c", b'5,"q\nq"', b"6,d"]
    path = write("in.csv", b"\r\n".join(lines) + b"\r\n")
    metadata = home.run("-i", path, "--chunk-bytes", 8)
    assert metadata["counts"] == {"records_in": 7, "written": 3, "rejected": 3, "skipped": 1}
    assert read_back(home.csv()) == [["id", "name"], ["1", "a"], ["5", "q\nq"], ["6", "d"]]
    rejects = home.rejects(metadata)
    assert [(row["record"], row["reason"]) for row in rejects] == [
        (1, "field_count"),
        (2, "invalid_text"),
        (4, "field_count"),
    ]
    content = path.read_bytes()
    assert [content[row["offset"] : row["offset"] + 3] for row in rejects] == [b"2\r\n", b"3,\xff", b"4,b"]


@pytest.mark.parametrize("chunk_bytes", [5, 64, 10_000])
def test_stray_quotes_do_not_split_wrongly(home: Home, write: Write, chunk_bytes: int) -> None:
    """A quote inside a bare field is a character like any other, and quoted newlines beside it still hold."""
    rows = [["n", "text"], ["1", '5" pipe'], ["2", "two\nlines"], ["3", 'a "word"'], ["4", "end"]]
    path = write("in.csv", 'n,text\n1,5" pipe\n2,"two\nlines"\n3,a "word"\n4,end\n')
    metadata = home.run("-i", path, "--chunk-bytes", chunk_bytes)
    assert read_back(home.csv()) == rows
    assert metadata["counts"]["rejected"] == 0


def test_a_quote_that_never_closes_costs_one_record(home: Home, write: Write) -> None:
    """An unclosed quote is one dead letter, not the rest of the file."""
    path = write("in.csv", 'n,text\n1,a\n2,"never\n3,c\n4,d\n')
    metadata = home.run("-i", path)
    assert metadata["counts"] == {"records_in": 4, "written": 3, "rejected": 1, "skipped": 0}
    assert home.rejects(metadata)[0]["raw"] == '2,"never'


def test_mixed_formats_merge_by_name(home: Home, write: Write) -> None:
    """CSV files with other column orders and a Parquet file make one table; absent columns are empty."""
    import pyarrow as pa

    write("a.csv", "id,name\n1,x\n")
    write("b.csv", "name;id;more\ny;2;m\n")
    pq.write_table(pa.table({"more": ["=p"], "id": [3]}), home.data / "c.parquet")
    metadata = home.run("-i", home.data)
    assert home.csv() == b"id,name,more\n1,x,\n2,y,m\n3,,'=p\n"
    table = pq.read_table(home.parquet())
    assert table.to_pydict() == {"id": [1, 2, 3], "name": ["x", "y", None], "more": [None, "m", "=p"]}
    assert [entry["format"] for entry in metadata["inputs"]] == ["csv", "csv", "parquet"]


def test_a_bin_that_is_text_goes_to_the_text_reader(home: Home, write: Write) -> None:
    """Content decides, not the suffix."""
    path = write("t.bin", "a,b\n1,2\n")
    assert home.run("-i", path)["inputs"][0]["format"] == "csv"
    assert home.run("-i", path, "--force-text-fallback")["inputs"][0]["format"] == "csv"


def test_header_only(home: Home, write: Write) -> None:
    """A header without records is a success with no rows, and the analytics say why they were skipped."""
    metadata = home.run("-i", write("in.csv", "a,b\n"))
    assert home.csv() == b"a,b\n"
    assert metadata["analytics"]["population_rows"] == 0
    assert metadata["analytics"]["reason"]
    assert pq.read_table(home.parquet()).num_rows == 0


def test_record_numbers_run_through_the_file(home: Home, write: Write) -> None:
    """Rejects are numbered from the start of their file, whatever slab or chunk they stand in."""
    lines = [f"{number},some text to fill the slab with" for number in range(200_000)]
    bad = list(range(1_000, 200_000, 33_333))
    for number in bad:
        lines[number] = "lonely"
    path = write("in.csv", "n,text\n" + "\n".join(lines) + "\n")
    for chunk_bytes in (1_000_000, 64 << 20):
        metadata = home.run("-i", path, "--chunk-bytes", chunk_bytes)
        assert [row["record"] for row in home.rejects(metadata)] == bad


HEADERS = [
    (",name,city\n0,bob,oslo\n1,al,rome\n", "column_1,name,city"),
    ('"","name"\n"1","bob"\n"2","al"\n', "column_1,name"),
    ("name,name\nbob,oslo\nal,rome\n", "name,name_2"),
    ("name,city,\nbob,oslo,\nal,rome,\n", "name,city"),
    ("country,2019,2020\nNorway,1,2\nItaly,3,4\n", "country,2019,2020"),
    ("bob,oslo\nal,rome\nbob,bonn\n", "column_1,column_2"),
    ("2019,5\n2020,7\n", "column_1,column_2"),
]


@pytest.mark.parametrize(("text", "header"), HEADERS, ids=[row[1] for row in HEADERS])
def test_headers(home: Home, write: Write, text: str, header: str) -> None:
    """Row indexes without a name, repeated and empty names, years as names; and data that is no header."""
    home.run("-i", write("in.csv", text))
    assert home.csv().split(b"\n")[0].decode() == header


def test_signs_of_latin_1(home: Home, write: Write) -> None:
    """A file whose only letters beyond ASCII are signs is read as Latin-1 all the same."""
    home.run("-i", write("in.csv", "item,price\ntea,£5.50\ncold,25°C\n".encode("latin-1")))
    assert home.csv().decode() == "item,price\ntea,£5.50\ncold,25°C\n"


def test_control_characters_in_a_short_text(home: Home, write: Write) -> None:
    """A NUL in a cell does not make a short file binary, and is kept."""
    home.run("-i", write("in.csv", b"a,b\n1,x\x00y\n2,\x00z\n"))
    assert home.csv() == b"a,b\n1,x\x00y\n2,'\x00z\n"


def test_an_odd_byte_ends_as_a_dead_letter(home: Home, write: Write) -> None:
    """Half a character at the end of a UTF-16 file, and half a pair in it, are rejects with the file's own bytes."""
    content = b"\xff\xfe" + "a,b\n1,x\n2,".encode("utf-16-le") + b"\x00\xd8" + "\n3,z\n".encode("utf-16-le") + b"!"
    metadata = home.run("-i", write("in.csv", content), "--chunk-bytes", 10)
    assert metadata["counts"] == {"records_in": 4, "written": 2, "rejected": 2, "skipped": 0}
    rejects = home.rejects(metadata)
    assert [row["reason"] for row in rejects] == ["invalid_text", "partial_character"]
    for row in rejects:
        raw = base64.b64decode(row["raw"])
        assert content[row["offset"] : row["offset"] + len(raw)] == raw


def test_the_year_nought_stays_text(home: Home, write: Write) -> None:
    """Arrow takes 0000-01-01 for a date and nothing else does."""
    home.run("-i", write("in.csv", "d,n\n" + "0000-01-01,1\n2024-01-01,2\n" * 30), "--stratum", "d")
    assert str(pq.read_schema(home.parquet()).field("d").type) == "string"


def counted(row: int, digits: int) -> str:
    """Digits that tell one row from another."""
    return f"{row * 7919:0{digits}}"[-digits:]


PRECISE: dict[str, tuple[str, str, Callable[[int], str]]] = {
    # a column's name, its type, the cell that comes late and breaks it, its cells
    "unsigned": ("uint64", "x", lambda row: str(row * 92233720368547758)),
    "long": ("decimal128(38, 0)", "x", lambda row: f"{'-' * (row % 2)}{row + 1}{counted(row, 20)}"),
    "signed": ("decimal128(38, 0)", "-0", lambda row: str((-1) ** (row // 150) * row * 92233720368547758)),
    "money": ("decimal128(38, 2)", "1.5", lambda row: f"1.{counted(row, 2)}" if row < 100 else f"{row}{'0' * 18}.50"),
    "millis": ("timestamp[ms]", "", lambda row: f"2024-02-29 00:00:00.{counted(row, 3)}"),
    "micros": ("timestamp[us, tz=UTC]", "x", lambda row: f"0001-01-01T00:00:00.{counted(row, 6)}Z"),
    "nanos": ("timestamp[ns]", "2024-01-01", lambda row: f"1677-09-21T00:12:43.{145224193 + row}"),
    "offset": ("timestamp[ms, tz=UTC]", "x", lambda row: f"2024-02-29T00:0{counted(row, 1)}:00+00:00"),
    "clock": ("time32[ms]", "24:00:00", lambda row: f"{row % 24:02}:59:00"),
}


@pytest.mark.parametrize("late", [False, True])
def test_precise_values_are_kept(home: Home, write: Write, late: bool) -> None:
    """Long numbers and moments to the nanosecond have types, whatever came first; a late cell makes them text again."""
    rows = [[cell(row) for _, _, cell in PRECISE.values()] for row in range(200)]
    rows += [[spoiler for _, spoiler, _ in PRECISE.values()]] if late else []
    text = rendered([list(PRECISE), *rows])
    home.run("-i", write("in.csv", text), "--chunk-bytes", 2000, "--workers", 2)
    assert home.csv() == text.encode()
    table = pq.read_table(home.parquet())
    for name, (kind, spoiler, _) in PRECISE.items():
        cells = [row[list(PRECISE).index(name)] for row in rows]
        column = table.column(name).combine_chunks()
        broken = late and bool(spoiler)
        assert str(column.type) == ("string" if broken else kind), name
        if not broken:
            form = text_forms.pick(text_forms.forms(pa.array(cells)))
            column = text_forms.to_text(column, form).fill_null("")
        assert column.to_pylist() == cells, name
