"""The text reader: whatever is in a file is a row, a reject at its offset or a blank line, however the file is cut."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from etl_batch.formats.source import SourceColumn
from etl_batch.formats.text import counting
from etl_batch.formats.text import found as finder
from etl_batch.formats.text.reader import KEPT_BYTES
from etl_batch.formats.text.source import TextSource
from etl_batch.kernels import csv_text
from etl_batch.model import Dialect, Reject
from etl_batch.sinks.csv_cells import lines_as_csv
from tests.unit.engine_parts import Found, read_all

CUTS = [*range(1, 10), 16, 40, 1000]


def source_of(folder: Path, content: bytes, dialect: Dialect, *names: str) -> TextSource:
    """A file without a header, read as it is said to be written."""
    path = folder / "in.txt"
    path.write_bytes(content)
    columns = tuple(SourceColumn(name, pa.string(), text=True) for name in names)
    return TextSource(0, str(path), len(content), columns, dialect, dialect.bom)


def raw_bytes(reject: Reject, encoding: str) -> bytes:
    """A reject's record as it stands in the file."""
    if reject.raw_encoding is not None:
        return base64.b64decode(reject.raw)
    return reject.raw.encode(encoding)


Rejected = list[tuple[int, str, str]]
"""Of each reject its record number, reason and text."""
FILES: dict[str, tuple[str, list[tuple[str, str]], Rejected, int]] = {
    "plain": ("1,a\n2,b\n", [("1", "a"), ("2", "b")], [], 0),
    "no last newline": ("1,a\n2,b", [("1", "a"), ("2", "b")], [], 0),
    "quotes": ('1,"a,b"\n"2",""\n', [("1", "a,b"), ("2", "")], [], 0),
    "doubled quotes": ('1,"say ""hi"""\n2,""""\n', [("1", 'say "hi"'), ("2", '"')], [], 0),
    "newline in quotes": ('1,"two\nlines"\n2,b\n', [("1", "two\nlines"), ("2", "b")], [], 0),
    "blank lines": ("1,a\n\n\n2,b\n\n", [("1", "a"), ("2", "b")], [], 3),
    "empty cells": ("1,\n,\n,b\n", [("1", ""), ("", ""), ("", "b")], [], 0),
    "field counts": (
        "1,a\nlonely\n2,b\n3,c,d\n",
        [("1", "a"), ("2", "b")],
        [(1, "field_count", "lonely"), (3, "field_count", "3,c,d")],
        0,
    ),
    "stray quote": ('1,5" pipe\n2,"x\ny"\n', [("1", '5" pipe'), ("2", "x\ny")], [], 0),
    "never closed": ('1,a\n2,"never\n3,c\n', [("1", "a"), ("3", "c")], [(1, "malformed_quotes", '2,"never')], 0),
    "text behind a quote": (
        '1,"a" b\n\n2,c\n',
        [("2", "c")],
        [(0, "malformed_quotes", '1,"a" b')],
        1,
    ),
    "rejects among blanks": ("\nx\n\n1,é\ny\n", [("1", "é")], [(1, "field_count", "x"), (4, "field_count", "y")], 2),
    "spaces": (" 1 , a \n", [(" 1 ", " a ")], [], 0),
    "rejects alone": ("a\nb\n", [], [(0, "field_count", "a"), (1, "field_count", "b")], 0),
}


@pytest.mark.parametrize("chunk_bytes", CUTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
def test_every_record_however_the_file_is_cut(tmp_path: Path, encoding: str, newline: str, chunk_bytes: int) -> None:
    """Rows, rejects at their offsets and blank lines of every file, in every encoding, with every line end."""
    for name, (text, rows, rejected, skipped) in FILES.items():
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        content = mark + text.replace("\n", newline).encode(encoding)
        source = source_of(tmp_path, content, Dialect(",", '"', encoding, False, len(mark), newline[-1]), "a", "b")
        found = read_all(source, chunk_bytes)
        assert found.rows == [(a, b.replace("\n", newline)) for a, b in rows], name
        assert [(r.record, r.reason, r.raw) for r in found.rejects] == rejected, name
        assert found.skipped == skipped, name
        for reject in found.rejects:
            raw = raw_bytes(reject, encoding)
            assert content[reject.offset : reject.offset + len(raw)] == raw, name


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    """A comma is a character like any other then."""
    content = f'1{delimiter}"a{delimiter}b"\n2{delimiter}c,d\n'.encode()
    found = read_all(source_of(tmp_path, content, Dialect(delimiter, header=False), "a", "b"), 1)
    assert found.rows == [("1", f"a{delimiter}b"), ("2", "c,d")]


@pytest.mark.parametrize("chunk_bytes", CUTS)
def test_bytes_that_are_no_text(tmp_path: Path, chunk_bytes: int) -> None:
    """A record with a byte that is no UTF-8 is a reject with its very bytes, and its neighbours are rows."""
    content = b'1,a\n2,\xff\n"3\n",\xc3\n4,\xc3\xa9\n'
    found = read_all(source_of(tmp_path, content, Dialect(header=False), "a", "b"), chunk_bytes)
    assert found.rows == [("1", "a"), ("4", "é")]
    rejects = [(reject.record, reject.offset, raw_bytes(reject, "utf-8")) for reject in found.rejects]
    assert rejects == [(1, 4, b"2,\xff"), (2, 8, b'"3\n",\xc3')]
    assert {reject.reason for reject in found.rejects} == {"invalid_text"}


@pytest.mark.parametrize("chunk_bytes", CUTS)
def test_half_a_character_ends_a_file(tmp_path: Path, chunk_bytes: int) -> None:
    """The odd byte of a UTF-16 file is a reject, and so is a record with half of a surrogate pair."""
    content = "1,a\n".encode("utf-16-le") + b"2\0,\0\x00\xd8\n\0" + "3,b\n".encode("utf-16-le") + b"!"
    found = read_all(source_of(tmp_path, content, Dialect(encoding="utf-16-le", header=False), "a", "b"), chunk_bytes)
    assert found.rows == [("1", "a"), ("3", "b")]
    assert [(reject.record, reject.reason) for reject in found.rejects] == [
        (1, "invalid_text"),
        (3, "partial_character"),
    ]
    for reject in found.rejects:
        raw = base64.b64decode(reject.raw)
        assert content[reject.offset : reject.offset + len(raw)] == raw


@pytest.mark.parametrize("alphabet", ['a,"\n', 'ab,\r\n"', 'a,"é\n ', "a,\n"])
def test_no_cut_changes_what_is_found(tmp_path: Path, alphabet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of random quotes, commas and line ends give the same records for every chunk, slab and look ahead."""
    chance = random.Random(alphabet)
    for _ in range(25):
        content = "".join(chance.choices(alphabet, k=chance.randint(1, 30))).encode()
        newline = "\r" if b"\r" in content and b"\n" not in content else "\n"
        source = source_of(tmp_path, content, Dialect(header=False, newline=newline), "a", "b")
        found: list[Found] = [read_all(source, 1000)]
        with monkeypatch.context() as patch:
            patch.setattr(counting, "PIECE_BYTES", 4)
            patch.setattr(finder, "SLAB_BYTES", 5)
            patch.setattr(finder, "BAD_RECORDS", 1)
            found += [read_all(source, chunk_bytes) for chunk_bytes in (1, 2, 3, 7, 1000)]
        assert all(each == found[0] for each in found), content


CLEAN: list[tuple[bytes, str, bool]] = [
    (b"1,a\n2,b\n", ",", True),
    (b"1,a\n2,b", ",", True),
    (b"1,a\r\n2,b\r\n", ",", False),
    (b"1;a\n2;b\n", ";", False),
    (b'1,"a"\n2,b\n', ",", False),
    (b"1,a\n\n2,b\n", ",", False),
    (b"1,a\nx\n2,b\n", ",", False),
    (b"1,a\r2,b\r", ",", False),
]


@pytest.mark.parametrize(("content", "delimiter", "own"), CLEAN)
def test_rows_that_are_output_already(tmp_path: Path, content: bytes, delimiter: str, own: bool) -> None:
    """Bytes that are comma, LF and no quote are placed as they are; of the others the rows are copied."""
    source = source_of(tmp_path, content, Dialect(delimiter, header=False), "a", "b")
    (piece,) = source.cut(1000)
    (slab,) = source.read(piece.place, 0)
    assert slab.rows == 2
    assert (slab.lines.own is not None) == own
    assert bytes(lines_as_csv(slab.lines, (csv_text.CLOSELY, csv_text.TEXT))[0]) == b"1,a\n2,b\n"


def test_cells_of_one_name_and_of_one_column(tmp_path: Path) -> None:
    """The parser never sees the names, so two of one name are two; a lone column keeps its quoted empty cell."""
    source = source_of(tmp_path, b"1,a\n", Dialect(header=False), "x", "x")
    assert read_all(source, 9).rows == [("1", "a")]
    lone = source_of(tmp_path, b'x\n""\n\ny\n', Dialect(header=False), "x")
    found = read_all(lone, 9)
    assert (found.rows, found.skipped) == ([("x",), ("",), ("y",)], 1)


def test_slabs_cut_a_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large piece comes in slabs that end where records do, and rejects count on through them."""
    monkeypatch.setattr(finder, "SLAB_BYTES", 8)
    source = source_of(tmp_path, b'1,a\n2,"\nb"\nbad\n3,c\nworse\n', Dialect(header=False), "a", "b")
    (piece,) = source.cut(1000)
    slabs = list(source.read(piece.place, 0))
    assert len(slabs) > 2
    assert [row for slab in slabs for row in slab.columns[0].to_arrow().to_pylist()] == ["1", "2", "3"]
    assert [reject.record for slab in slabs for reject in slab.rejects] == [2, 4]


@pytest.mark.parametrize("chunk_bytes", [1, 50, 1000, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("quoted", [True, False])
def test_records_past_the_limit(tmp_path: Path, chunk_bytes: int, encoding: str, quoted: bool) -> None:
    """Each is one reject at its place, of which the start is kept, and costs no neighbour; whatever the cut."""
    line = "é" + "x" * (2 * KEPT_BYTES) if not quoted else '"' + "é,\n" * KEPT_BYTES + '"'
    text = f"1,a\n2,{line}\n3,b\n4,{line}"
    content = text.encode(encoding)
    source = source_of(tmp_path, content, Dialect(encoding=encoding, header=False), "a", "b")
    found = read_all(replace(source, max_record_bytes=2000), chunk_bytes)
    assert found.rows == [("1", "a"), ("3", "b")]
    assert [(reject.record, reject.reason) for reject in found.rejects] == [
        (1, "record_too_long"),
        (3, "record_too_long"),
    ]
    for reject in found.rejects:
        assert KEPT_BYTES - 4 < len(reject.raw.encode()) <= KEPT_BYTES
        assert content[reject.offset :].startswith(reject.raw.encode(encoding))
