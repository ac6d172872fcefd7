"""How cells and records are set apart: kinds of cells, records under a dialect, their body, and the best dialect."""

from __future__ import annotations

import pytest

from etl_batch.formats.text.body import find_body, is_header, strictly_header, typed_columns
from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.declared import declared_dialect, meant
from etl_batch.formats.text.grammar import is_plain, signs_of
from etl_batch.formats.text.others import other_binary, other_document
from etl_batch.formats.text.sample import SampleText, read_records
from etl_batch.formats.text.sniffing import Tried, declared_by_file, sniff
from etl_batch.formats.text.table import find_table, joined
from etl_batch.kernels import grammar
from etl_batch.model import Dialect
from etl_batch.reading_options import AS_DETECTED, ReadingOptions

KINDS = {
    CellKind.EMPTY: ["", "  "],
    CellKind.NUMBER: ["7", "-1.5", "1,234.50", "1.234,50", "12 %", "$5", "5 €", "(3)", "1e9", ".5", "+3"],
    CellKind.DATE: ["2024-01-31", "31.01.2024", "1/2/24", "2024-01-31 10:00", "2024-01-31T10:00:00Z", "3 Mar 2024"],
    CellKind.TIME: ["10:15", "10:15:00.5", "9:05 pm"],
    CellKind.TRUTH: ["true", "No"],
    CellKind.MISSING: ["NA", "n/a", "-", "\\N", "null"],
    CellKind.TEXT: ["ada", "Smith-Jones", "O\u2019Neil & Sons", "m"],
    CellKind.ODD: ['5" pipe', "a;b", "<b>", "$", ":"],
}


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, cells in KINDS.items() for cell in cells])
def test_kinds_of_cells(kind: CellKind, cell: str) -> None:
    """A value any way people write it is one; text with signs that delimit is odd."""
    assert kind_of(cell) == kind
    assert kind.typed == (kind in (CellKind.NUMBER, CellKind.DATE, CellKind.TIME, CellKind.TRUTH))


def test_records_of_a_sample() -> None:
    """Cells as they read, where they stand, and what is odd about them; a half line at the end is left out."""
    sample = SampleText.of(b'a,"x ""y"""\n\n1,"b" c\n2,ha', whole=False)
    first, blank, odd = read_records(sample, Dialect(), 9)
    assert (first.cells, first.begin, first.end, first.quoted) == (("a", 'x "y"'), 0, 11, 1)
    assert (blank.width, odd.astray) == (0, True)
    escaped = read_records(SampleText.of(b'"a\\"b",c\\,d\n', whole=True), Dialect(escape="\\"), 9)
    assert escaped[0].cells == ('a"b', "c,d")


def test_what_follows_an_open_quote_is_not_known() -> None:
    """In a text that goes on, records from a quote that does not close on are left out."""
    content = b'a,b\n1,x\n2,"open\nno row, this\n'
    assert len(read_records(SampleText.of(content, whole=False), Dialect(), 9)) == 2
    assert len(read_records(SampleText.of(content, whole=True), Dialect(), 9)) == 4


def records_of(text: str, delimiter: str = ",") -> list:
    """The records of a text."""
    return read_records(SampleText.of(text.encode(), whole=True), Dialect(delimiter), 99)


@pytest.mark.parametrize(
    ("text", "width", "start"),
    [
        ("a,b\n1,2\n3,4\n", 2, 0),
        ("title\na,b,c\n1,2,3\n", 3, 1),
        ("a,b,c\n1,2\n1,2,3\n4,5,6\n", 3, 0),
        ("x,y\nnote\na,b,c\n1,2,3\n4,5,6\n", 3, 2),
        ("one, two\nthree\nfour\n", 1, 1),
        ("a;b\n", 1, 0),
    ],
)
def test_bodies(text: str, width: int, start: int) -> None:
    """The longest stretch of one width, broken rows included and titles not."""
    body = find_body(records_of(text))
    assert body is not None
    assert (body.width, body.run[0]) == (width, start)
    assert find_body(records_of("\n\n")) is None


def test_headers_by_kinds() -> None:
    """Words over values; not strictly where the columns have none."""
    rows = [("1", "a", "2024-01-01"), ("2", "b", "2024-01-02")]
    assert typed_columns(rows) == [0, 2]
    assert is_header(("id", "name", "day"), rows)
    assert not is_header(("0", "c", "2024-01-03"), rows)
    assert strictly_header(("id", "", "day"), rows)
    assert not strictly_header(("id", "name", "2023-01-01"), rows)
    assert not strictly_header(("x",), [("a",), ("b",)])


def test_joined_headers() -> None:
    """An empty cell of an upper row goes on with the one before it; one of the last row stays empty."""
    assert joined([("", "2023", "", "2024"), ("k", "q1", "q2", "")]) == ("k", "2023 q1", "2023 q2", "2024")
    assert joined([("a", "b")]) == ("a", "b")


def test_the_better_dialect_has_the_better_score() -> None:
    """More cells that agree, of values, beat fewer; what stands above the body counts half."""
    sample = SampleText.of(b"a;b\n1;2,5\n3;4,5\n", whole=True)
    tried = {sign: Tried.of(sample, Dialect(sign)) for sign in ";,|"}
    assert tried[";"].score > tried[","].score > 0
    assert tried["|"].width == 1
    assert sniff(sample, Dialect(), AS_DETECTED).dialect.delimiter == ";"
    told = sniff(sample, Dialect(","), ReadingOptions(delimiter=","))
    assert told.dialect.delimiter == ","


def test_a_table_in_a_sample() -> None:
    """Where header and body begin, and what is declared of the header."""
    text = b"Title\n\nid,n\n1,2\n3,4\n"
    sample = SampleText.of(text, whole=True)
    tried = Tried.of(sample, Dialect())
    table = find_table(sample, tried, None)
    assert (table.names, table.width, table.above) == (("id", "n"), 2, 2)
    assert (text[table.header_at :][:4], text[table.begin :][:3]) == (b"id,n", b"1,2")
    bare = find_table(sample, tried, "no")
    assert (bare.names, text[bare.begin :][:4]) == ((), b"id,n")
    assert find_table(sample, tried, "2").names == ("id 1", "n 2")


@pytest.mark.parametrize(
    ("line", "found"),
    [("sep=;\na", (";", 6)), ('"sep=|"\r\na', ("|", 9)), ("SEP=,", (",", 5)), ("sep=;x\n", None), ("separate\n", None)],
)
def test_a_line_that_names_the_delimiter(line: str, found: tuple[str, int] | None) -> None:
    """As Excel writes it; anything else is a row."""
    assert declared_by_file(line) == found


def test_signs_that_are_meant() -> None:
    """Words and escapes for what cannot be typed."""
    assert [meant(given) for given in ("tab", "\\t", "\\x1f", "^A", "^", "\\", "::", "pipe")] == [
        "\t", "\t", "\x1f", "\x01", "^", "\\", "::", "|",
    ]  # fmt: skip
    dialect = declared_dialect(ReadingOptions(delimiter="blanks", quote="none", escape='"'), "cp1252")
    assert (dialect.run, dialect.quotechar, dialect.encoding) == (1, None, "cp1252")


def test_plain_dialects() -> None:
    """What the fast kernels know; the signs of others stand where `kernels.grammar` looks."""
    assert is_plain(Dialect())
    assert is_plain(Dialect("\x01"))
    others = [Dialect("||"), Dialect("§"), Dialect(quotechar="'"), Dialect(quotechar=None), Dialect(escape="\\")]
    others += [Dialect(comment="#"), Dialect(run=1), Dialect(spaced=1), Dialect(tail=True)]
    assert not any(map(is_plain, others))
    signs = signs_of(Dialect("§|", quotechar=None, escape="\\", spaced=2), "utf-16-le")
    assert signs[: grammar.FIRST + 2].tolist() == [-1, 92, -1, 2, 0, 2, 0xA7, 124]
    assert signs_of(Dialect("§"), "utf-8")[grammar.SIZE] == 2


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"SQLite format 3\0", "SQLite"),
        (bytes(257) + b"ustar", "a tar archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"id,name\n", None),
        (b"BZ,1\n", None),
    ],
)
def test_other_files(start: bytes, name: str | None) -> None:
    """By magic bytes that no text begins with."""
    assert other_binary(start) == name


@pytest.mark.parametrize(
    ("text", "whole", "name"),
    [
        ("<!doctype html>", True, "an HTML page"),
        ("<?xml version='1.0'?><a/>", True, "an XML document"),
        ("<a>1</a>", True, "an XML document"),
        ("<a>,1\n<b>,2\n", True, None),
        ("[1, 2]", True, "a JSON document"),
        ('{"a": [1, ' + "2, " * 900, False, "a JSON document"),
        ("[1] x,2\n[3] y,4\n" * 200, True, None),
        ('{"a": 1}\n{"a": 2}\n', True, None),
        ("a,b\n1,2\n", True, None),
    ],
)
def test_other_documents(text: str, whole: bool, name: str | None) -> None:
    """A document is one value from start to end; rows that look like its beginning are rows."""
    assert other_document(text, whole=whole) == name
