"""The last stage: results add up whatever the chunks were, types settle, and every sink is closed with its digest."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.analytics.sampling import Assured
from etl_batch.formats.text import source as text
from etl_batch.model import Counts
from etl_batch.stages import finish as finishing
from etl_batch.stages.finish import Digests, Ingested, finish
from etl_batch.stages.measure.estimate import estimate
from etl_batch.stages.plan import cut_chunks
from tests.unit.engine_parts import Ingest, config_of, ingest_here, parquet_source, text_source

ROWS = [f"{'abc'[n % 3]},{n},{n}\n" for n in range(60)]
FIRST = "k,n,late\n" + "".join(ROWS[:40]) + "lonely\n\n=x,2.5,word\n" + "".join(ROWS[40:])
SECOND = {"n": pa.array([7, None], pa.int8()), "k": ["a", None]}


def ingest(folder: Path, **changes: Any) -> Ingest:
    """Two files of different formats through the workers' stages."""
    return ingest_here([text_source(folder, FIRST), parquet_source(folder, SECOND, ordinal=1)], folder, **changes)


def added(done: Ingest, order: list[int] | None = None) -> Ingested:
    """The sum of the results, in input order if no other is given."""
    ingested = Ingested(done.plan, done.measuring)
    for number in order or range(len(done.results)):
        ingested.add(done.results[number])
    return ingested


def sums(ingested: Ingested) -> dict[str, Any]:
    """Whatever is a sum over the chunks."""
    tally = ingested.tally.ordered()
    return {
        "counts": ingested.counts,
        "by source": ingested.by_source,
        "reasons": ingested.reasons,
        "escaped": ingested.escaped_cells,
        "schema": ingested.final.schema,
        "forms": ingested.final.forms,
        "bytes": ingested.bytes_done,
        "strata": dict(zip(tally.values, tally.counts.tolist(), strict=True)),
        "totals": {name: measure.totals() for name, measure in tally.measures.items()},
        "candidates": ingested.held,
    }


EXPECTED = {
    "counts": Counts(65, 63, 1, 1),
    "by source": {0: Counts(63, 61, 1, 1), 1: Counts(2, 2, 0, 0)},
    "reasons": {"field_count": 1},
    "escaped": 1,
    "strata": {"a": 21, "b": 20, "c": 20, "=x": 1, None: 1},
}


@pytest.mark.parametrize("chunk_bytes", [1, 40, 200, 1 << 20])
def test_results_add_up_whatever_the_chunks(tmp_path: Path, chunk_bytes: int) -> None:
    """Counts, reasons, types, strata and totals are those of the input."""
    found = sums(added(ingest(tmp_path, chunk_bytes=chunk_bytes, stratum="k", measures=("n",))))
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert found["schema"] == pa.schema([("k", pa.string()), ("n", pa.float64()), ("late", pa.string())])
    assert sum(found["totals"]["n"]) == sum(range(60)) + 2.5 + 7


def test_sums_do_not_hang_on_the_order(tmp_path: Path) -> None:
    """Added in any order the results give the same sums; only places and candidates stand in that of the input."""
    done = ingest(tmp_path, chunk_bytes=50, stratum="k", measures=("n",))
    expected, order = sums(added(done)), list(range(len(done.results)))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        assert sums(added(done, order)) == expected
    assert added(done).chunks == len(done.results) > 10


def test_a_chunk_is_told_of_those_that_are_certainly_in(tmp_path: Path) -> None:
    """Of the strata of all chunks but the last of the span, whatever of those is in by then."""
    done = ingest(tmp_path, chunk_bytes=40, stratum="k", measures=("n",), sample_frac=0.3)
    chunks = list(cut_chunks(done.plan, config_of(tmp_path, chunk_bytes=40)))
    assert [chunk.number for chunk in chunks] == list(range(len(done.results)))
    for early in (0, 2):
        ingested, told = Ingested(done.plan, done.measuring, span=3), []
        for at, chunk in enumerate(chunks):
            while ingested.chunks < min(at - early, len(chunks)):
                ingested.add(done.results[ingested.chunks])
            told.append(ingested.task(chunk).assured)
        assert told[:3] == [None] * 3
        expected = Assured.none(done.measuring.bounds)
        for result, assured in zip(done.results, told[3:], strict=False):
            expected += result.assured
            assert assured is not None
            assert assured.rows.tolist() == expected.rows.tolist()
        assert expected.rows.any()


def test_nothing_was_ingested(tmp_path: Path) -> None:
    """Without a chunk the columns are as they were planned."""
    done = ingest(tmp_path)
    nothing = Ingested(done.plan, done.measuring)
    assert nothing.final.schema.types == [column.type for column in done.plan.columns]
    assert nothing.candidate_rows().equals(nothing.final.schema.empty_table())
    assert nothing.counts.conserved


@pytest.fixture
def short_sighted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan sees the first and the last few rows of a text alone."""
    monkeypatch.setattr(text, "_SAMPLE_BLOCKS", 2)
    monkeypatch.setattr(text, "_BLOCK_BYTES", 64)


@pytest.mark.usefixtures("short_sighted")
@pytest.mark.parametrize("chunk_bytes", [1, 1 << 20])
def test_candidates_have_the_final_types(tmp_path: Path, chunk_bytes: int) -> None:
    """Early ones are widened to the very cells that came: `7`, not `7.0`, in what has become text."""
    done = ingest(tmp_path, chunk_bytes=chunk_bytes, sample_frac=1.0)
    assert [column.type for column in done.plan.columns[1:]] == [pa.int64(), pa.int64()]
    rows = added(done).candidate_rows()
    numbers = [*map(str, range(40)), "word", *map(str, range(40, 60))]
    assert rows.column("late").to_pylist() == [*numbers, None, None]
    assert rows.column("n").to_pylist() == [*map(float, range(40)), 2.5, *map(float, range(40, 60)), 7.0, None]
    assert rows.column("k").to_pylist()[40] == "=x"


def test_sinks_are_closed_with_their_digests(tmp_path: Path) -> None:
    """Sizes are the files' own, digests their SHA-256, and the files hold every row with the final types."""
    done = ingest(tmp_path, chunk_bytes=70)
    with Digests(done.sinks) as digests:
        digests.start()
        ingested = Ingested(done.plan, done.measuring)
        for result in done.results:
            ingested.add(result)
            digests.advance(result.placed)
        finished = finish(ingested, done.sinks, digests)
    assert finished.ingested is ingested
    contents = {sink.name: sink.file.staged.read_bytes() for sink in done.sinks}
    sizes = {name: each.bytes for name, each in finished.sealed.items()}
    assert sizes == {name: len(content) for name, content in contents.items()}
    assert finished.digests == {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    table = pq.read_table(done.sinks[1].file.staged)
    assert table.schema == ingested.final.schema
    assert table.num_rows == ingested.counts.written
    held = ingested.candidate_rows().to_pylist()
    assert [row for row in table.to_pylist() if row in held] == held


def test_digests_end_with_the_block(tmp_path: Path) -> None:
    """An error leaves no thread behind."""
    digests = Digests(ingest(tmp_path).sinks)
    digests.start()
    with digests:
        pass
    assert [digest.thread for digest in digests.digests.values()] == [None, None]


@pytest.mark.parametrize("changes", [{"stratum": "k", "measures": ("n",)}, {"stratum": "k"}, {"measures": ("n",)}])
def test_thinning_keeps_what_the_sample_needs(
    tmp_path: Path, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few candidates held at a time the sample and its estimates are those of all of them."""
    rows = "".join(f"{'abcdefg'[n % 7 if n % 5 else 0]},{n * n % 1009},x\n" for n in range(4_000))
    done = ingest_here(
        [text_source(tmp_path, "k,n,late\n" + rows)], tmp_path, chunk_bytes=1_000, sample_frac=0.004, **changes
    )
    whole = added(done)
    monkeypatch.setattr(finishing, "THIN_ROWS", 50)
    thinned = added(done)
    assert thinned.held < whole.held / 2
    assert thinned.counts == whole.counts
    for ingested in (thinned, whole):  # a row is among the largest or in the rest, whether or not it is still held
        marked = sum(int(part.largest.sum()) for part in ingested.candidates)
        assert marked + ingested.tally.measures["n"].rest.rows.sum() == 4_000
    (few, sample), (all_of_them, same) = (estimate(ingested, done.measuring) for ingested in (thinned, whole))
    assert sample.equals(same)
    assert few.measures.keys() == all_of_them.measures.keys()
    for name, measure in few.measures.items():
        other = all_of_them.measures[name]
        assert (measure.estimate, measure.exact) == (other.estimate, other.exact)
        assert measure.std_error == pytest.approx(other.std_error)
