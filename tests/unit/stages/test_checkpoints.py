"""Checkpoints: what is kept comes back, as far as it is whole, ours, and still true of the files."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from etl_batch.errors import UsageError
from etl_batch.files import parted
from etl_batch.files.digest import Digest
from etl_batch.stages.checkpoints import (
    NOTHING,
    Checkpoints,
    Reached,
    describe,
    header_of,
    key_of,
    reached,
    refuse_another,
)
from tests.unit.engine_parts import Ingest, config_of, ingest_here, text_source

KEY = b"k" * 32
HEADER = {"engine": "1", "settings": "2", "inputs": "3", "layouts": "4", "columns": "5"}
CONTENT = "k,n\n" + "".join(f"{'ab'[n % 2]},{n}\n" for n in range(60)) + "lonely\n" * 3


@pytest.fixture
def done(tmp_path: Path) -> Ingest:
    """Several chunks in their places."""
    found = ingest_here([text_source(tmp_path, CONTENT)], tmp_path)
    assert len(found.results) > 4
    return found


def keep(done: Ingest, path: Path, *, known: int | None = None) -> None:
    """Keep all results, and the digests of the first `known` chunks."""
    checkpoints = Checkpoints(path, KEY)
    checkpoints.begin(HEADER, NOTHING)
    digests = {sink.name: Digest(sink.file) for sink in done.sinks}
    for number, result in enumerate(done.results):
        for digest, where in zip(digests.values(), result.placed, strict=True):
            digest.start()
            digest.advance(where.end, mark=known is None or number < known)
            digest.close()
        checkpoints.add(result, {name: digest.new_marks() for name, digest in digests.items()})
    checkpoints.stop()


def back(done: Ingest, path: Path, key: bytes = KEY) -> Reached:
    """What comes back."""
    return reached(path, key, done.sinks, done.rejects)


@pytest.mark.parametrize("known", [None, 3, 1])
def test_results_come_back(done: Ingest, tmp_path: Path, known: int | None) -> None:
    """All whose bytes are known to be there, equal to what they were, and the digests go on from there."""
    keep(done, tmp_path / "c", known=known)
    assert header_of(tmp_path / "c", KEY) == HEADER
    found = back(done, tmp_path / "c")
    assert [result.end for result in found.results] == [result.end for result in done.results[:known]]
    for place, sink in enumerate(done.sinks):
        end = done.results[len(found.results) - 1].placed[place].end
        assert found.prefixes[sink.name].end == end
        whole, size = Digest(sink.file), sink.file.staged.stat().st_size
        assert Digest(sink.file, found.prefixes[sink.name]).finish(size) == whole.finish(size)


def test_what_was_reached_is_kept_by_the_next_attempt(done: Ingest, tmp_path: Path) -> None:
    """A run that is killed once more right away loses nothing of what it had."""
    keep(done, tmp_path / "c", known=4)
    before = back(done, tmp_path / "c")
    again = Checkpoints(tmp_path / "c", KEY)
    again.begin(HEADER, before)
    again.stop()
    assert len(back(done, tmp_path / "c").results) == len(before.results) == 4
    assert sorted(path.name for path in tmp_path.glob("*c*") if path.is_file() and "c" in (path.name, path.suffix)) == [
        "c"
    ]


def test_a_file_cut_off_anywhere(done: Ingest, tmp_path: Path) -> None:
    """Whole frames count, the torn one does not; without its first one it is of no run."""
    keep(done, tmp_path / "c")
    content = (tmp_path / "c").read_bytes()
    counts = []
    for size in range(0, len(content) + 1, 97):
        (tmp_path / "c").write_bytes(content[:size])
        counts.append(len(back(done, tmp_path / "c").results))
    assert counts == sorted(counts)
    assert (counts[0], max(counts) >= len(done.results) - 1) == (0, True)
    (tmp_path / "c").write_bytes(content[:20])
    assert header_of(tmp_path / "c", KEY) is None
    assert header_of(tmp_path / "none", KEY) is None


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_what_others_have_written_is_not_even_looked_at(done: Ingest, tmp_path: Path, at: float) -> None:
    """A changed byte ends what is believed; with another key nothing is."""
    keep(done, tmp_path / "c")
    content = bytearray((tmp_path / "c").read_bytes())
    content[int(len(content) * at)] ^= 1
    (tmp_path / "c").write_bytes(content)
    assert len(back(done, tmp_path / "c").results) < len(done.results)
    assert back(done, tmp_path / "c", b"x" * 32) == NOTHING
    assert header_of(tmp_path / "c", b"x" * 32) is None


@pytest.mark.parametrize("sink", [0, 1])
def test_outputs_that_changed(done: Ingest, tmp_path: Path, sink: int) -> None:
    """Up to the chunk before the first byte that is another one."""
    keep(done, tmp_path / "c")
    path, where = done.sinks[sink].file.staged, done.results[2].placed[sink]
    content = bytearray(path.read_bytes())
    content[where.start] ^= 1
    path.write_bytes(content)
    assert len(back(done, tmp_path / "c").results) == 2


@pytest.fixture
def in_parts(tmp_path: Path) -> Ingest:
    """Several chunks in their places, each of them a part of the Parquet output."""
    found = ingest_here([text_source(tmp_path, CONTENT)], tmp_path, 5)
    assert len(list(found.sinks[1].file.staged.iterdir())) > 4
    return found


def reached_again(done: Ingest, path: Path, known: int) -> Reached:
    """What comes back of a run that was gone on with after so many chunks, and killed once more right away."""
    keep(done, path, known=known)
    again = Checkpoints(path, KEY)
    again.begin(HEADER, back(done, path))
    again.stop()
    return back(done, path)


@pytest.mark.parametrize("known", [1, 2, 4])
def test_parts_that_were_reached_are_kept_by_the_next_attempt(in_parts: Ingest, tmp_path: Path, known: int) -> None:
    """However often a run is killed: each part before the last one is known, and comes to the digest that it has."""
    found = reached_again(in_parts, tmp_path / "c", known)
    assert len(found.results) == known
    output = in_parts.sinks[1].file
    parts = [path.read_bytes() for path in sorted(output.staged.iterdir())[:known]]
    parted.cut_off(output, found.prefixes["parquet"].end)
    digests = [mark.digest for mark in Digest(output, found.prefixes["parquet"]).finish_parts()]
    assert digests == [hashlib.sha256(part).hexdigest() for part in parts]


@pytest.mark.parametrize("part", [0, 1, 3])
def test_parts_that_changed(in_parts: Ingest, tmp_path: Path, part: int) -> None:
    """Up to the chunk before the first byte that is another one, in whichever part; so it is after the next attempt."""
    assert len(reached_again(in_parts, tmp_path / "c", 4).results) == 4
    path = sorted(in_parts.sinks[1].file.staged.iterdir())[part]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert len(back(in_parts, tmp_path / "c").results) <= part


def test_rejects_that_changed(done: Ingest, tmp_path: Path) -> None:
    """Those of the last chunks are no longer there."""
    keep(done, tmp_path / "c")
    done.rejects.write_bytes(done.rejects.read_bytes()[:-5])
    rejected = [number for number, result in enumerate(done.results) if result.counts.rejected]
    assert len(back(done, tmp_path / "c").results) == rejected[-1]


def test_notes_that_are_gone(done: Ingest, tmp_path: Path) -> None:
    """What must come once in a run is known from notes: without them a chunk is done again."""
    results = [replace(result, noted=40 if number == 2 else 0) for number, result in enumerate(done.results)]
    keep(replace(done, results=results), tmp_path / "c")
    assert len(back(done, tmp_path / "c").results) == 2


def test_no_more_is_kept(done: Ingest, tmp_path: Path) -> None:
    """Once chunks are others than a new pass would cut, and when the run is over."""
    checkpoints = Checkpoints(tmp_path / "c", KEY)
    checkpoints.begin(HEADER, NOTHING)
    checkpoints.stop()
    size = (tmp_path / "c").stat().st_size
    checkpoints.add(done.results[0], {})
    assert (tmp_path / "c").stat().st_size == size


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """It is the home's, and nobody else reads it."""
    key = key_of(tmp_path)
    assert (len(key), key_of(tmp_path)) == (32, key)
    assert stat.S_IMODE((tmp_path / ".secrets" / "checkpoints.key").stat().st_mode) == 0o600


def test_another_run(done: Ingest, tmp_path: Path) -> None:
    """The part that differs is named; the same run describes itself the same way."""
    header = describe(done.plan, config_of(tmp_path))
    refuse_another(header, describe(done.plan, config_of(tmp_path)), "r1")
    for part, said in (("engine", "another version"), ("inputs", "input has changed"), ("settings", "settings")):
        with pytest.raises(UsageError, match=f"Run r1 cannot be gone on from: .*{said}"):
            refuse_another({**header, part: "other"}, header, "r1")
