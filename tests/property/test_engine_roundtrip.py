"""Random inputs through the whole engine: what goes in comes out, in CSV and in Parquet, value by value."""

from __future__ import annotations

import csv
import io
import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl_batch.config import build_config
from etl_batch.model import Counts
from etl_batch.record.run import RunRecord
from etl_batch.security.escaping import unescape
from etl_batch.service import execute
from tests.property.test_binary_roundtrip import records

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8),
    st.sampled_from(
        ["007", "1.50", "+3", "-4", "=1+1", "'=x", "@", "", '"', ",", "\n", "2024-02-29", "true", "-0", "é"]
    ),
)


def run(home: Path, source: Path, **more: Any) -> RunRecord:
    """One run in a home of its own."""
    outputs = {"output_csv": home / "output" / "x.csv", "output_parquet": home / "output" / "x.parquet"}
    return execute(build_config({"inputs": (str(source),), "home": home, "workers": 2, **outputs, **more}))


@FEW
@given(records(), st.integers(20, 400))
def test_any_struct_layout(case: tuple[str, list[tuple[Any, ...]]], chunk_bytes: int) -> None:
    """Layout -> bytes -> engine -> Parquet equals the source."""
    text, rows = case
    names = [f"c{number}" for number in range(len(struct.unpack(text, bytes(struct.calcsize(text)))))]
    if not rows:
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        layouts = home / "data" / "layouts.json"
        layouts.write_text(json.dumps({"version": 1, "layouts": {"r": {"struct": text, "names": names}}}))
        packed = [
            struct.pack(text, *(value.encode() if isinstance(value, str) else value for value in row)) for row in rows
        ]
        source = home / "data" / "in.bin"
        source.write_bytes(b"".join(packed))
        record = run(home, source, layout="r", struct_config=layouts, chunk_bytes=chunk_bytes)
        assert record.counts.written == len(rows)
        table = pq.read_table(home / "output" / "x.parquet")
        expected = [[_stored(value) for value in struct.unpack(text, each)] for each in packed]
        assert [list(row.values()) for row in table.to_pylist()] == expected


def _stored(value: Any) -> Any:
    return value.rstrip(b"\0").decode() if isinstance(value, bytes) else value


@FEW
@given(
    st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=30)),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.integers(1, 60),
)
def test_any_delimited_text(
    rows: list[list[str]], delimiter: str, newline: str, encoding: str, chunk_bytes: int
) -> None:
    """Whatever cells a CSV holds, in whatever dialect that is declared: they come out as they were, in order."""
    if not rows:
        return
    names = [f"name{number}" for number in range(len(rows[0]))]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerows([names, *rows])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        source = home / "data" / "in.csv"
        source.write_bytes(text.getvalue().encode(encoding))
        declared = {"delimiter": delimiter, "header": "yes", "escape": "none", "comment": "none", "encoding": encoding}
        record = run(home, source, chunk_bytes=chunk_bytes, force_text_fallback=True, **declared)
        written = list(csv.reader(io.StringIO((home / "output" / "x.csv").read_bytes().decode(), newline="")))
        assert written[0] == names
        assert [[unescape(cell) for cell in row] for row in written[1:]] == rows
        assert record.counts == Counts(records_in=len(rows), written=len(rows))
