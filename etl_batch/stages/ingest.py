"""A worker's whole task: read one chunk, clean it, encode it, and put it in its place.

`ingest_chunk` is a free function with picklable arguments. Rows never leave the process: what goes back to the parent
is the `ChunkResult` (counts, sums, sample candidates, footers).
"""

from __future__ import annotations

import base64
import errno
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.sampling import Bounds, sample_keys, select_candidates
from etl_batch.analytics.tally import StratumTally, tally_chunk
from etl_batch.errors import InputRefused, OutputFailed, TooManyRejects
from etl_batch.model import Counts, FileFormat, Reject
from etl_batch.parallel.turns import Position, Turns
from etl_batch.readers import text_forms
from etl_batch.readers.binary import decode
from etl_batch.readers.parquet_file import read_parquet
from etl_batch.readers.source import Chunk, Slab, renumber
from etl_batch.readers.text import read_text
from etl_batch.security.escaping import escape_cells
from etl_batch.stages.measure import measure_values, stratum_codes
from etl_batch.stages.schema import OutputColumn, empty_column
from etl_batch.writers import columnar, delimited

ROW_GROUP_BYTES = 16 << 20
"""Input bytes that go into one Parquet row group."""
_BINARY_SLAB_BYTES = 4 << 20
_TRANSIENT = {errno.EIO, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.ENETRESET}
_FIRST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """What all chunks of a run have in common."""

    columns: tuple[OutputColumn, ...]
    csv_path: Path | None
    parquet_path: Path | None
    rejects_path: Path
    turns_path: Path
    seed: int
    stratum: str | None
    measures: tuple[str, ...]
    bounds: Bounds
    retries: int
    max_rejects: int | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of one chunk that may be sampled: keys, and their columns as the chunk encoded them."""

    keys: np.ndarray[Any, Any]
    rows: pa.Table
    forms: tuple[int, ...]
    from_text: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What the parent learns of a chunk."""

    number: int
    source: int
    cost_bytes: int
    counts: Counts
    csv_end: int
    parquet_end: int
    escaped_cells: int
    forms: tuple[int, ...]
    row_groups: tuple[columnar.RowGroup, ...]
    from_text: tuple[bool, ...]
    reasons: Counter[str]
    tally: StratumTally
    candidates: tuple[Candidates, ...]
    worker: int


@dataclass(slots=True)
class _Encoded:
    """The outputs of one chunk before it has a place."""

    csv: list[memoryview | bytes] = field(default_factory=list)
    csv_bytes: int = 0
    bodies: list[columnar.EncodedRows] = field(default_factory=list)
    groups: list[columnar.RowGroup] = field(default_factory=list)
    batches: list[tuple[pa.RecordBatch, tuple[int, ...]]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    records: int = 0
    skipped: int = 0
    rows: int = 0
    escaped: int = 0


def ingest_chunk(job: Job, chunk: Chunk) -> ChunkResult:
    """Read, clean, encode and place one chunk; see the module."""
    turns = _open_turns(job.turns_path)
    turns.check()
    encoder = _Encoder(job, chunk)
    for slab in _slabs(job, chunk):
        encoder.add(slab)
    encoded = encoder.finish()
    tally, codes = _tally(job, encoded)
    start, end = _take_place(job, chunk, encoded, turns)
    _write(job, encoded, start)
    if job.max_rejects is not None and end.rejected > job.max_rejects:
        raise TooManyRejects(
            f"More than --max-rejects {job.max_rejects} records were rejected; nothing was published. "
            f"Read {job.rejects_path} for the reasons, or raise the limit.",
            rejected=end.rejected,
        )
    return ChunkResult(
        number=chunk.number,
        source=chunk.source.ordinal,
        cost_bytes=chunk.cost_bytes,
        counts=Counts(encoded.records, encoded.rows, len(encoded.rejects), encoded.skipped),
        csv_end=end.csv,
        parquet_end=end.parquet,
        escaped_cells=encoded.escaped,
        forms=tuple(encoder.forms),
        row_groups=_placed_groups(encoded, start.parquet),
        from_text=encoder.from_text,
        reasons=Counter(reject.reason for reject in encoded.rejects),
        tally=tally,
        candidates=_candidates(job, chunk, encoded, codes, tally, start.rows, encoder.from_text),
        worker=os.getpid(),
    )


@cache
def _open_turns(path: Path) -> Turns:
    return Turns(path)


def _slabs(job: Job, chunk: Chunk) -> Iterator[Slab]:
    """The chunk's records; transient read errors are tried again with exponential backoff."""
    if chunk.source.format == FileFormat.PARQUET:
        yield from read_parquet(chunk)
        return
    buffer = _read(job, chunk)
    if chunk.source.format == FileFormat.CSV:
        yield from read_text(chunk, buffer)
        return
    raw = memoryview(buffer)[: chunk.length]
    yield from [_trailing_slab(chunk, raw)] if chunk.trailing else _binary_slabs(chunk, raw)


def _read(job: Job, chunk: Chunk) -> bytearray:
    for attempt in range(job.retries + 1):
        try:
            return _read_once(chunk)
        except OSError as error:
            if error.errno not in _TRANSIENT or attempt == job.retries:
                raise InputRefused(
                    f"{chunk.source.path} cannot be read at byte {chunk.offset} ({error.strerror}, "
                    f"{attempt + 1} attempts). Check the disk it is on."
                ) from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError("unreachable")


_buffer = bytearray()


def _read_once(chunk: Chunk) -> bytearray:
    """The chunk's bytes in a buffer that the next chunk reuses: no page faults after the first."""
    global _buffer
    if len(_buffer) < chunk.length:
        _buffer = bytearray(chunk.length)
    view = memoryview(_buffer)[: chunk.length]
    descriptor = os.open(chunk.source.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = 0
        while done < chunk.length:
            got = os.preadv(descriptor, [view[done:]], chunk.offset + done)
            if not got:
                raise InputRefused(f"{chunk.source.path} became shorter while it was read. Run again on a file at rest.")
            done += got
    finally:
        os.close(descriptor)
    view.release()
    return _buffer


def _binary_slabs(chunk: Chunk, raw: memoryview) -> Iterator[Slab]:
    layout = chunk.source.layout
    assert layout is not None
    step = max(_BINARY_SLAB_BYTES // layout.record_size, 1) * layout.record_size
    for begin in range(0, len(raw), step):
        piece = raw[begin : begin + step]
        offset = chunk.offset + begin
        decoded = decode(
            layout, piece, source=chunk.source.path, offset=offset, first_record=begin // layout.record_size
        )
        yield Slab(decoded.batch, len(piece) // layout.record_size, rejects=decoded.rejects)


def _trailing_slab(chunk: Chunk, raw: memoryview) -> Slab:
    """The bytes after the last whole record: one reject, or one skipped record where the layout ignores them."""
    layout = chunk.source.layout
    assert layout is not None
    empty = pa.RecordBatch.from_arrays([pa.array([], kind) for kind in layout.schema.types], schema=layout.schema)
    if layout.trailing_bytes == "ignore":
        return Slab(empty, records=1, skipped=1)
    detail = f"{chunk.length} bytes are left after the last whole record of {layout.record_size} bytes"
    raw_text = base64.b64encode(raw).decode("ascii")
    reject = Reject(chunk.source.path, chunk.offset, 0, "partial_record", None, detail, raw_text, "base64")
    return Slab(empty, records=1, rejects=[reject])


class _Encoder:
    """Cleans and encodes the slabs of one chunk in order."""

    def __init__(self, job: Job, chunk: Chunk) -> None:
        self.job = job
        place = {column.name: index for index, column in enumerate(chunk.source.columns)}
        self.places = [place.get(column.name) for column in job.columns]
        self.from_text = tuple(
            at is not None and chunk.source.columns[at].text for at in self.places
        )
        self.forms = [
            column.forms if text else text_forms.ALL
            for column, text in zip(job.columns, self.from_text, strict=True)
        ]
        self.same_columns = self.places == list(range(len(chunk.source.columns)))
        self.encoded = _Encoded()
        self.pending: list[pa.RecordBatch] = []
        self.pending_forms: tuple[int, ...] = ()
        self.pending_bytes = 0

    def add(self, slab: Slab) -> None:
        """Take one slab in."""
        out = self.encoded
        out.rejects += slab.rejects
        out.records += slab.records
        out.skipped += slab.skipped
        out.rows += slab.batch.num_rows
        if not slab.batch.num_rows:
            return
        columns, forms = self._typed(slab.batch)
        if self.job.csv_path is not None:
            self._add_csv(slab, forms)
        batch = pa.RecordBatch.from_arrays(columns, [column.name for column in self.job.columns])
        if self.pending and (batch.schema != self.pending[0].schema or forms != self.pending_forms):
            self._flush()
        self.pending.append(batch)
        self.pending_forms = forms
        self.pending_bytes += slab.batch.nbytes
        if self.pending_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def finish(self) -> _Encoded:
        """The outputs of the chunk."""
        self._flush()
        return self.encoded

    def _typed(self, batch: pa.RecordBatch) -> tuple[list[pa.Array], tuple[int, ...]]:
        """The output columns with the types they can have, and the forms they were parsed by."""
        columns: list[pa.Array] = []
        forms: list[int] = []
        for index, column in enumerate(self.job.columns):
            place = self.places[index]
            form = text_forms.TEXT
            if place is None:
                array = empty_column(batch.num_rows, column.type)
            elif self.from_text[index]:
                array, form = self._parsed(index, batch.column(place))
            else:
                array = batch.column(place)
            columns.append(array)
            forms.append(form)
        return columns, tuple(forms)

    def _parsed(self, index: int, cells: pa.StringArray) -> tuple[pa.Array, int]:
        if not self.forms[index]:
            return cells, text_forms.TEXT
        view = text_forms.Cells(cells)
        self.forms[index] &= view.forms(self.forms[index])
        form = text_forms.pick(self.forms[index])
        return (view.parse(form), form) if form else (cells, form)

    def _add_csv(self, slab: Slab, forms: tuple[int, ...]) -> None:
        out = self.encoded
        columns: list[pa.Array] = []
        escaped = 0
        for index, (column, place) in enumerate(zip(self.job.columns, self.places, strict=True)):
            if place is None:
                columns.append(empty_column(slab.batch.num_rows, column.type))
                continue
            cells = slab.batch.column(place)
            # A cell that has a form is a plain number, a date or a boolean: nothing that could need an escape.
            if self.from_text[index] and not forms[index]:
                cells, count = escape_cells(cells)
                escaped += count
            columns.append(cells)
        if slab.clean_text is not None and self.same_columns and not escaped:
            out.csv.append(slab.clean_text)
            out.csv_bytes += len(slab.clean_text)
            return
        text, count = delimited.encode_rows(columns, text_escaped=self.from_text)
        out.escaped += escaped + count
        out.csv.append(text)
        out.csv_bytes += len(text)

    def _flush(self) -> None:
        if not self.pending:
            return
        if self.job.parquet_path is not None:
            names = [column.name for column in self.job.columns if column.dictionary]
            encoded = columnar.encode_rows(self.pending, names)
            kinds = tuple(columnar.value_type(kind) for kind in self.pending[0].schema.types)
            rows = sum(batch.num_rows for batch in self.pending)
            self.encoded.bodies.append(encoded)
            self.encoded.groups.append(columnar.RowGroup(kinds, self.pending_forms, rows, encoded.entry))
        self.encoded.batches += [(batch, self.pending_forms) for batch in self.pending]
        self.pending, self.pending_bytes = [], 0


def _take_place(job: Job, chunk: Chunk, encoded: _Encoded, turns: Turns) -> tuple[Position, Position]:
    """Wait for the turn, number the rejects, reserve the ranges and pass the turn on."""
    start = turns.wait_for(chunk.number).entering(chunk.source.ordinal)
    encoded.rejects = renumber(encoded.rejects, start.records)
    lines = "".join(json.dumps(reject.to_json(), ensure_ascii=False) + "\n" for reject in encoded.rejects)
    reject_bytes = lines.encode("utf-8", "backslashreplace")
    parquet_bytes = sum(len(part.body) for part in encoded.bodies)
    end = Position(
        start.csv + encoded.csv_bytes,
        start.parquet + parquet_bytes,
        start.rejects + len(reject_bytes),
        start.rejected + len(encoded.rejects),
        start.source,
        start.records + encoded.records,
        start.rows + encoded.rows,
    )
    turns.pass_on(chunk.number, end)
    _place(job.rejects_path, [reject_bytes] if reject_bytes else [], start.rejects)
    return start, end


def _write(job: Job, encoded: _Encoded, start: Position) -> None:
    if job.csv_path is not None:
        _place(job.csv_path, encoded.csv, start.csv)
    if job.parquet_path is not None:
        _place(job.parquet_path, [part.body for part in encoded.bodies], start.parquet)


def _place(path: Path, parts: list[memoryview | bytes] | list[memoryview] | list[bytes], offset: int) -> None:
    """Write the parts one after the other from `offset` on."""
    if not parts:
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            for part in parts:
                view = memoryview(part)
                while len(view):
                    written = os.pwrite(descriptor, view, offset)
                    offset += written
                    view = view[written:]
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputFailed(
            f"{path.parent}: the output could not be written ({error.strerror}). "
            "Free space there, or choose another folder; the previous output is untouched."
        ) from error


def _placed_groups(encoded: _Encoded, start: int) -> tuple[columnar.RowGroup, ...]:
    placed = []
    for group, part in zip(encoded.groups, encoded.bodies, strict=True):
        placed.append(group.placed(start))
        start += len(part.body)
    return tuple(placed)


def _tally(job: Job, encoded: _Encoded) -> tuple[StratumTally, np.ndarray[Any, Any]]:
    """Exact counts and sums of the chunk by stratum, and the stratum code of every row."""
    batches = [batch for batch, _ in encoded.batches]
    if not batches:
        return StratumTally(), np.zeros(0, np.int32)
    if job.stratum is None:
        codes, values = np.zeros(encoded.rows, np.int32), [None]
    else:
        codes, values = stratum_codes([batch.column(job.stratum) for batch in batches])
    measures: dict[str, np.ndarray[Any, Any]] = {}
    scales: dict[str, int] = {}
    for name in job.measures:
        parts = [measure_values(batch.column(name)) for batch in batches]
        if len({scale for _, scale in parts}) > 1:  # the column was widened within this chunk
            parts = [(values / 10**scale, 0) for values, scale in parts]
        measures[name] = np.ma.concatenate([values for values, _ in parts]) if len(parts) > 1 else parts[0][0]
        scales[name] = parts[0][1]
    return tally_chunk(codes, values, measures, scales), codes


def _candidates(
    job: Job,
    chunk: Chunk,
    encoded: _Encoded,
    codes: np.ndarray[Any, Any],
    tally: StratumTally,
    first_row: int,
    from_text: tuple[bool, ...],
) -> tuple[Candidates, ...]:
    """The rows of the chunk that the sample may draw, one set for each way its columns were encoded."""
    if not encoded.rows or not job.measures:
        return ()
    keys = sample_keys(job.seed, chunk.source.ordinal, first_row, encoded.rows)
    rows = select_candidates(keys, codes, job.bounds.by_code(tally.values))
    out, begin = [], 0
    for batch, forms in encoded.batches:
        end = begin + batch.num_rows
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)]
        taken = pa.Table.from_batches([batch.take(pa.array(here - begin))])
        out.append(Candidates(keys[here], columnar.decoded(taken), forms, from_text))
        begin = end
    return _merged(out)


def _merged(parts: list[Candidates]) -> tuple[Candidates, ...]:
    """Neighbours that were encoded alike, joined."""
    out: list[Candidates] = []
    for part in parts:
        if out and out[-1].forms == part.forms and out[-1].rows.schema == part.rows.schema:
            last = out.pop()
            rows = pa.concat_tables([last.rows, part.rows]).combine_chunks()
            part = Candidates(np.concatenate([last.keys, part.keys]), rows, part.forms, part.from_text)
        out.append(part)
    return tuple(out)
