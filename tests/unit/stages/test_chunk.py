"""A worker's whole task: one chunk through all its stages, and the little that goes back to the parent."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from etl_batch.formats.source import Slab
from etl_batch.formats.text import found
from etl_batch.formats.text.source import TextSource
from etl_batch.formats.text.splitting import TextPlace
from etl_batch.model import Counts
from etl_batch.parallel.turns import Abandoned
from etl_batch.stages.chunk import ChunkTask, ingest_chunk
from etl_batch.stages.plan import cut_chunks, plan_columns
from tests.unit.engine_parts import begun, config_of, ingest_here, make_sinks, measuring_of, text_source

CONTENT = "k,n\n" + "".join(f"{'ab'[n % 2]},{n}\n" for n in range(40)) + "lonely\n\n=x,7\nb,1,2\n"


@pytest.mark.parametrize("chunk_bytes", [1, 50, 1 << 20])
def test_chunks_together_are_the_file(tmp_path: Path, chunk_bytes: int) -> None:
    """However it is cut: the same rows in the CSV, the same rejects under their numbers, the same counts in all."""
    source = text_source(tmp_path, CONTENT)
    done = ingest_here([source], tmp_path, chunk_bytes=chunk_bytes, measures=("n",), stratum="k")
    assert [result.number for result in done.results] == list(range(len(done.results)))
    assert sum((result.counts for result in done.results), Counts()) == Counts(44, 41, 2, 1)
    assert all(result.counts.conserved for result in done.results)
    rows = CONTENT.replace("lonely\n\n", "").replace("=x", "'=x").removesuffix("b,1,2\n")
    assert done.sinks[0].file.staged.read_text() == rows
    rejects = [json.loads(line) for line in done.rejects.read_text().splitlines()]
    assert [(reject["record"], reject["raw"]) for reject in rejects] == [(40, "lonely"), (43, "b,1,2")]
    assert [CONTENT[reject["offset"] :].partition("\n")[0] for reject in rejects] == ["lonely", "b,1,2"]
    assert sum((result.reasons for result in done.results), Counter()) == {"field_count": 2}
    assert sum(each.cells for result in done.results for each in result.escapes.values()) == 1
    assert sum(result.cost_bytes for result in done.results) == source.data_bytes


def test_ranges_of_chunks_follow_one_another(tmp_path: Path) -> None:
    """In each sink's file every chunk begins where the one before it ended, from behind the file's first bytes on."""
    done = ingest_here([text_source(tmp_path, CONTENT)], tmp_path, chunk_bytes=60)
    for place, start in ((0, len("k,n\n")), (1, len("PAR1"))):
        placed = [result.placed[place] for result in done.results]
        assert [where.start for where in placed] == [start, *(where.end for where in placed[:-1])]
        assert placed[-1].end == done.sinks[place].file.staged.stat().st_size


def test_what_goes_back_is_small(tmp_path: Path) -> None:
    """Never rows: a result's size does not grow with its chunk, as long as the sample does not."""
    sizes = []
    for rows in (2_000, 20_000):
        source = text_source(tmp_path, "k,n\n" + "".join(f"{'ab'[n % 2]},{n % 7}\n" for n in range(rows)))
        done = ingest_here([source], tmp_path, chunk_bytes=1 << 20, sample_frac=10 / rows, stratum="k")
        sizes.append(len(pickle.dumps(done.results)))
    assert sizes[1] < 1.5 * sizes[0]


class Counted(TextSource):
    """A text file that notes how much of it was read."""

    slabs: ClassVar[list[int]] = []

    def read(self, place: TextPlace, retries: int) -> Iterator[Slab]:
        """The slabs, noted as they are asked for."""
        for slab in super().read(place, retries):
            self.slabs.append(slab.records)
            yield slab


def test_a_run_that_stops_wants_no_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is given up at the next look: nothing of it is written and no place is taken."""
    source = Counted(**vars(text_source(tmp_path, CONTENT)))
    plan, sinks = plan_columns([source]), make_sinks(tmp_path)
    monkeypatch.setattr(found, "SLAB_BYTES", 30)
    (chunk,) = cut_chunks(plan, config_of(tmp_path, chunk_bytes=1 << 20))
    with begun(tmp_path, plan, sinks, measuring_of(plan, tmp_path)) as (job, turns):
        assert pickle.loads(pickle.dumps(job)).placed_names == ("rejects", "csv", "parquet")
        before = [sink.file.staged.stat().st_size for sink in sinks]
        turns.abandon()
        with pytest.raises(Abandoned):
            ingest_chunk(job, ChunkTask(chunk))
    assert Counted.slabs == []
    assert [sink.file.staged.stat().st_size for sink in sinks] == before
    assert job.rejects_path.read_bytes() == b""


def test_what_a_chunk_costs(tmp_path: Path) -> None:
    """By stage, when it is asked for; all else that goes back is the same, and without being asked nothing is told."""
    plan, sinks = plan_columns([text_source(tmp_path, CONTENT)]), make_sinks(tmp_path)
    (chunk,) = cut_chunks(plan, config_of(tmp_path, chunk_bytes=1 << 20))
    found = []
    for profile in (False, True):
        with begun(tmp_path, plan, sinks, measuring_of(plan, tmp_path)) as (job, _):
            found.append(ingest_chunk(replace(job, profile=profile), ChunkTask(chunk)))
    plain, result = found
    assert plain.profile is None
    assert (result.counts, result.placed) == (plain.counts, plain.placed)
    cost = result.profile
    assert cost is not None
    assert list(cost.cpu_seconds) == ["read", "clean", "encode_csv", "encode_parquet", "tally", "wait", "place"]
    assert min(cost.cpu_seconds.values()) >= 0
    assert cost.wait_seconds > 0
    assert (cost.input_bytes, cost.chunks) == (chunk.cost_bytes, 1)
    assert cost.output_bytes == sum(where.end - where.start for where in result.placed) > 0
