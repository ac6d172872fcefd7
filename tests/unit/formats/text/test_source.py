"""Text as a format: what it claims, where its records begin, what of it is sampled, and how it is cut."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.source import Claim
from etl_batch.formats.text import source as text_module
from etl_batch.formats.text.source import TextSource
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import read_all, text_source

STARTS: list[tuple[bytes, list[str], int]] = [
    (b"id,name\n1,a\n", ["id", "name"], 8),
    (codecs.BOM_UTF8 + b"id,name\r\n1,a\r\n", ["id", "name"], 12),
    (codecs.BOM_UTF16_LE + "id;næme\n1;a\n".encode("utf-16-le"), ["id", "næme"], 18),
    (codecs.BOM_UTF16_BE + "id\tname\n1\ta\n".encode("utf-16-be"), ["id", "name"], 18),
    ("id,caf\xe9\n1,b\xe9b\xe9\n".encode("latin-1"), ["id", "café"], 8),
    (b'"i\nd",name\r1,a\r', ["i\nd", "name"], 11),
    (b"\n\nid,name\n1,a\n", ["id", "name"], 10),
    (b"1,a\n2,b\n", ["column_1", "column_2"], 0),
    (codecs.BOM_UTF8 + b"1,a\n2,b\n", ["column_1", "column_2"], 3),
]


@pytest.mark.parametrize(("content", "names", "start"), STARTS)
def test_where_the_records_begin(tmp_path: Path, content: bytes, names: list[str], start: int) -> None:
    """Behind the mark and the header record, counted in bytes of the file."""
    source = text_source(tmp_path, content)
    assert (source.column_names, source.start) == (names, start)
    assert source.data_bytes == len(content) - start
    assert all(column.text for column in source.columns)


@pytest.mark.parametrize("chunk_bytes", [1, 5, 1000])
def test_pieces_are_the_file_behind_its_header(tmp_path: Path, chunk_bytes: int) -> None:
    """Each byte is in one piece, in order, and a piece costs its bytes."""
    source = text_source(tmp_path, 'id,name\n1,"a\nb"\n2,c\n3,d')
    pieces = list(source.cut(chunk_bytes))
    assert "".join(Path(source.path).read_text()[p.place.offset :][: p.place.length] for p in pieces) == (
        '1,"a\nb"\n2,c\n3,d'
    )
    assert sum(piece.cost_bytes for piece in pieces) == source.data_bytes


def test_a_header_alone_has_no_pieces(tmp_path: Path) -> None:
    """Nothing to read, nothing to sample."""
    source = text_source(tmp_path, "id,name\n")
    assert list(source.cut(10)) == []
    assert [rows.batch.num_rows for rows in source.sample()] == []


def claims(path: Path, *, forced: bool = False) -> dict[Claim, bool]:
    """On which grounds text is claimed."""
    look = look_at(path, 0, Reading({}, ReadingOptions(force_text_fallback=forced)))
    return {claim: TextSource.detect(look, claim) is not None for claim in Claim}


def test_text_is_claimed_by_its_content_or_by_word(tmp_path: Path) -> None:
    """Content is the last ground; who says that a file is text is believed first, whatever is in it."""
    path = tmp_path / "x.bin"
    path.write_bytes(b"a,b\n1,2\n")
    assert claims(path) == {Claim.NAMED: False, Claim.SIGNED: False, Claim.CONTENT: True}
    path.write_bytes(bytes(range(32)) * 9 + b"ab\n")
    assert claims(path) == {Claim.NAMED: False, Claim.SIGNED: False, Claim.CONTENT: False}
    assert claims(path, forced=True) == {Claim.NAMED: True, Claim.SIGNED: False, Claim.CONTENT: False}


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"PK\x03\x04rest", InputRefused, "cannot be decompressed"),
        (b"7z\xbc\xaf\x27\x1crest", FormatRefused, "is 7-Zip"),
        (b"%PDF-1.7", FormatRefused, "PDF"),
        (b"\n\r\n\n", InputRefused, "nothing but blank lines"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, error: type[Exception], sentence: str) -> None:
    """Other formats by name, and a file without a record."""
    with pytest.raises(error, match=sentence):
        text_source(tmp_path, content)


def test_a_late_letter_of_latin_1(tmp_path: Path) -> None:
    """Where the part that is looked at is plain ASCII, the rest of the file tells the encoding."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"n,name\n" + b"1,ab\n" * 300 + "2,café\n".encode("latin-1") * 300)
    source = TextSource.detect(look_at(path, 0, Reading({}, sample_bytes=500)), Claim.CONTENT)
    assert source is not None
    assert source.dialect.encoding == "cp1252"
    assert read_all(source, 1000).rows[-1] == ("2", "café")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_sample_is_rows_of_the_file(tmp_path: Path, encoding: str, quote: str) -> None:
    """Of a file of many blocks it has whole rows from all over it, for about the bytes that they take."""
    rows = [(str(number), "é" * (200 + number % 7)) for number in range(15_000)]
    content = "id,name\n" + "".join(f"{a},{quote}{b}{quote}\n" for a, b in rows)
    source = text_source(tmp_path, (codecs.BOM_UTF16_LE if encoding != "utf-8" else b"") + content.encode(encoding))
    sampled = list(source.sample())
    found = [row for part in sampled for row in zip(*(c.to_pylist() for c in part.batch.columns), strict=True)]
    assert 1_000 < len(found) < len(rows)
    assert set(found) < set(rows)
    assert found == sorted(found, key=lambda row: int(row[0]))
    assert int(found[-1][0]) > 14_900
    each = sum(part.bytes for part in sampled) / len(found)
    assert each == pytest.approx(source.data_bytes / len(rows), rel=0.02)


@pytest.mark.parametrize("quote", ["", '5"'])
def test_a_file_that_becomes_shorter_while_it_is_cut(tmp_path: Path, quote: str) -> None:
    """It is refused with a sentence, however its records are found, and never waited for."""
    content = "".join(f"{number},{quote}x\n" for number in range(1000))
    source = text_source(tmp_path, "a,b\n" + content)
    pieces = source.cut(100)
    next(pieces)
    Path(source.path).write_text("a,b\n")
    with pytest.raises(InputRefused, match="became shorter while it was read"):
        list(pieces)


def test_sampled_blocks_do_not_reach_each_other(tmp_path, monkeypatch):
    """Those that begin or end inside quotes are read alone: every sampled row is one of the file."""
    monkeypatch.setattr(text_module, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(text_module, "_SAMPLE_BLOCKS", 24)
    rows = [(str(n), f"of {n}\nlines" if n % 3 else "one", "end") for n in range(400)]
    text = "id,note,last\n" + "".join(f'{n},"{note}",{last}\n' for n, note, last in rows)
    batches = [sampled.batch for sampled in text_source(tmp_path, text.encode()).sample()]
    sampled = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    assert len(sampled) > 50
    assert set(sampled) <= set(rows)
    assert len(batches) < 24
