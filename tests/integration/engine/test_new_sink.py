"""A third sink, made in this file and registered by one call, is an output like the CSV and the Parquet file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from etl_batch import service
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.config import RunConfig
from etl_batch.files.staging import opened, write_all
from etl_batch.sinks import registry
from etl_batch.sinks.sink import Encoded, FinalColumns, PlacedChunk, Sink, SinkEncoder


@dataclass(frozen=True)
class CountSink(Sink):
    """One line for each chunk, with the number of its rows; the last line has the number of chunks and columns."""

    name: ClassVar[str] = "count"

    @classmethod
    def target(cls, config: RunConfig) -> Path | None:
        """Beside the CSV."""
        return None if config.output_csv is None else config.output_csv.with_suffix(".count")

    def begin(self, columns: Sequence[OutputColumn]) -> int:
        """A title."""
        return self.write_start(b"rows a chunk\n")

    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:
        """Counts."""
        return _Counter()

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        """The entries of all chunks have come back to the parent."""
        rows = sum(int(str(chunk.entry)) for chunk in chunks)
        line = f"{len(chunks)} chunks, {rows} rows, {len(final.schema)} columns\n".encode()
        end = max(chunk.end for chunk in chunks)
        with opened(self.file) as descriptor:
            write_all(descriptor, [line], end)
        return end + len(line)


class _Counter(SinkEncoder):
    def __init__(self) -> None:
        self.rows = 0

    def add(self, rows: CleanRows) -> None:
        """A slab."""
        self.rows += rows.typed.num_rows

    def finish(self) -> Encoded:
        """The chunk's line, whose length is its own."""
        return Encoded([f"{self.rows}\n".encode()], entry=self.rows)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The one call, and back."""
    registry.register(CountSink)
    yield
    registry.unregister(CountSink)


@pytest.mark.parametrize("workers", [1, 3])
def test_it_is_placed_in_order_and_published_with_the_others(home, workers: int) -> None:
    """Lines of the chunks in input order, one commit for all three outputs, its digest in the metadata."""
    source = home.data / "in.csv"
    source.write_text("a,b\n" + "".join(f"{number},{'x' * (number % 40)}\n" for number in range(5_000)))
    config = RunConfig(
        inputs=(str(source),),
        output_csv=home.output / "x.csv",
        output_parquet=home.output / "x.parquet",
        workers=workers,
        chunk_bytes=8_192,
        home=home.path,
    )
    record = service.execute(config)
    outputs = record.outputs
    written = (home.output / "x.count").read_bytes()
    title, *lines, last = written.decode().splitlines()
    assert set(outputs) == {"csv", "parquet", "count"}
    assert outputs["count"].sha256 == hashlib.sha256(written).hexdigest()
    assert outputs["count"].bytes == len(written)
    assert title == "rows a chunk"
    assert sum(map(int, lines)) == 5_000
    assert last == f"{len(lines)} chunks, 5000 rows, 2 columns"
    assert len(lines) > 10
    csv = (home.output / "x.csv").read_text().splitlines()[1:]
    sizes = [sum(len(line) + 1 for line in csv[begin : begin + count]) for begin, count in chunk_rows(lines)]
    assert all(abs(size - 8_192) < 50 for size in sizes[1:-1])  # about so much: by less than a line


def chunk_rows(lines: list[str]) -> Iterator[tuple[int, int]]:
    """First row and number of rows of each chunk."""
    begin = 0
    for line in lines:
        yield begin, int(line)
        begin += int(line)


def test_it_is_backed_up_like_the_others(home) -> None:
    """A second run keeps the first one's output."""
    source = home.data / "in.csv"
    source.write_text("a,b\n1,2\n")
    config = RunConfig(inputs=(str(source),), output_csv=home.output / "x.csv", workers=1, home=home.path)
    for _ in range(2):
        service.execute(config)
    assert len(list(home.output.glob("x.count.bak.*"))) == 1
