"""Fixed-length records as a format: what it claims, and pieces that are whole records and what trails them."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import UsageError
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.records import source as records
from etl_batch.formats.records.source import RecordSource
from etl_batch.formats.source import Claim
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import layout_of, read_all, record_source

FIELDS: list[dict[str, Any]] = [
    {"name": "n", "type": "u16"},
    {"name": "k", "type": "char", "size": 1, "enum": ["x", "y"]},
]
RAW = b"".join(struct.pack("<Hc", number, b"xy"[number % 2 :][:1]) for number in range(10))


@pytest.mark.parametrize("chunk_bytes", [1, 3, 4, 7, 30, 1000])
@pytest.mark.parametrize("trailing", ["dead_letter", "ignore"])
@pytest.mark.parametrize("rest", [b"", b"\x01\x02"])
def test_each_byte_is_in_one_piece(tmp_path: Path, rest: bytes, trailing: str, chunk_bytes: int) -> None:
    """Header and footer aside the pieces are the file; what trails is one reject, or one record passed over."""
    layout = layout_of(
        FIELDS, header_bytes=4, footer_bytes=2, record_count={"offset": 0, "type": "u32"}, trailing_bytes=trailing
    )
    content = struct.pack("<I", 10) + RAW + rest + b"FF"
    source = record_source(tmp_path, content, layout)
    pieces = list(source.cut(chunk_bytes))
    joined = b"".join(content[piece.place.offset :][: piece.place.length] for piece in pieces)
    assert joined == RAW + rest
    assert sum(piece.cost_bytes for piece in pieces) == len(joined)
    found = read_all(source, chunk_bytes)
    assert found.rows == [(number, "xy"[number % 2]) for number in range(10)]
    assert found.skipped == (1 if rest and trailing == "ignore" else 0)
    assert [(r.offset, r.record, r.reason, base64.b64decode(r.raw)) for r in found.rejects] == (
        [(34, 10, "partial_record", rest)] if rest and trailing == "dead_letter" else []
    )


@pytest.mark.parametrize("chunk_bytes", [1, 6, 1000])
def test_rejects_stand_at_their_offsets(tmp_path: Path, chunk_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the pieces and slabs, a bad record is found at its offset under its number in the file."""
    monkeypatch.setattr(records, "_SLAB_BYTES", 6)
    raw = bytearray(RAW)
    raw[5] = raw[26] = ord("z")
    found = read_all(record_source(tmp_path, bytes(raw), layout_of(FIELDS)), chunk_bytes)
    assert [(reject.record, reject.offset, reject.field) for reject in found.rejects] == [(1, 3, "k"), (8, 24, "k")]
    assert all(base64.b64decode(r.raw) == raw[r.offset : r.offset + 3] for r in found.rejects)
    assert len(found.rows) == 8


def test_the_sample_is_spread_over_the_records(tmp_path: Path) -> None:
    """All of a small file, each block for its own bytes; of a large one blocks from its start to its end."""
    small = record_source(tmp_path, RAW, layout_of(FIELDS))
    assert [(part.batch.num_rows, part.bytes) for part in small.sample()] == [(10, 30)]
    layout = layout_of([{"name": "n", "type": "u32"}])
    rows = 1_000_000
    large = record_source(tmp_path, np.arange(rows, dtype="<u4").tobytes(), layout, ordinal=1)
    numbers = [part.batch.column(0).to_pylist() for part in large.sample()]
    assert (numbers[0][0], numbers[-1][-1]) == (0, rows - 1)
    assert sum(map(len, numbers)) == sum(part.bytes for part in large.sample()) // 4 < rows
    assert (large.data_bytes, large.record_layout) == (4 * rows, layout)


CLAIMS: list[tuple[dict[str, Any], str, bytes, set[Claim]]] = [
    ({}, "r", b"whatever", {Claim.NAMED}),
    ({}, AUTO_LAYOUT, RAW, {Claim.CONTENT}),
    ({"match": ["*.dat"]}, AUTO_LAYOUT, RAW, {Claim.SIGNED, Claim.CONTENT}),
    ({}, AUTO_LAYOUT, b"\xff" * 31, set()),
]


@pytest.mark.parametrize(("keys", "named", "content", "claims"), CLAIMS)
def test_claims(tmp_path: Path, keys: dict[str, Any], named: str, content: bytes, claims: set[Claim]) -> None:
    """By the layout's name, its pattern for names, or content that fits it; and the look says what did not."""
    path = tmp_path / "x.dat"
    path.write_bytes(content)
    layout = layout_of([*FIELDS[:1], {**FIELDS[1], "pattern": "x|y"}], **keys)
    look = look_at(path, 0, Reading({"r": layout}, ReadingOptions(named)))
    assert {claim for claim in Claim if RecordSource.detect(look, claim) is not None} == claims
    if not claims:
        assert look.tried[0].startswith("layout r: ")


def test_a_layout_that_is_not_there(tmp_path: Path) -> None:
    """Its name is refused with those that are known."""
    path = tmp_path / "x"
    path.write_bytes(RAW)
    with pytest.raises(UsageError, match="no layout 'nope'; known are dbf, fits, idx, las, npy, r"):
        RecordSource.detect(look_at(path, 0, Reading({"r": layout_of(FIELDS)}, ReadingOptions("nope"))), Claim.NAMED)
