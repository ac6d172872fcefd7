"""Blocks of delimited text: their records to rows, many blocks in one parse.

The blocks of a file partition its records: a record belongs to the block in which its first byte stands, and is read to
its end. The blocks of a batch stand one behind the other in one buffer, and the partial record that a block begins with
is overwritten with newlines, which the parser passes over: nothing is copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from etl_batch import sentences
from etl_batch.columns import text_forms
from etl_batch.columns.measures import measure_values
from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import EtlError, InputRefused
from etl_batch.formats.blocks import (
    BATCH_BYTES,
    RECORDS_A_BLOCK,
    BlockBatch,
    BlockPlan,
    Integers,
    Reads,
    WantedColumns,
    block_bytes,
    blocks_to_draw,
)
from etl_batch.formats.text.quotes import BlockWindow, MoreNeeded, PlacedRecords, place_records
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.splitting import TextPlace, counted_spans, exact_spans, unit_dtype
from etl_batch.model import Dialect

if TYPE_CHECKING:
    from etl_batch.formats.text.source import TextSource

_PARSED_BYTES = 1 << 20
_LEAST_SLACK = 256
_AROUND = (0, 64 << 10, 1 << 20)
"""Bytes before a block, and behind it, that are looked at to tell where its records begin, one after the other."""
MOST_AHEAD = 64 << 20


def plan_blocks(sources: Sequence[TextSource], fraction: float, record_bytes: float) -> BlockPlan:
    """Blocks of so many bytes, counted from each file's first record on."""
    lengths = [source.data_bytes for source in sources]
    each = block_bytes(sum(lengths), fraction, record_bytes)
    counts = tuple(-(-length // each) for length in lengths)
    sampled = blocks_to_draw(sum(lengths), fraction, each, sum(counts))
    slack = int(min(max(record_bytes * RECORDS_A_BLOCK, _LEAST_SLACK), each))

    def reader(place: int, numbers: Integers) -> TextBlocks:
        return TextBlocks(sources[place], numbers, each, slack + slack % 2)

    return BlockPlan(counts, sum(lengths), sampled, reader, each, counted=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """The records that begin in one block; `exact`: quotes stand astray in them."""

    text: bytes
    """In UTF-8."""
    size: int
    """Bytes in the file."""
    exact: bool


@dataclass(frozen=True, slots=True)
class TextBlocks:
    """A file's drawn blocks, to be read: `numbers` of blocks of `each` bytes, counted from the first record on."""

    source: TextSource
    numbers: Integers
    each: int
    slack: int
    """Bytes read behind a block at once, for the end of its last record."""

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time. Raises `InputRefused` for a record past all measure."""
        step = max(BATCH_BYTES // self.each, 1)
        buffer = bytearray(min(step, len(self.numbers)) * (self.each + self.slack + 1))
        descriptor = os.open(self.source.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for first in range(0, len(self.numbers), step):
                numbers = self.numbers[first : first + step].tolist()
                batch = self._joined(descriptor, numbers, wanted, reads, buffer)
                yield batch or self._closely(descriptor, numbers, wanted, reads)
        finally:
            os.close(descriptor)

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return self.source.dialect

    def _joined(
        self, descriptor: int, numbers: list[int], wanted: WantedColumns, reads: Reads, buffer: bytearray
    ) -> BlockBatch | None:
        """The blocks in one parse; None when some need a closer look."""
        if unit_dtype(self.dialect).itemsize > 1:
            return None
        view, newline = memoryview(buffer), self.dialect.newline.encode()
        units = np.frombuffer(buffer, np.uint8)
        sizes, lines = [], []
        end, quoted = 0, False
        for number in numbers:
            offset = self.source.start + number * self.each
            before = 1 if number else 0
            got = os.preadv(descriptor, [view[end : end + before + self.each + self.slack]], offset - before)
            reads.bytes += got
            stop, filled = min(end + before + self.each, end + got), end + got
            begin = end
            if buffer.find(b'"', end, filled) >= 0:
                placed = self._placed(units[end:filled], before, stop - end, number, offset - before + got)
                if placed is None:
                    return None
                quoted = True
                begin, finish, count = end + placed.begin, end + placed.end, placed.lines
            else:
                if before:
                    begin = buffer.find(newline, end, stop - 1) + 1
                if begin == 0 and before:
                    sizes.append(0)
                    lines.append(0)
                    continue
                found = buffer.find(newline, max(stop - 1, begin), filled)
                if found < 0 and offset - before + got < self.source.size_bytes:
                    return None
                finish = found + 1 if found >= 0 else filled
                count = int(np.count_nonzero(units[begin:finish] == newline[0])) + (found < 0 and finish > begin)
            sizes.append(finish - begin)
            lines.append(count)
            if finish > begin:
                buffer[end:begin] = newline * (begin - end)
                end = finish
        return self._parse(memoryview(buffer)[:end], sizes, lines, wanted, quoted=quoted)

    def _placed(
        self, units: np.ndarray[Any, Any], before: int, stop: int, number: int, reached: int
    ) -> PlacedRecords | None:
        """The block's records by the window that was read anyway; None when that is not enough to tell."""
        window = BlockWindow(units, before, stop, number == 0, reached >= self.source.size_bytes)
        try:
            placed = place_records(window, self.dialect, len(self.source.columns), final=False)
        except MoreNeeded:
            return None
        return None if placed is None or placed.exact else placed

    def _parse(
        self, text: memoryview, sizes: list[int], lines: list[int], wanted: WantedColumns, *, quoted: bool
    ) -> BlockBatch | None:
        """All records at once; None unless each line is one record with the right number of fields."""
        body: memoryview | bytes = text
        if self.dialect.encoding == "latin-1":
            body = str(text, "latin-1").encode()
        elif not _is_utf8(text):
            return None
        rows = sum(lines)
        if not rows:
            return _clean_batch(sizes, lines, None, {})
        table = self._table(body, wanted, quoted=quoted)
        if table is None or table.num_rows != rows:
            return None
        stratum = _column(table, wanted.stratum)
        return _clean_batch(sizes, lines, stratum, _measures(table, wanted))

    def _table(self, body: memoryview | bytes, wanted: WantedColumns, *, quoted: bool) -> pa.Table | None:
        """The needed columns: the stratum encoded, measures that are numbers as such, all else as text."""
        keys = {name: str(index) for index, name in enumerate(self.source.column_names)}
        names = [name for name in wanted.names if name in keys] or self.source.column_names[:1]
        types = {keys[name]: pa.string() for name in names}
        for column in wanted.measures:
            if column.name in keys and not wanted.exact and _is_number(column):
                types[keys[column.name]] = pa.float64()
        measured = {column.name for column in wanted.measures}
        if wanted.stratum and wanted.stratum.name in keys and wanted.stratum.name not in measured:
            types[keys[wanted.stratum.name]] = pa.dictionary(pa.int32(), pa.string())
        try:
            table = pa_csv.read_csv(
                pa.py_buffer(body),
                read_options=pa_csv.ReadOptions(
                    column_names=list(keys.values()), block_size=_PARSED_BYTES, use_threads=False
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.dialect.delimiter, newlines_in_values=quoted, ignore_empty_lines=True
                ),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=[keys[name] for name in names],
                    column_types=types,
                    strings_can_be_null=False,
                    null_values=[""],
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table.rename_columns(names)

    def _closely(self, descriptor: int, numbers: list[int], wanted: WantedColumns, reads: Reads) -> BlockBatch:
        """The blocks as a run would read them, dead letters told apart; those that cannot be placed are left out."""
        found = [block for number in numbers if (block := self._block(descriptor, number, reads)) is not None]
        reads.left_out += len(numbers) - len(found)
        source = replace(self.source, dialect=replace(self.dialect, encoding="utf-8"))
        plain = [place for place, block in enumerate(found) if not block.exact]
        pieces = [([place], found[place].text, True) for place, block in enumerate(found) if block.exact and block.text]
        pieces.insert(0, (plain, b"".join(found[place].text for place in plain), False))
        places, lost, tables = [np.zeros(0, np.int64)], np.zeros(len(found), np.int64), []
        for members, text, exact in pieces:
            edges = np.cumsum([0, *(len(found[place].text) for place in members)])
            rows, rejects, table = _read_records(source, text, edges, exact=exact)
            places.append(np.array(members, np.int64)[rows])
            np.add.at(lost, np.array(members, np.int64)[rejects], 1)
            tables.append(table)
        joined = np.concatenate(places)
        sizes = np.array([block.size for block in found], np.float64)
        written = np.bincount(joined, minlength=len(found)).astype(np.int64)
        table = pa.concat_tables(tables)
        stratum, measures = _column(table, wanted.stratum), _measures(table, wanted)
        return BlockBatch(sizes, written, lost, joined, stratum, measures)

    def _block(self, descriptor: int, number: int, reads: Reads) -> _Found | None:
        """The records that begin in a block; None when it cannot be told where they begin."""
        unit = unit_dtype(self.dialect).itemsize
        offset = self.source.start + number * self.each
        ahead, step = self.slack, 0
        while True:
            final = step == len(_AROUND) - 1
            start = max(offset - max(_AROUND[step], unit), self.source.start)
            raw = os.pread(descriptor, offset - start + self.each + ahead, start)
            reads.bytes += len(raw)
            units = np.frombuffer(raw, unit_dtype(self.dialect), len(raw) // unit)
            before, last = (offset - start) // unit, start + len(raw) >= self.source.size_bytes
            stop = min(before + self.each // unit, len(units))
            window = BlockWindow(units, before, stop, start == self.source.start, last)
            try:
                placed = place_records(window, self.dialect, len(self.source.columns), final=final)
            except MoreNeeded:
                ahead *= 8
                if ahead > MOST_AHEAD:
                    most = MOST_AHEAD >> 20
                    raise InputRefused(
                        sentences.inputs.RECORD_TOO_LONG.format(path=self.source.path, offset=offset, most=most)
                    ) from None
                continue
            if placed is not None:
                end = len(raw) if last and placed.end == len(units) else placed.end * unit
                return _Found(*self._as_utf8(raw[placed.begin * unit : end]), placed.exact)
            if final:
                return None
            step += 1
            ahead = max(ahead, _AROUND[step])

    def _as_utf8(self, raw: bytes) -> tuple[bytes, int]:
        """Records in UTF-8, and their bytes in the file."""
        if self.dialect.encoding == "utf-8":
            return raw, len(raw)
        if self.dialect.encoding.startswith("utf-16"):
            whole = raw[: len(raw) // 2 * 2]
            return str(whole, self.dialect.encoding, "surrogatepass").encode("utf-8", "surrogatepass"), len(raw)
        return str(raw, self.dialect.encoding, "replace").encode(), len(raw)


def _read_records(
    source: TextSource, text: bytes, edges: Integers, *, exact: bool
) -> tuple[Integers, Integers, pa.Table]:
    """The records of blocks that begin at `edges` of a text: the block of each row and of each reject, and the rows."""
    slabs = list(read_text(source, TextPlace(0, len(text), exact), bytearray(text)))
    tables = [pa.Table.from_batches([slab.batch]) for slab in slabs]
    if not tables:
        empty = {name: pa.array([], pa.string()) for name in source.column_names}
        return np.zeros(0, np.int64), np.zeros(0, np.int64), pa.table(empty)
    table = pa.concat_tables(tables)
    spans = (exact_spans if exact else counted_spans)(text, source.dialect.delimiter)
    blocks = np.searchsorted(edges, spans.starts, side="right") - 1
    kept = spans.starts != spans.ends
    rejects = np.array([reject.record for slab in slabs for reject in slab.rejects], np.int64)
    kept[rejects] = False
    if int(kept.sum()) != table.num_rows:
        raise EtlError(sentences.inputs.SAMPLE_NOT_SPLIT.format(path=source.path))
    return blocks[kept], blocks[rejects], table


def _column(table: pa.Table, column: OutputColumn | None) -> pa.ChunkedArray | None:
    return table.column(column.name) if column is not None and column.name in table.column_names else None


def _clean_batch(
    sizes: list[int],
    lines: list[int],
    stratum: pa.ChunkedArray | None,
    measures: dict[str, tuple[np.ndarray[Any, Any], int]],
) -> BlockBatch:
    rows = np.array(lines, np.int64)
    places = np.repeat(np.arange(len(rows)), rows)
    return BlockBatch(np.array(sizes, np.float64), rows, np.zeros(len(rows), np.int64), places, stratum, measures)


def _is_utf8(text: memoryview) -> bool:
    """Whether the bytes are UTF-8, at Arrow's speed: as one long string."""
    offsets = pa.py_buffer(np.array([0, len(text)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_number(column: OutputColumn) -> bool:
    """Whether the planning rows of a text column are all numbers, so that its cells can be parsed as such."""
    return column.typed is None and bool(text_forms.pick(column.forms) & text_forms.NUMERIC)


def _measures(table: pa.Table, wanted: WantedColumns) -> dict[str, tuple[np.ndarray[Any, Any], int]]:
    """The measures' values: text cells as a run reads them."""
    return {
        column.name: _numbers(table.column(column.name).combine_chunks(), column)
        for column in wanted.measures
        if column.name in table.column_names and table.num_rows
    }


def _numbers(cells: pa.Array, column: OutputColumn) -> tuple[np.ndarray[Any, Any], int]:
    if not pa.types.is_string(cells.type):
        return measure_values(cells)
    wanted = column.forms if column.typed is None and len(cells) else text_forms.TEXT
    return measure_values(text_forms.typed(cells, wanted)[0])
