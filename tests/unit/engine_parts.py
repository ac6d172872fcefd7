"""Small parts of the engine for tests that look at one stage alone: sources, clean rows, sinks and chunks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch.columns import text_forms
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_cells import TextLines
from etl_batch.config import RunConfig
from etl_batch.files.beneath import Place
from etl_batch.files.staging import stage, stage_folder
from etl_batch.formats.look import Reading
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.records.source import RecordSource
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource, SourceColumn, renumber
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.source import TextSource
from etl_batch.formats.text.splitting import TextPlace
from etl_batch.layouts import Layout, parse_layouts
from etl_batch.model import Dialect, Reject
from etl_batch.parallel.executor import name_worker
from etl_batch.parallel.turns import Position, Turns
from etl_batch.reading_options import ReadingOptions
from etl_batch.sinks.csv_file import CsvSink
from etl_batch.sinks.parquet_file import ParquetPartsSink, ParquetSink
from etl_batch.sinks.sink import FinalColumns, PlacedChunk, Sink
from etl_batch.stages.chunk import ChunkJob, ChunkResult, ChunkTask, ingest_chunk
from etl_batch.stages.measure.choosing import choose_measuring
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan, cut_chunks, plan_columns


def text_source(folder: Path, content: str | bytes, *, ordinal: int = 0, name: str = "in.csv") -> TextSource:
    """A text file as the engine detects it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = detect(path, ordinal, Reading({}))
    assert isinstance(source, TextSource)
    return source


def layout_of(fields: list[dict[str, Any]], **keys: Any) -> Layout:
    """The layout `r` with these fields and other keys."""
    return parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": fields, **keys}}}))["r"]


def record_source(folder: Path, raw: bytes, layout: Layout, *, ordinal: int = 0) -> RecordSource:
    """A file of records in a layout that was named."""
    path = folder / f"{ordinal}.bin"
    path.write_bytes(raw)
    source = detect(path, ordinal, Reading({"r": layout}, ReadingOptions("r")))
    assert isinstance(source, RecordSource)
    return source


def parquet_source(
    folder: Path, columns: pa.Table | dict[str, Any], *, ordinal: int = 0, row_group_size: int | None = None
) -> ParquetSource:
    """A Parquet file as the engine detects it."""
    path = folder / f"{ordinal}.parquet"
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, path, row_group_size=row_group_size)
    source = detect(path, ordinal, Reading({}))
    assert isinstance(source, ParquetSource)
    return source


@dataclass
class Found:
    """What all chunks of a source hold together, rejects numbered from its first record."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    records: int = 0
    skipped: int = 0


def read_all(source: AnySource, chunk_bytes: int) -> Found:
    """Read every piece of a source, as the workers do between them."""
    found = Found()
    for piece in source.cut(chunk_bytes):
        before = found.records
        for slab in source.read(piece.place, 0):
            batch = slab.batch([str(number) for number in range(len(slab.columns))])
            found.rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
            found.rejects += renumber(slab.rejects, before)
            found.records += slab.records
            found.skipped += slab.skipped
    assert found.records == len(found.rows) + len(found.rejects) + found.skipped
    return found


def text_rows(cells: Mapping[str, Sequence[str]], text: bytes | None = None) -> CleanRows:
    """Clean rows whose columns all came as text cells. `text`: the text that they stand in, if any."""
    arrays = tuple(pa.array(column, pa.string()) for column in cells.values())
    forms = tuple(text_forms.pick(text_forms.forms(array)) for array in arrays)
    typed = [text_forms.parse(array, form) if form else array for array, form in zip(arrays, forms, strict=True)]
    batch = pa.RecordBatch.from_arrays(typed, list(cells))
    lines = None if text is None else text_lines(text, list(cells))
    all_of_them = (True,) * len(arrays)
    return CleanRows(batch, forms, arrays, all_of_them, (lines is None or not lines.quoted,) * len(arrays), lines)


def text_lines(text: bytes, names: list[str]) -> TextLines:
    """The rows of a text as the reader finds them."""
    columns = tuple(SourceColumn(name, pa.string(), text=True) for name in names)
    source = TextSource(0, "in.csv", len(text), columns, Dialect(header=False), 0)
    (slab,) = read_text(source, TextPlace(0, len(text), exact=False), bytearray(text))
    assert slab.lines is not None
    return slab.lines


def typed_rows(columns: Mapping[str, pa.Array]) -> CleanRows:
    """Clean rows whose columns all came with types."""
    batch = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
    none = (0,) * len(columns)
    return CleanRows(batch, none, tuple(batch.columns), (False,) * len(columns), (True,) * len(columns))


def columns_of(rows: CleanRows, *dictionary: str) -> tuple[OutputColumn, ...]:
    """The output columns that a plan over just these rows would have; `dictionary`: those whose values repeat."""
    return tuple(
        OutputColumn(name, form or text_forms.ALL, None if text else kind, name in dictionary)
        for name, kind, form, text in zip(
            rows.typed.schema.names, rows.typed.schema.types, rows.forms, rows.from_text, strict=True
        )
    )


def final_of(rows: CleanRows, schema: pa.Schema | None = None, *dictionary: str) -> FinalColumns:
    """The final columns when these rows came last; `schema`: the final types, where others widened them."""
    forms = tuple(
        0 if schema is not None and pa.types.is_string(schema.field(index).type) else form
        for index, form in enumerate(rows.forms)
    )
    return FinalColumns(columns_of(rows, *dictionary), schema or rows.typed.schema, forms)


def make_sinks(folder: Path, part_bytes: int = 0) -> tuple[CsvSink, ParquetSink]:
    """Both sinks with empty staged files; `part_bytes`: that of Parquet with a folder, for parts of about that size."""
    csv, place = CsvSink(stage(Place.of(folder / "out.csv"), "run")), Place.of(folder / "out.parquet")
    if part_bytes:
        return csv, ParquetPartsSink(stage_folder(replace(place, parts=True), "run"), part_bytes=part_bytes)
    return csv, ParquetSink(stage(place, "run"))


def write_chunks(sink: Sink, chunks: Sequence[Sequence[CleanRows]], final: FinalColumns) -> int:
    """Begin a sink, place the chunks one behind the other, the last one first, and close it; returns its size."""
    return sink.close(place_chunks(sink, chunks, final, sink.begin(final.columns)), final)


def place_chunks(sink: Sink, chunks: Sequence[Sequence[CleanRows]], final: FinalColumns, end: int) -> list[PlacedChunk]:
    """Place the chunks one behind the other from a place on, the last one first; returns where they are."""
    placed, writes = [], []
    for chunk in chunks:
        encoder = sink.encoder(final.columns)
        for rows in chunk:
            encoder.add(rows)
        encoded = encoder.finish()
        start = sink.begins(end) if encoded.size else end
        end = start + encoded.size
        placed.append(PlacedChunk(start, end, sink.settle(encoded.entry, start)))
        writes.append((encoded.parts, start))
    for parts, start in reversed(writes):
        sink.place(parts, start)
    return placed


def config_of(folder: Path, **changes: Any) -> RunConfig:
    """A configuration with one worker and both outputs in a folder."""
    values: dict[str, Any] = {"inputs": ("in.csv",), "workers": 1, "home": folder, "chunk_bytes": 64}
    values |= {"output_csv": folder / "out.csv", "output_parquet": folder / "out.parquet"}
    return RunConfig(**{**values, **changes})


def measuring_of(plan: Plan, folder: Path, **changes: Any) -> Measuring:
    """What a run with this configuration would measure."""
    return choose_measuring(plan, config_of(folder, **changes))


@contextmanager
def begun(folder: Path, plan: Plan, sinks: tuple[Sink, ...], measuring: Measuring) -> Iterator[tuple[ChunkJob, Turns]]:
    """A run that has begun: staged files with their first bytes, and the turn at chunk 0."""
    starts = {sink.name: sink.begin(plan.columns) for sink in sinks}
    rejects = folder / "rejects.jsonl"
    rejects.write_bytes(b"")
    with Turns.begin(folder / "turns.bin", Position({REJECTS: 0, **starts})) as turns:
        yield ChunkJob(plan.columns, sinks, rejects, turns.path, measuring, 0), turns


@dataclass(frozen=True)
class Ingest:
    """What the workers would have sent back, and what it was planned from."""

    plan: Plan
    measuring: Measuring
    sinks: tuple[Sink, ...]
    results: list[ChunkResult]
    rejects: Path


def ingest_here(sources: Sequence[AnySource], folder: Path, part_bytes: int = 0, **changes: Any) -> Ingest:
    """Take all chunks of the sources through the worker's stages, in this process."""
    plan, sinks = plan_columns(sources), make_sinks(folder, part_bytes)
    measuring = measuring_of(plan, folder, **changes)
    called = Path("/proc/self/comm").read_text(encoding="utf-8").rstrip("\n")
    try:
        with begun(folder, plan, sinks, measuring) as (job, _):
            results = [ingest_chunk(job, ChunkTask(chunk)) for chunk in cut_chunks(plan, config_of(folder, **changes))]
    finally:
        name_worker(called)
    return Ingest(plan, measuring, sinks, results, job.rejects_path)
