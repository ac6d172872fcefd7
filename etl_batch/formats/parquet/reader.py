"""The Parquet reader: the columns of a file, their batches under plain types, and a row group's columns as a table."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import pyarrow as pa

from etl_batch import memory, sentences
from etl_batch.columns.plain_types import as_plain, plain_type
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.content import Content
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.parquet.footer import OddFooter, column_chunks, footer_memory
from etl_batch.formats.parquet.int96 import COARSE, Extent, as_struct, extent, int96_places
from etl_batch.formats.parquet.rejects import with_rejects
from etl_batch.formats.source import SourceColumn, unique_names
from etl_batch.parquet_terms import SIGNATURE_BYTES, TAIL_BYTES, footer_bytes

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from etl_batch.formats.parquet.source import ParquetSource

SLAB_ROWS = 65_536
_FOOTER_SHARE = 4
"""A footer may become so many times what the rows of a chunk may: it is there once, and tells of all of them."""
_FOOTER_LIMIT = 1 << 30
"""Past this the process ends, for Arrow cannot do without: it keeps the machine from a footer that was not foreseen."""
_kept = threading.local()
"""The metadata of the file that the thread has opened last: a footer is parsed once, and not for every piece."""


@dataclass(frozen=True, slots=True)
class Wide:
    """A column of moments of 96 bits some of which are no counts of nanoseconds, and its place among the columns."""

    place: int
    column: SourceColumn


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows `[first, first + rows)` of one row group."""

    row_group: int
    first: int
    rows: int


def open_parquet(content: Content, int96: str = "ns") -> pq.ParquetFile:
    """The opened file, moments of 96 bits in this unit.

    Raises `FormatRefused` when its footer cannot be read, `InputRefused` when it has changed.
    """
    import pyarrow.parquet as pq  # only where there is such a file: it takes as long to load as a small one to read

    try:
        with content.opened() as opened, memory.limited(_FOOTER_LIMIT):
            key, size = opened.key(), _footer_size(opened)
            kept = _kept.metadata if getattr(_kept, "key", None) == key else None
            _kept.starts = _kept.starts if kept is not None else None
            if kept is None and footer_memory(opened) > _FOOTER_SHARE * memory.row_bytes():
                raise MemoryError
            file = pq.ParquetFile(opened.for_library(), metadata=kept, coerce_int96_timestamp_unit=int96)
            _kept.key, _kept.metadata = key, file.metadata
    except MemoryError as error:
        raise too_large(content.path, sentences.inputs.PART_FOOTER) from error
    except (pa.ArrowException, OSError) as error:
        raise FormatRefused(
            sentences.inputs.NO_WHOLE_PARQUET.format(path=content.path, reason=_first_line(error)),
            tried=["parquet"],
        ) from error
    except UnicodeDecodeError as error:  # whoever opens a file looks at the names of all its columns
        reason = sentences.inputs.NAME_NO_TEXT
        raise FormatRefused(
            sentences.inputs.NO_WHOLE_PARQUET.format(path=content.path, reason=reason), tried=["parquet"]
        ) from error
    # Arrow ends the process when it is asked for a column that is encrypted while the footer is not.
    if size == file.metadata.serialized_size + SIGNATURE_BYTES:
        raise encrypted(content.path)
    return file


def rows_before(file: pq.ParquetFile, number: int) -> int:
    """Rows before a row group, of the file that the thread has opened last: they are added up once."""
    if _kept.starts is None:
        groups = (file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups))
        _kept.starts = list(accumulate(groups, initial=0))
    return int(_kept.starts[number])


def _footer_size(opened: OpenContent) -> int:
    return footer_bytes(opened.read(TAIL_BYTES, opened.size - TAIL_BYTES))


def encrypted(path: str) -> FormatRefused:
    """The refusal of a file that is encrypted as a whole, or some of whose columns are."""
    return FormatRefused(sentences.inputs.ENCRYPTED_PARQUET.format(path=path), tried=["parquet"])


def parquet_columns(schema: pa.Schema) -> tuple[SourceColumn, ...]:
    """The columns of a file, structs taken apart into `outer.inner`, each with a name and a plain type of its own."""
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    names = unique_names([name for name, _ in leaves])
    return tuple(SourceColumn(name, plain_type(kind)) for name, (_, kind) in zip(names, leaves, strict=True))


def leaf_types(schema: pa.Schema) -> list[pa.DataType]:
    """The types of these columns as they are in the file."""
    return [kind for field in schema for _, kind in _leaves("", field.type)]


def _leaves(name: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    plain = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if pa.types.is_struct(plain):
        for inner in plain:
            yield from _leaves(f"{name}.{inner.name}", inner.type)
    else:
        yield name, kind


def settle_int96(file: pq.ParquetFile, content: Content, columns: Sequence[SourceColumn]) -> tuple[Wide, ...]:
    """The columns of moments of 96 bits that are not all counts of nanoseconds, found by a look at all of them.

    Raises `FormatRefused` where such moments stand in nested columns.
    """
    places = int96_places(file.schema, leaf_types(file.schema_arrow))
    if not places:
        return ()
    names = [columns[place].name for place in places]
    paths = column_paths(file, columns, names)
    coarse, found = open_parquet(content, COARSE), [Extent()] * len(places)
    for number in range(file.num_row_groups):
        try:
            for fine, whole in zip(*_read_both(file, coarse, number, paths, SLAB_ROWS), strict=True):
                pairs = list(zip(_apart(fine), _apart(whole), strict=True))
                pairs = pairs if paths is not None else [pairs[place] for place in places]
                found = [so_far + extent(*pair) for so_far, pair in zip(found, pairs, strict=True)]
        except (pa.ArrowException, OSError, MemoryError) as error:
            raise damaged(content.path, number, error) from error
    wide = []
    for place, needs in zip(places, found, strict=True):
        column = columns[place]
        if needs.beyond and pa.types.is_nested(column.type):
            raise FormatRefused(
                sentences.inputs.NESTED_INT96.format(path=content.path, name=column.name), tried=["parquet"]
            )
        if needs.beyond:
            wide.append(Wide(place, replace(column, type=needs.type_for(column.type.tz))))
    return tuple(wide)


def read_columns(
    file: pq.ParquetFile,
    source: ParquetSource,
    number: int,
    columns: Sequence[SourceColumn],
    paths: Sequence[str] | None,
    rows: int = SLAB_ROWS,
) -> Iterator[list[pa.Array]]:
    """Some columns of a row group from its first row on, so many rows at a time; those of `source.wide` read twice."""
    if not any(column.name in source.wide for column in columns):
        for batch in memory.decoded(file.iter_batches(rows, row_groups=[number], columns=paths, use_threads=False)):
            yield flat(batch, columns)
        return
    coarse = open_parquet(source.content, COARSE)
    for fine, whole in zip(*_read_both(file, coarse, number, paths, rows), strict=True):
        pairs = zip(columns, _apart(fine), _apart(whole), strict=True)
        yield [
            as_struct(nanoseconds, seconds) if column.name in source.wide else as_plain(nanoseconds, column.type)
            for column, nanoseconds, seconds in pairs
        ]


def _read_both(
    fine: pq.ParquetFile, coarse: pq.ParquetFile, number: int, paths: Sequence[str] | None, rows: int
) -> tuple[Iterator[pa.RecordBatch], Iterator[pa.RecordBatch]]:
    """A row group as two files read it, in the same batches."""
    first, second = (
        memory.decoded(file.iter_batches(rows, row_groups=[number], columns=paths, use_threads=False))
        for file in (fine, coarse)
    )
    return first, second


def read_row_group(file: pq.ParquetFile, source: ParquetSource, number: int, names: Sequence[str]) -> pa.Table:
    """Some columns of a row group, without the rows that a run would reject for them."""
    paths = column_paths(file, source.columns, names)
    columns = [column for column in source.columns if paths is None or column.name in names]
    schema = pa.schema([(column.name, column.type) for column in columns])
    try:
        batches = [
            with_rejects(arrays, columns, source.path, 0, 0).batch(schema.names)
            for arrays in read_columns(file, source, number, columns, paths)
        ]
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise damaged(source.path, number, error) from error
    return pa.Table.from_batches(batches, schema).select(list(names))


def column_bytes(file: pq.ParquetFile, source: ParquetSource, number: int, names: Sequence[str]) -> int:
    """Bytes in the file of some columns of a row group."""
    paths = column_paths(file, source.columns, names)
    try:
        with source.content.opened() as opened:
            chunks = column_chunks(opened, number)
    except OddFooter as error:
        raise damaged(source.path, number, error) from error
    wanted = None if paths is None else [f"{path}.".encode() for path in paths]
    return sum(
        chunk.compressed
        for chunk in chunks
        if wanted is None or any((b".".join(chunk.path) + b".").startswith(path) for path in wanted)
    )


def column_paths(file: pq.ParquetFile, columns: Sequence[SourceColumn], names: Sequence[str]) -> list[str] | None:
    """Where columns stand in the file's schema; None: in all of it, because a path would stand for several columns."""
    fields = file.schema_arrow
    leaves = [name for field in fields for name, _ in _leaves(field.name, field.type)]
    if len(set(leaves)) < len(leaves) or any("." in field.name for field in fields):
        return None
    return [leaf for leaf, column in zip(leaves, columns, strict=True) if column.name in names]


def damaged(path: str, number: int, error: Exception) -> InputRefused:
    """The refusal of a file because of a row group, and why Arrow cannot read it."""
    if isinstance(error, MemoryError):
        return too_large(path, sentences.inputs.PART_ROW_GROUP.format(number=number))
    return FormatRefused(
        sentences.inputs.ROW_GROUP_UNREADABLE.format(path=path, number=number, reason=_first_line(error)),
        tried=["parquet"],
    )


def too_large(path: str, part: str) -> InputRefused:
    """The refusal of a file of which a part takes more memory than there is for a chunk."""
    return InputRefused(
        sentences.inputs.TOO_MUCH_MEMORY.format(path=path, part=part, most=memory.row_bytes()), source=path
    )


def flat(batch: pa.RecordBatch, wanted: Sequence[SourceColumn]) -> list[pa.Array]:
    """The columns of a batch, which are the wanted ones: structs taken apart, plain types.

    Text that is under a dictionary stays so.
    """
    return [as_plain(array, column.type) for array, column in zip(_apart(batch), wanted, strict=True)]


def _apart(batch: pa.RecordBatch) -> list[pa.Array]:
    return [leaf for column in batch.columns for leaf in _leaf_arrays(column)]


def _leaf_arrays(column: pa.Array) -> Iterator[pa.Array]:
    plain = column.storage if isinstance(column, pa.ExtensionArray) else column
    if pa.types.is_struct(plain.type):
        for inner in plain.flatten():
            yield from _leaf_arrays(inner)
    else:
        yield column


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
