"""The Parquet output in parts: where one ends, what is in each, and the manifest that names them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.rows import CleanRows
from etl_batch.errors import OutputFailed
from etl_batch.files.digest import Digest
from etl_batch.files.parted import MANIFEST, PartsManifest, offset_of, part_of
from etl_batch.files.staging import discard, opened_within
from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks.parquet_file import ParquetPartsSink
from etl_batch.sinks.sink import FinalColumns, PlacedChunk, Sealed
from tests.unit.engine_parts import (
    config_of,
    final_of,
    make_sinks,
    place_chunks,
    text_rows,
    write_chunks,
)

CHUNKS = [[text_rows({"n": [str(number), str(number + 1)], "k": ["a", "b"]})] for number in range(0, 14, 2)]
FINAL = final_of(CHUNKS[0][0])
NONE: list[CleanRows] = []
EACH = len(MAGIC) + 1
"""Bytes of a part with which each chunk has one of its own."""
KINDS = pa.schema([("n", pa.int64()), ("k", pa.string())])


def made(folder: Path, part_bytes: int) -> ParquetPartsSink:
    """A sink with an empty staged folder."""
    sink = make_sinks(folder, part_bytes)[1]
    assert isinstance(sink, ParquetPartsSink)
    return sink


def parts_of(sink: ParquetPartsSink) -> list[Path]:
    """The parts, in order."""
    return sorted(sink.file.staged.glob("part-*"))


def rows_of(sink: ParquetPartsSink) -> list[list[int]]:
    """The first column of each part."""
    return [pq.read_table(path).column("n").to_pylist() for path in parts_of(sink)]


def contents(sink: ParquetPartsSink) -> dict[str, bytes]:
    """All files of the folder."""
    return {path.name: path.read_bytes() for path in sink.file.staged.iterdir()}


def sealed(sink: ParquetPartsSink, placed: Sequence[PlacedChunk], final: FinalColumns) -> Sealed:
    """Close the sink and write its manifest."""
    size = sink.close(placed, final)
    digest = Digest(sink.file)
    for chunk in placed:
        digest.advance(chunk.end, mark=True)
    return sink.seal(placed, size, digest.finish_parts())


@pytest.fixture
def bytes_of_one(tmp_path: Path) -> int:
    """Of one chunk as it is encoded: all are alike."""
    encoder = make_sinks(tmp_path / "one")[1].encoder(FINAL.columns)
    encoder.add(CHUNKS[0][0])
    return encoder.finish().size


@pytest.mark.parametrize(
    ("chunks", "rows"),
    [
        (0.5, [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11], [12, 13]]),
        (1.5, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13]]),
        (2.5, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11], [12, 13]]),
        (6.5, [list(range(14))]),
        (1000, [list(range(14))]),
    ],
)
def test_a_part_ends_with_the_chunk_that_fills_it(
    tmp_path: Path, bytes_of_one: int, chunks: float, rows: list[list[int]]
) -> None:
    """Each is a whole Parquet file of the same columns, and all of them together have the rows in order."""
    sink = made(tmp_path, len(MAGIC) + int(bytes_of_one * chunks))
    size = write_chunks(sink, CHUNKS, FINAL)
    assert rows_of(sink) == rows
    assert {path.name for path in parts_of(sink)} == {f"part-{part:05}-run.parquet" for part in range(len(rows))}
    assert [pq.read_schema(path) for path in parts_of(sink)] == [KINDS] * len(rows)
    assert size == sum(path.stat().st_size for path in parts_of(sink))
    assert {path.read_bytes()[: len(MAGIC)] for path in parts_of(sink)} == {MAGIC}


def test_a_part_that_is_just_large_enough(tmp_path: Path, bytes_of_one: int) -> None:
    """To the byte: the next chunk begins another one, and with a byte more to go it does not."""
    ends = [
        made(tmp_path / str(more), len(MAGIC) + bytes_of_one + more).begins(len(MAGIC) + bytes_of_one)
        for more in (0, 1)
    ]
    assert [(part_of(end), offset_of(end)) for end in ends] == [(1, len(MAGIC)), (0, len(MAGIC) + bytes_of_one)]


def test_rows_are_those_of_one_file(tmp_path: Path) -> None:
    """Read together, as readers of folders do, they are the table that the single file has."""
    one = make_sinks(tmp_path / "one")[1]
    write_chunks(one, CHUNKS, FINAL)
    sink = made(tmp_path / "parts", EACH)
    placed = place_chunks(sink, CHUNKS, FINAL, sink.begin(FINAL.columns))
    sealed(sink, placed, FINAL)
    assert pq.read_table(sink.file.staged).equals(pq.read_table(one.file.staged))


def test_chunks_without_rows_begin_no_part(tmp_path: Path) -> None:
    """Chunks of rejects at the beginning, between two parts and at the end."""
    sink = made(tmp_path, EACH)
    write_chunks(sink, [NONE, CHUNKS[0], NONE, NONE, CHUNKS[1], NONE], FINAL)
    assert rows_of(sink) == [[0, 1], [2, 3]]


def test_no_rows_are_one_empty_part(tmp_path: Path) -> None:
    """It has the columns, and the manifest names it."""
    sink = made(tmp_path, EACH)
    placed = place_chunks(sink, [NONE, NONE], FINAL, sink.begin(FINAL.columns))
    found = sealed(sink, placed, FINAL)
    (path,) = parts_of(sink)
    table = pq.read_table(path)
    assert (table.num_rows, table.schema) == (0, KINDS)
    manifest = PartsManifest.parsed((sink.file.staged / MANIFEST).read_bytes())
    assert [(part.name, part.rows, part.bytes) for part in manifest.parts] == [(path.name, 0, path.stat().st_size)]
    assert (found.parts, found.bytes) == (1, path.stat().st_size)


@pytest.mark.parametrize("dictionary", [(), ("n",)])
def test_a_type_that_only_the_last_part_breaks(tmp_path: Path, dictionary: tuple[str, ...]) -> None:
    """All parts before it are encoded again in place, so that all have one schema; what was widened is counted in."""
    last = [text_rows({"n": ["late", ""], "k": ["c", "d"]})]
    kinds = pa.schema([("n", pa.string()), ("k", pa.string())])
    final = final_of(CHUNKS[0][0], kinds, *dictionary)
    sink = made(tmp_path, EACH)
    size = write_chunks(sink, [*CHUNKS, last], final)
    assert [pq.read_schema(path) for path in parts_of(sink)] == [kinds] * (len(CHUNKS) + 1)
    tables = [pq.read_table(path) for path in parts_of(sink)]
    for table in tables:
        table.validate(full=True)
    together = pa.concat_tables(tables)
    assert together.column("n").to_pylist() == [*map(str, range(14)), "late", ""]
    assert together.column("k").to_pylist() == ["a", "b"] * 7 + ["c", "d"]
    assert size == sum(path.stat().st_size for path in parts_of(sink))


def test_a_manifest_says_what_is_there(tmp_path: Path, bytes_of_one: int) -> None:
    """Names, sizes, rows and checksums of the files as they stand; the output's checksum is that of the manifest."""
    sink = made(tmp_path, len(MAGIC) + int(bytes_of_one * 1.5))
    placed = place_chunks(sink, [NONE, *CHUNKS], FINAL, sink.begin(FINAL.columns))
    found = sealed(sink, placed, FINAL)
    content = (sink.file.staged / MANIFEST).read_bytes()
    manifest = PartsManifest.parsed(content)
    assert manifest.run_id == "run"
    assert [(part.name, part.bytes, part.rows, part.sha256) for part in manifest.parts] == [
        (path.name, path.stat().st_size, pq.read_metadata(path).num_rows, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in parts_of(sink)
    ]
    assert [part.rows for part in manifest.parts] == [4, 4, 4, 2]
    size = sum(path.stat().st_size for path in parts_of(sink))
    assert found == Sealed(size, hashlib.sha256(content).hexdigest(), 4, len(content))
    assert (json.loads(content)["rows"], json.loads(content)["bytes"]) == (14, size)


def test_a_manifest_is_written_anew(tmp_path: Path) -> None:
    """Over one that was longer, of a pass that was killed after it."""
    sink = made(tmp_path, EACH)
    placed = place_chunks(sink, CHUNKS, FINAL, sink.begin(FINAL.columns))
    with opened_within(sink.file, MANIFEST):
        (sink.file.staged / MANIFEST).write_bytes(b"x" * 100_000)
    found = sealed(sink, placed, FINAL)
    assert len((sink.file.staged / MANIFEST).read_bytes()) == found.manifest_bytes < 100_000


@pytest.mark.parametrize("kept", range(len(CHUNKS) + 1))
@pytest.mark.parametrize("part_chunks", [0.5, 1.5, 2.5])
def test_cut_off_and_done_again(tmp_path: Path, bytes_of_one: int, part_chunks: float, kept: int) -> None:
    """From whatever chunk on, of a folder that was all but published: the same bytes in the same files."""
    sink = made(tmp_path, len(MAGIC) + int(bytes_of_one * part_chunks))
    last = [text_rows({"n": ["late", ""], "k": ["c", "d"]})]
    final = final_of(CHUNKS[0][0], pa.schema([("n", pa.string()), ("k", pa.string())]))
    chunks = [*CHUNKS, last]
    placed = place_chunks(sink, chunks, final, sink.begin(final.columns))
    found, whole = sealed(sink, placed, final), contents(sink)
    end = placed[kept - 1].end if kept else len(MAGIC)
    sink.cut_off(end)
    assert MANIFEST not in contents(sink)
    assert len(parts_of(sink)) == part_of(end) + 1
    again = [*placed[:kept], *place_chunks(sink, chunks[kept:], final, end)]
    assert (again, sealed(sink, again, final)) == (placed, found)
    assert contents(sink) == whole


def test_a_pass_that_begins_anew(tmp_path: Path) -> None:
    """What one before it has left in the folder is gone, and the same comes out."""
    sink = made(tmp_path, EACH)
    write_chunks(sink, CHUNKS, FINAL)
    whole = contents(sink)
    (sink.file.staged / "part-00099-run.parquet").write_bytes(b"of a longer pass")
    (sink.file.staged / MANIFEST).write_bytes(b"{}")
    write_chunks(sink, CHUNKS, FINAL)
    assert contents(sink) == whole


def test_old_readers_have_parts_too(tmp_path: Path) -> None:
    """In the types and the compression that they know, in every part."""
    sink = ParquetPartsSink(made(tmp_path, EACH).file, compat=True, part_bytes=EACH)
    write_chunks(sink, CHUNKS, FINAL)
    metas = [pq.read_metadata(path) for path in parts_of(sink)]
    assert [meta.format_version for meta in metas] == ["1.0"] * len(CHUNKS)
    assert {meta.row_group(0).column(at).compression for meta in metas for at in (0, 1)} == {"SNAPPY"}


@pytest.mark.parametrize(
    ("input_bytes", "part_bytes"),
    [(0, 4 << 20), (256 << 20, 4 << 20), (64 * (5 << 20), 5 << 20), (16 << 30, 256 << 20), (1 << 40, 256 << 20)],
)
def test_the_size_of_a_part(tmp_path: Path, input_bytes: int, part_bytes: int) -> None:
    """The 64th part of the input, from 4 to 256 MiB."""
    folder = made(tmp_path, EACH).file
    sink = ParquetPartsSink.staged(folder, config_of(tmp_path, parts=True, parquet_compat=True), input_bytes)
    assert sink == ParquetPartsSink(folder, compat=True, part_bytes=part_bytes)


def test_a_folder_that_has_gone(tmp_path: Path) -> None:
    """Closing, placing and sealing say which output it is, or where it was."""
    sink = made(tmp_path, EACH)
    placed = place_chunks(sink, CHUNKS[:1], FINAL, sink.begin(FINAL.columns))
    discard([sink.file])
    for close in (lambda: sink.close(placed, FINAL), lambda: sink.seal([], 0, []), lambda: sink.begin(FINAL.columns)):
        with pytest.raises(OutputFailed, match=r"out\.parquet cannot be written"):
            close()
    with pytest.raises(OutputFailed, match="previous output is untouched"):
        sink.place([b"a"], len(MAGIC))
