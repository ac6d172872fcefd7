"""Random dirty texts and records: a run and its replay make what one run makes that was mended from the start."""

from __future__ import annotations

import json
import random
import struct
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl_batch.config import RunConfig
from etl_batch.record.run import RunRecord
from etl_batch.replaying import Outlook, outlook, replay_config
from etl_batch.service import execute
from tests.property.test_engine_roundtrip import run

FEW = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
LINES = ("1,a,2.5", "2,b,x", '3,"c ""d""",4', "", "4", "5,e", "6,f,7,8", '7,"g', "=8,h,9", "  ")
CHUNKS = st.sampled_from([1, 40, 300, 1 << 20])


def outputs(home: Path) -> tuple[bytes, object]:
    """Both outputs."""
    return (home / "output" / "x.csv").read_bytes(), pq.read_table(home / "output" / "x.parquet")


def rejects(home: Path, record: RunRecord) -> bytes:
    """The run's dead letters."""
    return (home / "output" / "runs" / record.run_id / "rejects.jsonl").read_bytes()


def replay(config: RunConfig) -> tuple[Outlook, RunRecord]:
    """What a replay was expected to come to, and its record."""
    return outlook(config), execute(config)


@FEW
@given(st.integers(0, 10**6), st.sampled_from(["pad", "truncate"]), CHUNKS, CHUNKS, st.booleans())
def test_texts(seed: int, ragged: str, first_bytes: int, then_bytes: int, crlf: bool) -> None:
    """Repairs of rows of odd width: to the byte, rejects and counts too, and the outlook is what becomes of them."""
    some = random.Random(seed)
    lines = ["n,text,m", *(some.choice(LINES) for _ in range(some.randrange(1, 60))), "1,2,3", "4,5", "4,5,6,7"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        source = home / "data" / "in.csv"
        source.write_bytes(("\r\n" if crlf else "\n").join(lines).encode())
        told = {"delimiter": ",", "header": "1", "quote": '"', "max_rejects": "100%"}
        first = run(home, source, chunk_bytes=first_bytes, **told)
        expected, second = replay(replay_config(home, first.run_id, {"ragged": ragged, "chunk_bytes": then_bytes}))
        found = outputs(home), rejects(home, second), second.counts, second.repaired, second.rejects_by_reason
        third = run(home, source, ragged=ragged, **told)
        assert found == (outputs(home), rejects(home, third), third.counts, third.repaired, third.rejects_by_reason)
        assert second.replay is not None
        assert (expected.counts, expected.more) == (second.replay.counts, False)
        assert expected.counts.tried == first.counts.rejected


@FEW
@given(st.integers(0, 10**6), CHUNKS, st.integers(1, 9), st.integers(0, 6))
def test_records(seed: int, chunk_bytes: int, high: int, trailing: int) -> None:
    """A wider range of a field: to the byte."""
    some = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        source, layouts = home / "data" / "in.bin", home / "data" / "layouts.json"
        packed = [struct.pack("<IH", number, some.randrange(10)) for number in range(some.randrange(1, 300))]
        source.write_bytes(b"".join(packed) + bytes(trailing))

        def layout(most: int) -> None:
            fields = [{"name": "id", "type": "u32"}, {"name": "level", "type": "u16", "max": most}]
            layouts.write_text(json.dumps({"version": 1, "layouts": {"r": {"fields": fields}}}))

        told = {"layout": "r", "struct_config": layouts, "chunk_bytes": chunk_bytes, "max_rejects": "100%"}
        layout(0)
        first = run(home, source, **told)
        if not first.counts.rejected:
            return
        layout(high)
        expected, second = replay(replay_config(home, first.run_id, {}))
        found = outputs(home), rejects(home, second), second.counts
        third = run(home, source, **told)
        assert found == (outputs(home), rejects(home, third), third.counts)
        assert second.replay is not None
        assert expected.counts == second.replay.counts
