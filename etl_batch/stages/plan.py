"""The first stage: from paths to sources, output columns, the sampling plan, and the chunks in order.

Everything here depends on the input and the seed alone, never on workers or chunk sizes: whatever is planned from a
sample of the input is the same for every run over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.columns import text_forms
from etl_batch.columns.schema import OutputColumn, empty_column, join_all, plain
from etl_batch.errors import InputRefused
from etl_batch.formats.source import AnySource, Chunk, SourceColumn
from etl_batch.layouts import Layout

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

MAX_CHUNK_BYTES = 8 << 20
"""Chunks past this size gain nothing and cost memory, so a larger `chunk_bytes` is taken as this."""
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

    sources: tuple[AnySource, ...]
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
        layouts = [source.record_layout for source in self.sources]
        return layouts[0] if len({layout.name if layout else None for layout in layouts}) == 1 else None

    @property
    def names(self) -> list[str]:
        """Names of the output columns."""
        return [column.name for column in self.columns]


def plan_run(sources: Sequence[AnySource], config: RunConfig) -> Plan:
    """Sample the sources, settle the columns, estimate the rows. Raises `InputRefused` when the input is too large."""
    total = sum(source.size_bytes for source in sources)
    if config.max_size_gb is not None and total > config.max_size_gb * 1e9:
        raise InputRefused(sentences.inputs.TOO_LARGE.format(size=total / 1e9, most=config.max_size_gb))
    return plan_columns([source.surveyed() for source in sources])


def plan_columns(sources: Sequence[AnySource]) -> Plan:
    """The columns of the sources with their types, and about how many rows there are, from a sample of each."""
    total = sum(source.size_bytes for source in sources)
    names = list(dict.fromkeys(name for source in sources for name in source.column_names))
    sample: dict[str, list[pa.Array]] = {name: [] for name in names}
    forms = dict.fromkeys(names, text_forms.ALL)
    rows_estimate, sample_rows = 0.0, 0
    for source in sources:
        rows, sampled_bytes = 0, 0
        for sampled in source.sample():
            rows, sampled_bytes = rows + sampled.batch.num_rows, sampled_bytes + sampled.bytes
            for column, array in zip(source.columns, sampled.batch.columns, strict=True):
                sample[column.name].append(array)
                if column.text:
                    forms[column.name] &= text_forms.forms(array, forms[column.name])
        sample_rows += rows
        rows_estimate += rows * source.data_bytes / sampled_bytes if sampled_bytes else 0
    typed = {
        name: _joined(column for source in sources for column in source.columns if column.name == name)
        for name in names
    }
    sample = {name: [_of_type(array, typed[name]) for array in arrays] for name, arrays in sample.items()}
    samples = tuple(_summary(name, sample[name], forms[name], typed[name]) for name in names)
    columns = tuple(OutputColumn(s.name, forms[s.name], typed[s.name], _repeats(s)) for s in samples)
    return Plan(tuple(sources), columns, samples, sample, sample_rows, total, max(round(rows_estimate), sample_rows))


def _joined(columns: Iterable[SourceColumn]) -> pa.DataType | None:
    """The type that holds the values of those columns that have types and values."""
    return join_all(column.type for column in columns if not column.text and not pa.types.is_null(column.type))


def _of_type(array: pa.Array, typed: pa.DataType | None) -> pa.Array:
    """The array; one that is null throughout, in a source that gives it no type, as nulls of the column's type."""
    return empty_column(len(array), typed or pa.string()) if pa.types.is_null(array.type) else array


def _repeats(sample: ColumnSample) -> bool:
    """Whether Parquet's dictionary encoding pays: it costs more than it saves where most values differ."""
    return sample.rows > 0 and sample.distinct <= max(sample.rows * _DICTIONARY_SHARE, 1)


def _summary(name: str, arrays: list[pa.Array], forms: int, typed: pa.DataType | None) -> ColumnSample:
    column = OutputColumn(name, forms, typed)
    values = [plain(array) for array in arrays]
    if len({array.type for array in values}) > 1:
        values = [pc.cast(array, pa.string()) for array in values if not pa.types.is_nested(array.type)]
    whole = pa.chunked_array(values, type=values[0].type if values else pa.string())
    if pa.types.is_nested(whole.type):
        return ColumnSample(name, column.type, len(whole), len(whole), whole.null_count, False)
    if pa.types.is_string(whole.type) and typed is None:
        form = text_forms.pick(forms)
        cells = whole.combine_chunks()
        whole = pa.chunked_array([text_forms.parse(cells, form) if form else cells])
    monotonic = False
    if _is_whole(whole.type) and whole.null_count == 0 and len(whole) > 1:
        # Compared, not subtracted: a step down between numbers without a sign is a large one up.
        former, later = whole.slice(0, len(whole) - 1), whole.slice(1)
        monotonic = any(pc.all(compare(later, former)).as_py() for compare in (pc.greater, pc.less))
    distinct = len(pc.unique(whole)) - (1 if whole.null_count else 0)
    return ColumnSample(name, column.type, distinct, len(whole), whole.null_count, monotonic)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0))


def cut_chunks(plan: Plan, config: RunConfig) -> Iterator[Chunk]:
    """All chunks in input order, cut as they are asked for."""
    chunk_bytes = min(config.chunk_bytes, MAX_CHUNK_BYTES)
    number = count()
    for source in plan.sources:
        for piece in source.cut(chunk_bytes):
            yield Chunk(next(number), source, piece.place, piece.cost_bytes)
