"""The first stage: from paths to sources, output columns, the sampling plan, and the chunks in order.

Everything here depends on the input and the seed alone, never on workers or chunk sizes: whatever is planned from a
sample of the input is the same for every run over it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import memory, sentences, stopping
from etl_batch.columns import conventions, text_forms
from etl_batch.columns.conventions import AS_WRITTEN, Conventions
from etl_batch.columns.schema import OutputColumn, empty_column, join_all, plain
from etl_batch.columns.text_cells import TextCells, without_guards
from etl_batch.errors import InputRefused, blaming
from etl_batch.formats.source import AnySource, Chunk, Each, Part, Piece, SampledRows
from etl_batch.layouts import Layout
from etl_batch.limits import read_limits
from etl_batch.reading_options import ReadingOptions
from etl_batch.schemas.spec import ExtraColumns, Schema, load_schema
from etl_batch.stores.url import is_url

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

MAX_CHUNK_BYTES = 8 << 20
"""Chunks past this size gain nothing and cost memory, so a larger `chunk_bytes` is taken as this."""
MOST_PARTS = 128
"""Sources that share a chunk at most, so that those that wait for their turn do not wait long."""
MOST_SAMPLED = 256
"""Sources that the planning sample is taken from, which would grow with their number else."""
_DICTIONARY_SHARE = 0.2
_CUT_AHEAD = 8
"""Sources whose cutting is begun before they are reached."""


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
    schema: Schema | None = None
    """What the columns were declared to be."""

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
    most = read_limits(config.home).input_bytes
    if most and total > most:
        raise InputRefused(sentences.inputs.OVER_LIMIT.format(size=total / 1e9, most=most / 1e9))
    schema = load_schema(config.schema_file) if config.schema_file is not None else None
    return plan_columns([surveyed(source) for source in sources], conventions_of(config), schema)


def surveyed(source: AnySource) -> AnySource:
    """The source once it has looked at what planning needs of all of it."""
    with blaming(source.path), memory.reading(source.path):
        return source.surveyed()


def conventions_of(config: RunConfig) -> Conventions:
    """What a configuration says of text cells."""
    return Conventions.of(ReadingOptions.of(vars(config)), normalise=config.normalise)


def plan_columns(sources: Sequence[AnySource], written: Conventions = AS_WRITTEN, schema: Schema | None = None) -> Plan:
    """The columns of the sources with their types, and about how many rows there are, from a sample of each.

    `written`: how text cells are, as far as it was declared; `schema`: what was declared of the columns.
    """
    total = sum(source.size_bytes for source in sources)
    names = output_names(sources, schema)
    sample: dict[str, list[pa.Array]] = {name: [] for name in names}
    forms = dict.fromkeys(names, text_forms.ALL)
    rows_estimate, sample_rows = 0.0, 0
    looked_at = sources_to_sample(sources)
    for source in looked_at:
        rows, sampled_bytes = 0, 0
        with memory.reading(source.path):
            for sampled in _sampled(source):
                stopping.check()
                rows, sampled_bytes = rows + sampled.batch.num_rows, sampled_bytes + sampled.bytes
                constants = (
                    TextCells.repeated(text, sampled.batch.num_rows).to_arrow() for text in source.constant_texts
                )
                for column, cells in zip(source.all_columns, (*sampled.batch.columns, *constants), strict=True):
                    if column.name not in sample:
                        continue
                    array = without_guards(cells) if column.guarded else cells
                    sample[column.name].append(array)
                    if column.text:
                        forms[column.name] &= conventions.forms(array, written, forms[column.name])
        sample_rows += rows
        rows_estimate += rows * source.data_bytes / sampled_bytes if sampled_bytes else 0
    if written.declared:
        sample = _as_read(sources, sample, forms, written)
    rows_estimate *= _scale(sources, looked_at)
    kinds: dict[str, set[pa.DataType]] = {name: set() for name in names}
    for column in {column for source in sources for column in source.columns if not column.text}:
        if column.name in kinds and not pa.types.is_null(column.type):
            kinds[column.name].add(column.type)
    typed = {name: join_all(sorted(kinds[name], key=str)) for name in names}
    sample = {name: [_of_type(array, typed[name]) for array in arrays] for name, arrays in sample.items()}
    samples = tuple(_summary(name, sample[name], forms[name], typed[name]) for name in names)
    columns = tuple(
        _declared(OutputColumn(s.name, forms[s.name], typed[s.name], _repeats(s), written=written), schema)
        for s in samples
    )
    rows_estimate = max(round(rows_estimate), sample_rows)
    return Plan(tuple(sources), columns, samples, sample, sample_rows, total, rows_estimate, schema)


def _sampled(source: AnySource) -> Iterator[SampledRows]:
    with blaming(source.path):
        yield from source.sample()


def _declared(column: OutputColumn, schema: Schema | None) -> OutputColumn:
    """The column with the type that the schema gives it, if any."""
    spec = schema.by_name.get(column.name) if schema is not None else None
    if spec is None or spec.kind is None:
        return column
    forms = text_forms.TEXT if spec.kind.text else column.forms
    return replace(column, forms=forms, declared=spec.kind.arrow)


def sources_to_sample(sources: Sequence[AnySource]) -> list[AnySource]:
    """The sources that the planning sample is taken from, in input order: all, or `MOST_SAMPLED` of very many.

    Of each set of columns the first, as far as they go; then others spread evenly over the input.
    """
    if len(sources) <= MOST_SAMPLED:
        return list(sources)
    first_of = {source.all_columns: place for place, source in reversed(list(enumerate(sources)))}
    chosen = set(sorted(first_of.values())[:MOST_SAMPLED])
    step = len(sources) / (MOST_SAMPLED - len(chosen) + 1)
    chosen |= {int(number * step) for number in range(1, MOST_SAMPLED - len(chosen) + 1)}
    return [sources[place] for place in sorted(chosen)]


def _scale(sources: Sequence[AnySource], looked_at: Sequence[AnySource]) -> float:
    """How many bytes of records there are for one in the sources that were looked at."""
    seen = sum(source.data_bytes for source in looked_at)
    return sum(source.data_bytes for source in sources) / seen if seen and len(looked_at) < len(sources) else 1.0


def output_names(sources: Sequence[AnySource], schema: Schema | None = None) -> list[str]:
    """Names of the columns of all sources together: those declared, those of the files, then what their places say."""
    declared = [spec.name for spec in schema.columns] if schema is not None else []
    dropped = schema is not None and schema.extra == ExtraColumns.DROP
    own = () if dropped else (name for source in sources for name in source.column_names)
    constants = (each.name for source in sources for each in source.constants)
    return list(dict.fromkeys((*declared, *own, *constants)))


def _as_read(
    sources: Sequence[AnySource], sample: dict[str, list[pa.Array]], forms: dict[str, int], written: Conventions
) -> dict[str, list[pa.Array]]:
    """The sample with its text cells as they are read, in the columns in which they are."""
    texts = {column.name for source in sources for column in source.columns if column.text}
    by = {name: written if forms[name] else written.for_text() for name in texts}
    return {
        name: [
            conventions.canonical_text(array, by[name]) if name in by and pa.types.is_string(array.type) else array
            for array in arrays
        ]
        for name, arrays in sample.items()
    }


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


def cut_chunks(plan: Plan, config: RunConfig, each: Each | None = None) -> Iterator[Chunk]:
    """All chunks in input order, cut as they are asked for. `each`: has workers look through what is far from here.

    Small sources, whole ones alone, share a chunk: what a chunk costs apart from its bytes is worth many of their rows.
    """
    chunk_bytes = min(config.chunk_bytes, MAX_CHUNK_BYTES)
    number = count()
    small: list[Part] = []
    size = 0
    far = [each if config.cluster is not None or is_url(source.path) else None for source in plan.sources]
    cuts = (_parts(source, chunk_bytes, by) for source, by in zip(plan.sources, far, strict=True))
    for parts in _begun_ahead(cuts):
        first = next(parts, None)
        if first is None:
            continue
        second = next(parts, None)
        fits = second is None and size + first[1] <= chunk_bytes and len(small) < MOST_PARTS
        if small and not fits:
            yield Chunk(next(number), tuple(small), size)
            small, size = [], 0
        if second is None:
            small.append(first[0])
            size += first[1]
            continue
        for part, cost in chain((first, second), parts):
            yield Chunk(next(number), (part,), cost)
    if small:
        yield Chunk(next(number), tuple(small), size)


def _begun_ahead(cuts: Iterator[Iterator[tuple[Part, int]]]) -> Iterator[Iterator[tuple[Part, int]]]:
    """The same, with some that come next begun: what others look through for them is there when it is asked for."""
    waiting = deque(islice(cuts, _CUT_AHEAD))
    while waiting:
        yield waiting.popleft()
        waiting.extend(islice(cuts, 1))


def _parts(source: AnySource, chunk_bytes: int, each: Each | None) -> Iterator[tuple[Part, int]]:
    """The parts of a source, and the input bytes that each stands for."""
    with blaming(source.path):
        pieces = source.cut(chunk_bytes) if each is None else source.cut_elsewhere(chunk_bytes, each)
    return _of_pieces(source, pieces)


def _of_pieces(source: AnySource, pieces: Iterator[Piece[Any]]) -> Iterator[tuple[Part, int]]:
    with blaming(source.path):
        for piece in pieces:
            yield Part(source, piece.place, source.supply(piece.place)), piece.cost_bytes
