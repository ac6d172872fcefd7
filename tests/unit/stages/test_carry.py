"""Chunks that are carried: they come to what chunks come to that are placed in turns, once or twice."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from etl_batch.formats.source import AnySource
from etl_batch.parallel.executor import name_worker
from etl_batch.parallel.turns import Position
from etl_batch.stages.carry import carry_chunk, place_carried
from etl_batch.stages.chunk import ChunkJob, ChunkResult, ChunkTask
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import cut_chunks, plan_columns
from tests.unit.engine_parts import config_of, ingest_here, make_sinks, measuring_of, text_source

CONTENT = "k,n\n" + "".join(f"{'ab'[n % 2]},{n}\n" for n in range(40)) + "lonely\n\n=x,7\nb,1,2\n"


def carried_here(sources: list[AnySource], folder: Path, *, twice: bool = False, **changes: Any) -> list[ChunkResult]:
    """All chunks as a cluster would do them, `twice`: and lose each answer once. Each crosses a process border."""
    folder.mkdir()
    plan, sinks, rejects = plan_columns(sources), make_sinks(folder), folder / "rejects.jsonl"
    end = Position({REJECTS: 0, **{sink.name: sink.begin(plan.columns) for sink in sinks}})
    rejects.write_bytes(b"")
    job = ChunkJob(plan.columns, sinks, rejects, folder / "none", measuring_of(plan, folder, **changes), 0)
    called = Path("/proc/self/comm").read_text(encoding="utf-8").rstrip("\n")
    results = []
    try:
        for chunk in cut_chunks(plan, config_of(folder, **changes)):
            task = pickle.dumps((job, ChunkTask(chunk)))
            answers = [pickle.dumps(carry_chunk(*pickle.loads(task))) for _ in range(1 + twice)]
            results.append([place_carried(job, pickle.loads(answer), end) for answer in answers][-1])
            end = results[-1].end
    finally:
        name_worker(called)
    return results


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("chunk_bytes", [1, 50, 1 << 20])
def test_the_same_as_in_turns(tmp_path: Path, chunk_bytes: int, twice: bool) -> None:
    """Files, rejects with their numbers, places, counts, sums and candidates."""
    changes: dict[str, Any] = {"chunk_bytes": chunk_bytes, "measures": ("n",), "stratum": "k"}
    sources: list[AnySource] = [text_source(tmp_path, CONTENT), text_source(tmp_path, CONTENT, ordinal=1, name="b")]
    done = ingest_here(sources, tmp_path, **changes)
    results = carried_here(sources, tmp_path / "there", twice=twice, **changes)
    for sink in done.sinks:
        there = tmp_path / "there" / sink.file.staged.relative_to(tmp_path)
        assert there.read_bytes() == sink.file.staged.read_bytes()
    assert (tmp_path / "there" / "rejects.jsonl").read_bytes() == done.rejects.read_bytes()
    assert len(results) == len(done.results)
    for here, other in zip(done.results, results, strict=True):
        for name in ("number", "by_source", "placed", "end", "rejects_crc", "noted", "reasons", "escapes", "forms"):
            assert getattr(other, name) == getattr(here, name), name
        assert [one.keys.tolist() for one in other.candidates] == [one.keys.tolist() for one in here.candidates]
        assert other.tally.values == here.tally.values
