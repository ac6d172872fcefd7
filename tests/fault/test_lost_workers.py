"""Workers that die, starve or hang: the run goes on, and loses at most the one record that no worker can read."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch.errors import WorkerFailed
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.parallel import lasting
from etl_batch.pipeline import ingest
from etl_batch.reading_options import ReadingOptions
from etl_batch.stages.care import Observer
from etl_batch.stages.plan import plan_columns
from tests.fault.poison import POISON, poisoned
from tests.fault.test_killed_runs import big, last_run, start, workers_of
from tests.integration.engine.conftest import Home
from tests.unit.engine_parts import (
    config_of,
    layout_of,
    make_sinks,
    measuring_of,
    parquet_source,
    record_source,
    text_source,
)
from tests.waiting import PATIENCE_SECONDS

__all__ = ["big"]
ROWS = 60
WORDS = [f"word-{number}" for number in range(ROWS)]
Make = Callable[[Path, bytes], AnySource]


def as_text(folder: Path, poison: bytes) -> AnySource:
    """A CSV with a line above its header."""
    return text_source(folder, b"a report\n\nk,n\n" + b"".join(b"%s,%d\n" % (word, n) for n, word in rows(poison)))


def as_lines(folder: Path, poison: bytes) -> AnySource:
    """Lines of JSON."""
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps({"k": word.decode(), "n": n}) + "\n" for n, word in rows(poison)))
    return detect(path, 0, Reading({}))


def as_records(folder: Path, poison: bytes) -> AnySource:
    """Records of 24 bytes."""
    layout = layout_of([{"name": "n", "type": "u32"}, {"name": "k", "type": "char", "size": 20}])
    raw = b"".join(n.to_bytes(4, "little") + word.ljust(20, b"\0") for n, word in rows(poison))
    return record_source(folder, raw, layout)


def as_variable(folder: Path, poison: bytes) -> AnySource:
    """Records that each have a word before them; every third is longer."""
    fields = [{"name": "k", "type": "char", "size": 14}, {"name": "x", "type": "u8"}]
    word = {"size": 2, "endian": "little", "includes_word": False}
    layout = layout_of(fields, record_format="rdw", length_word=word)
    path = folder / "in.dat"
    records = (each.ljust(14, b"\0") + b"\7" * (n % 3 == 0) for n, each in rows(poison))
    path.write_bytes(b"".join(len(record).to_bytes(2, "little") + record for record in records))
    return detect(path, 0, Reading({"r": layout}, ReadingOptions("r")))


def as_parquet(folder: Path, poison: bytes) -> AnySource:
    """Rows in three row groups."""
    words = [word.decode() for _, word in rows(poison)]
    return parquet_source(folder, pa.table({"k": words, "n": range(ROWS)}), row_group_size=25)


def rows(poison: bytes) -> list[tuple[int, bytes]]:
    """Numbered words, one of them poison."""
    return list(enumerate(poison if number == 37 else word.encode() for number, word in enumerate(WORDS)))


def run(folder: Path, sources: list[AnySource], observer: Observer | None = None, **changes: Any) -> Any:
    """Ingest sources with two workers, in chunks of some ten rows."""
    plan = plan_columns(sources)
    plan = replace(plan, sources=tuple(poisoned(source) for source in plan.sources))
    config = config_of(folder, **{"workers": 2, "chunk_bytes": 200, **changes})
    sinks = make_sinks(folder)
    rejects = folder / "rejects.jsonl"
    until = time.monotonic() + 600
    return ingest(plan, config, measuring_of(plan, folder), sinks, rejects, until, observer or Observer()), sinks


@pytest.mark.parametrize("make", [as_text, as_lines, as_records, as_variable, as_parquet])
def test_one_record_that_kills(tmp_path: Path, make: Make) -> None:
    """Whoever reads it dies: all others are written in order, and it is a reject that says where it begins."""
    source = make(tmp_path, POISON["dies"])
    finished, sinks = run(tmp_path, [source])
    counts = finished.ingested.counts
    assert (counts.written, counts.rejected, counts.conserved) == (ROWS - 1, 1, True)
    text = sinks[0].file.staged.read_text()
    assert [word for word in WORDS if word in text.replace(",", "\n").split("\n")] == WORDS[:37] + WORDS[38:]
    (reject,) = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert (reject["reason"], "died" in reject["detail"]) == ("unreadable", True)
    if make is not as_parquet:
        found = Path(source.path).read_bytes()[reject["offset"] :]
        assert POISON["dies"] in found[: len(POISON["dies"]) + 20]
    assert reject["record"] == 37 + (2 if make is as_text else 0)
    assert finished.ingested.lost


def test_one_record_that_hangs(tmp_path: Path) -> None:
    """A worker that stands still past the stall timeout is replaced as well; one that is slow for a moment is not."""
    finished, _ = run(tmp_path, [as_records(tmp_path, POISON["hangs"])], chunk_bytes=100, stall_timeout=4.0)
    counts = finished.ingested.counts
    assert (counts.written, counts.rejected) == (ROWS - 1, 1)
    assert all("no sign of life for 4 seconds" in reason for reason in finished.ingested.lost)


def test_small_files_in_one_chunk(tmp_path: Path) -> None:
    """Of files that share a chunk only the one with the poison loses a record."""
    sources = [text_source(tmp_path, f"k,n\nw{n},{n}\nx,0\n", ordinal=n, name=f"{n}.csv") for n in range(5)]
    sources[3] = text_source(tmp_path, b"k,n\n" + POISON["dies"] + b",1\nx,0\n", ordinal=3, name="3.csv")
    finished, _ = run(tmp_path, sources, chunk_bytes=1 << 20)
    assert {place: (seen.written, seen.rejected) for place, seen in finished.ingested.by_source.items()} == {
        0: (2, 0),
        1: (2, 0),
        2: (2, 0),
        3: (1, 1),
        4: (2, 0),
    }


def test_a_machine_that_kills_every_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many losses the run gives up, with a sentence that says what to try."""
    monkeypatch.setattr(lasting, "MOST_LOSSES", 3)
    with pytest.raises(WorkerFailed, match=r"lost 4 times; nothing was published.*Try fewer --workers"):
        run(tmp_path, [as_records(tmp_path, POISON["dies"])])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("victims", [1, 2])
def test_workers_lost_in_the_middle_of_a_run(home: Home, big: Path, number: signal.Signals, victims: int) -> None:
    """Killed or halted from outside, one or all: the outputs are those of an undisturbed run, and it is said."""
    expected = home.run("-i", big, "-w", 2, "--chunk-bytes", 2_000_000, name="whole")
    process = start(home, "-i", big, "-w", 2, "--chunk-bytes", 2_000_000, "--stall-timeout", 2)
    for worker in workers_of(process)[:victims]:
        worker.send_signal(number)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err
    assert home.csv() == home.csv("whole")
    metadata = last_run(home)
    assert metadata["counts"] == expected["counts"]
    assert metadata["outputs"]["csv"]["sha256"] == expected["outputs"]["csv"]["sha256"]  # type: ignore[index]
    said = any("Worker processes were lost" in note for note in metadata["notes"])  # type: ignore[attr-defined]
    # One that is halted before it has a chunk is not missed: the other one does all there is to do.
    assert said or (number, victims) == (signal.SIGSTOP, 1)
    assert not [path.name for path in home.output.rglob("*") if path.name.endswith((".tmp", "turns.bin"))]
