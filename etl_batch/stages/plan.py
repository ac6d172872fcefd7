"""The first stage: from paths to sources, output columns, the sampling plan, and the chunks in order.

Everything here depends on the input and the seed alone, never on workers or chunk sizes: whatever is planned from a
sample of the input is the same for every run over it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns import forms as text_forms
from etl_batch.columns.schema import OutputColumn, join_all, output_names
from etl_batch.errors import InputRefused
from etl_batch.formats.parquet.reader import open_parquet, read_parquet
from etl_batch.formats.records.decoder import decode
from etl_batch.formats.source import Chunk, Source
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.splitting import split_file
from etl_batch.layouts import Layout, extent
from etl_batch.model import FileFormat

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

MAX_CHUNK_BYTES = 16 << 20
"""Chunks past this size gain nothing and cost memory, so a larger `chunk_bytes` is taken as this."""
_SAMPLE_BLOCKS = 32
_BLOCK_BYTES = 64 << 10
_BLOCK_ROWS = 4096
_DICTIONARY_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """What the planning sample says of one output column."""

    name: str
    type: pa.DataType
    distinct: int
    rows: int
    nulls: int
    monotonic: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is going to do."""

    sources: tuple[Source, ...]
    columns: tuple[OutputColumn, ...]
    samples: tuple[ColumnSample, ...]
    sample: dict[str, list[pa.Array]]
    """The planning sample: by column the arrays of its blocks."""
    sample_rows: int
    total_bytes: int
    rows_estimate: int

    @property
    def layout(self) -> Layout | None:
        """The record layout of the sources, when they all have the same one."""
        layouts = {source.layout.name: source.layout for source in self.sources if source.layout is not None}
        alone = len(layouts) == 1 and all(source.layout is not None for source in self.sources)
        return next(iter(layouts.values())) if alone else None

    @property
    def names(self) -> list[str]:
        """Names of the output columns."""
        return [column.name for column in self.columns]


def plan_run(sources: Sequence[Source], config: RunConfig) -> Plan:
    """Sample the sources, settle the columns, estimate the rows. Raises `InputRefused` when the input is too large."""
    total = sum(source.size_bytes for source in sources)
    if config.max_size_gb is not None and total > config.max_size_gb * 1e9:
        raise InputRefused(
            f"The input is {total / 1e9:.3g} GB, over --max-size-gb {config.max_size_gb:g}; raise it or split it."
        )
    return plan_columns(sources)


def plan_columns(sources: Sequence[Source]) -> Plan:
    """The columns of the sources with their types, and about how many rows there are, from a sample of each."""
    total = sum(source.size_bytes for source in sources)
    names = output_names(sources)
    sample: dict[str, list[pa.Array]] = {name: [] for name in names}
    forms = dict.fromkeys(names, text_forms.ALL)
    rows_estimate, sample_rows = 0.0, 0
    for source in sources:
        rows, sampled_bytes = 0, 0
        for batch, size in sample_source(source):
            rows, sampled_bytes = rows + batch.num_rows, sampled_bytes + size
            for column, array in zip(source.columns, batch.columns, strict=True):
                sample[column.name].append(array)
                if column.text:
                    forms[column.name] &= text_forms.forms(array, forms[column.name])
        sample_rows += rows
        data_bytes = max(source.size_bytes - source.start, 0)
        rows_estimate += rows * data_bytes / sampled_bytes if sampled_bytes else 0
    typed = {
        name: join_all(c.type for source in sources for c in source.columns if c.name == name and not c.text)
        for name in names
    }
    samples = tuple(_summary(name, sample[name], forms[name], typed[name]) for name in names)
    columns = tuple(OutputColumn(s.name, forms[s.name], typed[s.name], _repeats(s)) for s in samples)
    return Plan(tuple(sources), columns, samples, sample, sample_rows, total, max(round(rows_estimate), sample_rows))


def _repeats(sample: ColumnSample) -> bool:
    """Whether Parquet's dictionary encoding pays: it costs more than it saves where most values differ."""
    return sample.rows > 0 and sample.distinct <= max(sample.rows * _DICTIONARY_SHARE, 1)


def _summary(name: str, arrays: list[pa.Array], forms: int, typed: pa.DataType | None) -> ColumnSample:
    column = OutputColumn(name, forms, typed)
    plain = [pc.cast(a, a.type.value_type) if pa.types.is_dictionary(a.type) else a for a in arrays]
    if len({array.type for array in plain}) > 1:
        plain = [pc.cast(array, pa.string()) for array in plain if not pa.types.is_nested(array.type)]
    whole = pa.chunked_array(plain, type=plain[0].type if plain else pa.string())
    if pa.types.is_nested(whole.type):
        return ColumnSample(name, column.type, len(whole), len(whole), whole.null_count, False)
    if pa.types.is_string(whole.type) and typed is None:
        form = text_forms.pick(forms)
        cells = whole.combine_chunks()
        whole = pa.chunked_array([text_forms.parse(cells, form) if form else cells])
    monotonic = False
    if pa.types.is_integer(whole.type) and whole.null_count == 0 and len(whole) > 1:
        steps = np.diff(whole.to_numpy())
        monotonic = bool((steps > 0).all() or (steps < 0).all())
    distinct = len(pc.unique(whole)) - (1 if whole.null_count else 0)
    return ColumnSample(name, column.type, distinct, len(whole), whole.null_count, monotonic)


def sample_source(source: Source) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Batches of records from places spread evenly over a source, each with the bytes it stands for."""
    if source.format == FileFormat.PARQUET:
        yield from _sample_parquet(source)
    elif source.format == FileFormat.BINARY:
        yield from _sample_binary(source)
    else:
        yield from _sample_text(source)


def _sample_binary(source: Source) -> Iterator[tuple[pa.RecordBatch, int]]:
    assert source.layout is not None
    size = source.layout.record_size
    where = extent(source.layout, source.path, source.size_bytes)
    each = max(_BLOCK_BYTES // size, 1)
    with Path(source.path).open("rb") as file:
        for first in _places(where.records, each):
            records = min(each, where.records - first)
            offset = where.first + first * size
            raw = os.pread(file.fileno(), records * size, offset)
            decoded = decode(source.layout, raw, source=source.path, offset=offset, first_record=first)
            yield decoded.batch, len(raw)


def _sample_text(source: Source) -> Iterator[tuple[pa.RecordBatch, int]]:
    pieces = list(_text_pieces(source))
    quoted = any(b'"' in raw for _, raw in pieces)
    if not quoted:  # whole records that can be told by their newlines: one parse of all takes a quarter of the time
        pieces = [(source.start, b"".join(raw for _, raw in pieces))]
    for offset, raw in pieces:
        # Cut without knowing the quotes, a block can hold broken records at its ends: rejects, left out here.
        piece = Chunk(0, source, offset, len(raw), exact_quotes=b'"' in raw)
        rows = [slab.batch for slab in read_text(piece, bytearray(raw)) if slab.batch.num_rows]
        for batch in rows:
            yield batch, len(raw) // len(rows)


def _text_pieces(source: Source) -> Iterator[tuple[int, bytes]]:
    """Blocks of a text file from newline to newline, with their byte offsets."""
    assert source.dialect is not None
    unit = 2 if source.dialect.encoding.startswith("utf-16") else 1
    newline = source.dialect.newline.encode(source.dialect.encoding)
    with Path(source.path).open("rb") as file:
        for first in _places(source.size_bytes - source.start, _BLOCK_BYTES):
            offset = source.start + first // unit * unit
            raw = os.pread(file.fileno(), _BLOCK_BYTES, offset)
            begin, end = 0, len(raw)
            if first:
                begin = raw.find(newline) + unit
            if offset + len(raw) < source.size_bytes:
                end = raw.rfind(newline) + unit
            begin += (begin % unit) and 1
            end -= end % unit
            if end > begin:
                yield offset + begin, raw[begin:end]


def _sample_parquet(source: Source) -> Iterator[tuple[pa.RecordBatch, int]]:
    meta = open_parquet(source.path).metadata
    for group in _places(meta.num_row_groups, 1)[:16]:
        rows = min(meta.row_group(group).num_rows, _BLOCK_ROWS)
        for slab in read_parquet(Chunk(0, source, 0, rows, row_group=group)):
            yield slab.batch, max(source.size_bytes * slab.batch.num_rows // max(meta.num_rows, 1), 1)


def _places(length: int, each: int) -> list[int]:
    """Starts of at most `_SAMPLE_BLOCKS` blocks of `each`, spread evenly over `length`; all of it when it is short."""
    blocks = -(-length // each)
    if blocks <= _SAMPLE_BLOCKS:
        return list(range(0, length, each))
    return [round((length - each) * place / (_SAMPLE_BLOCKS - 1)) for place in range(_SAMPLE_BLOCKS)]


def cut_chunks(plan: Plan, config: RunConfig) -> Iterator[Chunk]:
    """All chunks in input order, cut as they are asked for."""
    chunk_bytes = min(config.chunk_bytes, MAX_CHUNK_BYTES)
    number = count()
    for source in plan.sources:
        if source.format == FileFormat.BINARY:
            yield from _cut_binary(source, chunk_bytes, number)
        elif source.format == FileFormat.PARQUET:
            yield from _cut_parquet(source, chunk_bytes, number)
        else:
            yield from _cut_text(source, chunk_bytes, number)


def _cut_binary(source: Source, chunk_bytes: int, number: Iterator[int]) -> Iterator[Chunk]:
    assert source.layout is not None
    size = source.layout.record_size
    where = extent(source.layout, source.path, source.size_bytes)
    step = max(chunk_bytes // size, 1) * size
    end = where.first + where.records * size
    for offset in range(where.first, end, step):
        length = min(step, end - offset)
        yield Chunk(next(number), source, offset, length, cost_bytes=length)
    if where.trailing_bytes:
        length = where.trailing_bytes
        yield Chunk(next(number), source, where.trailing_offset, length, trailing=True, cost_bytes=length)


def _cut_text(source: Source, chunk_bytes: int, number: Iterator[int]) -> Iterator[Chunk]:
    assert source.dialect is not None
    with Path(source.path).open("rb") as file:
        for piece in split_file(file.fileno(), source.start, source.size_bytes, source.dialect, chunk_bytes):
            yield Chunk(next(number), source, piece.offset, piece.length, piece.exact, cost_bytes=piece.length)


def _cut_parquet(source: Source, chunk_bytes: int, number: Iterator[int]) -> Iterator[Chunk]:
    meta = open_parquet(source.path).metadata
    for index in range(meta.num_row_groups):
        group = meta.row_group(index)
        each = max(int(chunk_bytes * group.num_rows / max(group.total_byte_size, 1)), 1)
        for first in range(0, group.num_rows, each):
            rows = min(each, group.num_rows - first)
            cost = source.size_bytes * rows // max(meta.num_rows, 1)
            yield Chunk(next(number), source, first, rows, row_group=index, cost_bytes=cost)
