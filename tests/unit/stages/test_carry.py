"""Chunks that are carried: they come to what chunks come to that are placed in turns, once or twice."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl_batch.formats.source import AnySource
from etl_batch.parallel.executor import name_worker
from etl_batch.parallel.turns import Position
from etl_batch.stages.carry import carry_chunk, place_carried
from etl_batch.stages.chunk import ChunkJob, ChunkResult, ChunkTask
from etl_batch.stages.finish import Ingested
from etl_batch.stages.measure.estimate import estimate
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


HEAVY = "k,n\n" + "".join(f"{'ab'[n % 2]},{(n * 7919 % 1009) ** 7}\n" for n in range(4000))


def test_later_chunks_are_told_of_the_largest(tmp_path: Path) -> None:
    """They keep fewer rows for it, and what is drawn and estimated in the end is the same."""
    source = text_source(tmp_path, HEAVY)
    changes: dict[str, Any] = {"chunk_bytes": 1000, "measures": ("n",), "stratum": "k", "sample_frac": 0.02}
    plan, sinks, rejects = plan_columns([source]), make_sinks(tmp_path), tmp_path / "rejects.jsonl"
    measuring = replace(measuring_of(plan, tmp_path, **changes), floors=(0.0,))
    kept, found = [], []
    for told in (False, True):
        end = Position({REJECTS: 0, **{sink.name: sink.begin(plan.columns) for sink in sinks}})
        rejects.write_bytes(b"")
        job = ChunkJob(plan.columns, sinks, rejects, tmp_path / "none", measuring, 0)
        ingested = Ingested(plan, measuring, span=3)
        for chunk in cut_chunks(plan, config_of(tmp_path, **changes)):
            task = ingested.task(chunk)
            result = place_carried(job, carry_chunk(job, task if told else ChunkTask(chunk, task.assured)), end)
            ingested.add(result)
            end = result.end
        kept.append(ingested.held)
        analytics, sample = estimate(ingested, measuring)
        found.append((sample, analytics.measures["n"].estimate, analytics.measures["n"].exact))
    assert measuring.largest > 0
    assert kept[1] < kept[0] / 2
    assert found[0][0].equals(found[1][0])
    assert found[0][1] == pytest.approx(found[1][1])
    assert found[0][2] == found[1][2]
