"""Damaged files of every format: refused with a sentence, or read the same whatever the size of the chunks, every byte.

`make fuzz` runs these for minutes, with other seeds each time.
"""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.errors import EtlError
from etl_batch.formats.content import holding
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.layouts import parse_layouts
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from tests.unit.engine_parts import read_all

TEXTS = (
    b"a,b,c\n1,2,3\n4,5,6\n" * 3,
    b'name;note;sum\r\n"M\xc3\xbcller, Anna";"two\r\nlines";1,5\r\n"say ""hi""";;-3\r\n' * 2,
    "Straße\tOrt\n1\tKöln\n2\tÜx\n".encode("cp1252"),
    "id,naïve\n1,日本\n2,x\n".encode("utf-16"),
    b"\xef\xbb\xbfReport\n\nx|y\n1|2\n3|4\n5|6\n",
    b"# made by hand\n# twice\nk,v\na,1\n# between\nb,2\n",
    b"a,b\n'x, y',1\n'z\\'s',2\n",
    b"Name      Count  Place\nAnna          1  Rome\nBob         250  Oslo\nCarl          3  Bern\n",
    b"a,b,\n1,2,\n3,4,\n",
    b'{"a": 1, "b": "x"}\n{"a": 2.5, "b": null}\n{"b": "\\u00e9", "c": [1, {"d": 2}]}\n',
    "имя;город\nАнна;Москва\nПётр;Тверь\n".encode("cp1251"),  # noqa: RUF001 - Cyrillic it is
    gzip.compress(b"a,b\n1,2\n" * 40, mtime=0),
    pa.compress(b"a;b\n1;2\n" * 40, codec="zstd", asbytes=True),
    b"a,b\n" + b'1,"' + b"x" * 300 + b'"\n2,y\n',
)
TOKENS = (
    b'"',
    b"\n",
    b"\r",
    b",",
    b";",
    b"\0",
    b"\xff",
    b"\xc3",
    b'"\n"',
    b"\\",
    b"'",
    b"{",
    b"}",
    b"\xef\xbb\xbf",
    b"#",
)
LAYOUT = {
    "record": {
        "fields": [
            {"name": "id", "type": "i32", "endian": "big"},
            {"name": "name", "type": "char", "size": 5, "encoding": "cp037"},
            {"name": "sum", "type": "packed", "size": 3, "scale": 2},
            {"name": "real", "type": "f64"},
        ]
    },
    "counted": {
        "record_format": "rdw",
        "endian": "big",
        "fields": [{"name": "n", "type": "u8"}, {"name": "x", "type": "u16", "count": {"field": "n", "max": 3}}],
    },
}
CHUNK_BYTES = (40, 1 << 20)

damage = st.lists(
    st.tuples(
        st.sampled_from(("put", "insert", "cut", "twice", "end")),
        st.integers(0, 1000),
        st.integers(1, 30),
        st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=4)),
    ),
    max_size=6,
)


def damaged(raw: bytes, steps: list[tuple[str, int, int, bytes]]) -> bytes:
    """The bytes after each step; places are in thousandths of what is there."""
    for what, share, length, token in steps:
        at = len(raw) * share // 1000
        match what:
            case "put":
                raw = raw[:at] + token + raw[at + len(token) :]
            case "insert":
                raw = raw[:at] + token + raw[at:]
            case "cut":
                raw = raw[:at] + raw[at + length :]
            case "twice":
                raw = raw[:at] + raw[at : at + length] * 2 + raw[at + length :]
            case "end":
                raw = raw[:at]
    return raw


def outcomes(raw: bytes, name: str, reading: Reading, check: Callable[[AnySource, bytes], None]) -> tuple[str, ...]:
    """What comes of a file in small chunks and in one: all that was read of it, or that it was refused."""
    with tempfile.TemporaryDirectory() as folder, holding():
        path = Path(folder) / name
        path.write_bytes(raw)
        found_by = []
        for chunk_bytes in CHUNK_BYTES:
            try:
                source = detect(path, 0, reading).surveyed()
                found = read_all(source, chunk_bytes)
            except EtlError:
                found_by.append("refused")
                continue
            check(source, raw)
            found_by.append(repr((found.rows, found.rejects, found.records, found.skipped)))
        return tuple(found_by)


def no_byte_between(source: AnySource, raw: bytes) -> None:
    """The pieces of a file follow each other without a gap, up to its end."""
    if source.compression is not None:
        return
    at = None
    for piece in source.cut(CHUNK_BYTES[0]):
        offset, length = source.span(piece.place)
        assert at is None or offset == at
        at = offset + length
    assert at is None or at == len(raw)


@given(st.sampled_from(TEXTS), damage)
def test_damaged_text(seed: bytes, steps: list[tuple[str, int, int, bytes]]) -> None:
    """Any text at all: found or refused in the same way, and no byte belongs to no record."""
    small, whole = outcomes(damaged(seed, steps), "in.csv", Reading({}), no_byte_between)
    assert small == whole


@given(st.sampled_from(("record", "counted")), st.integers(1, 8), damage)
def test_damaged_records(name: str, number: int, steps: list[tuple[str, int, int, bytes]]) -> None:
    """Records of one length and of many."""
    layouts = parse_layouts(json.dumps({"version": 1, "layouts": LAYOUT}))
    record = b"\0\0\0\7" + "Anna ".encode("cp037") + b"\x12\x34\x5c" + bytes(8)
    counted = b"\0\x07\0\0\1\0\5" + b"\0\x0b\0\0\3\1\0\2\0\3\0"
    raw = damaged((record if name == "record" else counted) * number, steps)
    small, whole = outcomes(raw, "in.bin", Reading(layouts, ReadingOptions(name)), no_byte_between)
    assert small == whole


def parquet_seed(compression: str, version: str) -> bytes:
    """A small file of many types in three row groups."""
    table = pa.table(
        {
            "i": pa.array([1, None, 3] * 9),
            "s": pa.array(["a", "bb", None] * 9).dictionary_encode(),
            "d": pa.array([date(2024, 2, 29)] * 27),
            "x": pa.array([0.5, -0.0, 1e300] * 9),
            "n": pa.array([[1, 2], [], None] * 9),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=9, compression=compression, data_page_version=version)
    return sink.getvalue()


PARQUETS = [parquet_seed(compression, version) for compression in ("none", "zstd") for version in ("1.0", "2.0")]


@given(st.sampled_from(PARQUETS), damage)
def test_damaged_parquet(seed: bytes, steps: list[tuple[str, int, int, bytes]]) -> None:
    """A refusal, or as many rows as the footer says."""

    def as_many(source: AnySource, _raw: bytes) -> None:
        if source.format == "parquet":
            assert read_all(source, CHUNK_BYTES[1]).records == pq.ParquetFile(source.path).metadata.num_rows

    small, whole = outcomes(damaged(seed, steps), "in.parquet", Reading({}, AS_DETECTED), as_many)
    assert small == whole


@given(st.sampled_from(sorted(LAYOUT)), damage, st.binary(max_size=64))
def test_damaged_layouts(name: str, steps: list[tuple[str, int, int, bytes]], raw: bytes) -> None:
    """A layout is refused with a sentence, or reads whatever bytes there are."""
    text = damaged(json.dumps({"version": 1, "layouts": {name: LAYOUT[name]}}).encode(), steps)
    try:
        layouts = parse_layouts(text.decode("utf-8", "replace"))
    except EtlError:
        return
    for layout in layouts:
        small, whole = outcomes(raw, "in.bin", Reading(layouts, ReadingOptions(layout)), no_byte_between)
        assert small == whole
