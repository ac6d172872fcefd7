"""The Parquet reader: the columns of a file, their batches as slabs, and a row group's columns as a table."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.columns.cells import to_cells
from etl_batch.columns.schema import plain
from etl_batch.errors import FormatRefused
from etl_batch.formats.content import Content
from etl_batch.formats.source import Slab, Source, SourceColumn, unique_names
from etl_batch.model import Reject

if TYPE_CHECKING:
    import pyarrow.parquet as pq

SLAB_ROWS = 65_536
CODED_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows `[first, first + rows)` of one row group."""

    row_group: int
    first: int
    rows: int


def open_parquet(content: Content) -> pq.ParquetFile:
    """The opened file; raises `FormatRefused` when its footer cannot be read, `InputRefused` when it has changed."""
    import pyarrow.parquet as pq  # only where there is such a file: it takes as long to load as a small one to read

    try:
        with content.opened() as file:
            return pq.ParquetFile(file.for_library())
    except (pa.ArrowException, OSError) as error:
        raise FormatRefused(
            sentences.inputs.NO_WHOLE_PARQUET.format(path=content.path, reason=_first_line(error)),
            tried=["parquet"],
        ) from error


def parquet_columns(schema: pa.Schema) -> tuple[SourceColumn, ...]:
    """The columns of a file, structs taken apart into `outer.inner`, each with a name and a plain type of its own."""
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    names = unique_names([name for name, _ in leaves])
    return tuple(SourceColumn(name, plain_type(kind)) for name, (_, kind) in zip(names, leaves, strict=True))


def _leaves(name: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    if pa.types.is_struct(kind):
        for inner in kind:
            yield from _leaves(f"{name}.{inner.name}", inner.type)
    else:
        yield name, kind


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without its encoding: dictionaries, views, large and fixed-size variants become the plain type."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return pa.string()
    if pa.types.is_large_binary(kind) or kind == pa.binary_view():
        return pa.binary()
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    return kind


def read_row_group(file: pq.ParquetFile, source: Source[RowRange], number: int, names: Sequence[str]) -> pa.Table:
    """Some columns of a row group, without the rows whose text in them is not valid."""
    paths = column_paths(file, source, names)
    columns = [column for column in source.columns if paths is None or column.name in names]
    schema = pa.schema([(column.name, column.type) for column in columns])
    try:
        batches = [
            with_rejects(flat(batch, columns), source.path, 0, 0).batch(schema.names)
            for batch in file.iter_batches(SLAB_ROWS, row_groups=[number], columns=paths, use_threads=False)
        ]
    except (pa.ArrowException, OSError) as error:
        raise damaged(source, number, error) from error
    return pa.Table.from_batches(batches, schema).select(list(names))


def column_bytes(file: pq.ParquetFile, source: Source[RowRange], number: int, names: Sequence[str]) -> int:
    """Bytes in the file of some columns of a row group."""
    group, paths = file.metadata.row_group(number), column_paths(file, source, names)
    chunks = [group.column(index) for index in range(group.num_columns)]
    return sum(
        chunk.total_compressed_size
        for chunk in chunks
        if paths is None or any(f"{chunk.path_in_schema}.".startswith(f"{path}.") for path in paths)
    )


def column_paths(file: pq.ParquetFile, source: Source[RowRange], names: Sequence[str]) -> list[str] | None:
    """Where columns stand in the file's schema; None: in all of it, because a path would stand for several columns."""
    fields = file.schema_arrow
    leaves = [name for field in fields for name, _ in _leaves(field.name, field.type)]
    if len(set(leaves)) < len(leaves) or any("." in field.name for field in fields):
        return None
    return [leaf for leaf, column in zip(leaves, source.columns, strict=True) if column.name in names]


def damaged(source: Source[RowRange], number: int, error: Exception) -> FormatRefused:
    """The refusal of a file because of a row group, and why Arrow cannot read it."""
    return FormatRefused(
        sentences.inputs.ROW_GROUP_UNREADABLE.format(path=source.path, number=number, reason=_first_line(error)),
        tried=["parquet"],
    )


def flat(batch: pa.RecordBatch, wanted: Sequence[SourceColumn]) -> pa.RecordBatch:
    """The batch under the wanted columns, which are all it has: structs taken apart, plain types.

    Text that is under a dictionary stays so.
    """
    table = pa.Table.from_batches([batch])
    while any(pa.types.is_struct(column.type) for column in table.schema):
        table = table.flatten()
    columns = [_as_type(column.chunk(0), source.type) for column, source in zip(table.columns, wanted, strict=True)]
    return pa.RecordBatch.from_arrays(columns, [column.name for column in wanted])


def _as_type(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == CODED_TEXT and pa.types.is_string(kind) else pc.cast(column, kind)


def with_rejects(batch: pa.RecordBatch, path: str, first: int, offset: int) -> Slab:
    """The slab of a batch; rows with text that is no UTF-8 become rejects, with the byte offset of their row group."""
    bad: dict[int, Reject] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) and not is_valid(column):
            for row, cell in enumerate(column.cast(pa.binary()).to_pylist()):
                if cell is not None and row not in bad and not _is_utf8(cell):
                    raw = base64.b64encode(cell).decode("ascii")
                    detail = sentences.rejects.CELL_NO_UTF8
                    bad[row] = Reject(path, offset, first + row, "invalid_text", name, detail, raw, "base64")
    good = batch.filter(pa.array([row not in bad for row in range(batch.num_rows)])) if bad else batch
    numbers = [row for row in range(batch.num_rows) if row not in bad] if bad else range(batch.num_rows)

    names = good.schema.names

    def origin(row: int) -> Reject:
        """Where a row stands, with its cells by name."""
        one = good.slice(row, 1)
        cells = {name: to_cells(plain(cell))[0].as_py() for name, cell in zip(names, one.columns, strict=True)}
        raw = json.dumps(cells, ensure_ascii=False)
        return Reject(path, offset, first + numbers[row], "", None, "", raw)

    return Slab.of(good, batch.num_rows, rejects=[bad[row] for row in sorted(bad)], origin=origin)


def is_valid(array: pa.Array) -> bool:
    """Whether the array's values are what its type says; text need not be."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
