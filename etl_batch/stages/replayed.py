"""An input that is read as it once was, and whose rejects are read again as they are to be read now.

A replay is a run over such sources. What was good is read as it was: it comes out as before, whatever was mended. Each
record that was rejected is read again alone, at its place, and stays one record: a row that stands where it belongs, a
reject again, or one to skip. So the equation of the first run holds for both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns.cells import to_cells
from etl_batch.columns.conventions import AS_WRITTEN, Conventions, canonical_text
from etl_batch.columns.schema import convert, join_all, plain
from etl_batch.columns.text_cells import TextCells
from etl_batch.errors import WorkerFailed
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.look import Look
from etl_batch.formats.source import AnySource, Claim, Piece, Places, SampledRows, Slab, Source, SourceColumn
from etl_batch.kernels.kernel import Longs
from etl_batch.layouts import Layout
from etl_batch.model import Dialect, Reject, Replayed
from etl_batch.schemas.check import Checker
from etl_batch.schemas.spec import Schema

_MOST_BYTES = 4 << 20
"""About so many bytes of rejects are read again at once."""


class Rows(Enum):
    """Which rows a pass over the input gives."""

    ALL = 0
    """Those of before and the new ones, each in its place."""
    FORMER = 1
    """Those of before; what is read again is left to the other pass."""
    NEW = 2


@dataclass(frozen=True)
class Reading:
    """A way in which the records of a file were read, or are to be read now."""

    source: AnySource
    schema: Schema | None = None
    written: Conventions = AS_WRITTEN
    typed: frozenset[str] = frozenset()
    """Columns that have a type in the outputs that a replay is of: they get no cells that are written otherwise."""


@dataclass(frozen=True)
class Judged:
    """Rejects that were read again: rows under the columns of the new reading, rejects, and those to skip."""

    columns: Sequence[pa.Array]
    rows: Longs
    """Of each row the place of its reject; they rise."""
    rejects: Mapping[int, Reject]
    """By the place of the former one: the same record, with the reason of now."""
    repaired: Mapping[str, int]


@dataclass(frozen=True)
class ReplayedSource(Source[Any]):
    """One input file. `readings`: how it was read first, and one or more by which its rejects are read in turn."""

    format: ClassVar[str] = "replayed"
    title: ClassVar[str] = "replayed"

    readings: tuple[Reading, ...]
    wanted: Rows = Rows.ALL
    """Which rows are given; what the others are made of counts as `elsewhere`."""

    @classmethod
    def of(cls, readings: Sequence[Reading], wanted: Rows = Rows.ALL) -> ReplayedSource:
        """A source of these readings, whose columns are those of all of them."""
        first = readings[0].source
        known = {field.name: getattr(first, field.name) for field in fields(Source)}
        return cls(**(known | {"columns": _columns(readings)}), readings=tuple(readings), wanted=wanted)

    def unread(self, place: Any, detail: str) -> Slab:  # noqa: ARG002 - it stands for records that have their own rejects
        """See `Source`: what was read once is not given up. Raises `WorkerFailed`."""
        raise WorkerFailed(sentences.runs.NOT_GIVEN_UP.format(path=self.path, why=detail))

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> None:
        """Never: no file is one by itself."""

    @property
    def as_read(self) -> AnySource:
        """The file as it was read first."""
        return self.readings[0].source

    def sample(self) -> Iterator[SampledRows]:
        """Records of the file as it was read first; none of a pass that gives others."""
        if self.wanted is Rows.NEW:
            return
        for sampled in self.as_read.sample():
            arrays = self._under(sampled.batch.columns, self.as_read, sampled.batch.num_rows)
            yield SampledRows(pa.RecordBatch.from_arrays(arrays, self.column_names), sampled.bytes)

    def cut(self, chunk_bytes: int) -> Iterator[Piece[Any]]:
        """The pieces of the file as it was read first."""
        return self.as_read.cut(chunk_bytes)

    def span(self, place: Any) -> tuple[int, int]:
        """See `Source`."""
        return self.as_read.span(place)

    def read(self, place: Any, retries: int) -> Iterator[Slab]:
        """The records as they were read first, rejects read again as often as there are other readings."""
        base, before = self.as_read.first_record(place), 0
        judges = [Judge(reading, self.readings[0]) for reading in self.readings]
        for slab in self.as_read.read(place, retries):
            yield self._replayed(slab, judges, before, base)
            before += slab.records

    @classmethod
    def probe(cls, sources: Sequence[ReplayedSource], fraction: float, record_bytes: float) -> BlockPlan:
        """That of the files as they were read first."""
        former = [source.as_read for source in sources]
        return type(former[0]).probe(former, fraction, record_bytes)

    @property
    def data_bytes(self) -> int:
        """See `Source`."""
        return self.as_read.data_bytes

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Source`."""
        return self.as_read.notes

    @property
    def record_layout(self) -> Layout | None:
        """The layout of now."""
        return self.readings[-1].source.record_layout

    @property
    def text_dialect(self) -> Dialect | None:
        """See `Source`."""
        return self.as_read.text_dialect

    @property
    def text_above(self) -> str | None:
        """See `Source`."""
        return self.as_read.text_above

    def _replayed(self, slab: Slab, judges: Sequence[Judge], before: int, base: int) -> Slab:
        """A slab with its rejects read again; `before` of the piece's records are before it, `base` of the file's."""
        first, *others = judges
        kept = first.checked(slab.unguarded(self.as_read.columns))
        gains: list[_Gain] = []
        rest: Sequence[Reject] = kept.rejects
        for judge in others:
            judged = judge.again([replace(reject, record=reject.record + base) for reject in rest])
            source, rows = judge.reading.source, [rest[place] for place in judged.rows]
            numbers = np.array([reject.record for reject in rows], np.int64)
            places = [source.place_of(replace(reject, record=reject.record + base)) for reject in rows]
            columns = self._under(judged.columns, source, len(numbers))
            gains.append(_Gain(numbers, np.array(places, np.int64), columns, len(rest), judged))
            rest = [replace(judged.rejects[place], record=rest[place].record) for place in sorted(judged.rejects)]
        return self._given(slab, kept, gains, rest, before)

    def _given(self, slab: Slab, kept: Slab, gains: Sequence[_Gain], rest: Sequence[Reject], before: int) -> Slab:
        """What this pass gives of a slab."""
        last, tried = gains[-1], gains[-1].tried
        if self.wanted is Rows.NEW:
            nothing = Slab(self._none(), 0, tried, last.skipped, list(rest), elsewhere=slab.records - tried)
            found = self._merged(nothing, [last], np.zeros(len(last.numbers), np.int64))
            return replace(found, replayed=last.counts, repaired=last.repaired)
        gone = gains if self.wanted is Rows.ALL else gains[:-1]
        whole = replace(
            kept,
            skipped=slab.skipped + sum(gain.skipped for gain in gone),
            repaired=sum((Counter(gain.repaired) for gain in gone), Counter(slab.repaired)),
            origin=None,
        )
        numbers = np.sort(np.concatenate([gain.numbers for gain in gone])) if gone else np.zeros(0, np.int64)
        whole = self._merged(whole, gone, _rows_before(slab, kept, numbers, before))
        if self.wanted is Rows.ALL:
            return replace(whole, rejects=list(rest), replayed=last.counts)
        return replace(whole, rejects=[], records=slab.records - tried, elsewhere=tried)

    def _merged(self, slab: Slab, gains: Sequence[_Gain], places: Longs) -> Slab:
        """The slab with the rows that were gained; `places`: how many of its own stand before each, in their order."""
        rows = len(places)
        if not rows and self.columns == self.as_read.columns:
            return slab
        own = self._under(slab.arrays(), self.as_read, slab.rows) if slab.rows else self._none()
        order = np.argsort(np.concatenate([np.zeros(0, np.int64), *(gain.numbers for gain in gains)]), kind="stable")
        taken = pa.array(np.insert(np.arange(slab.rows), places, slab.rows + order))
        arrays = [
            pa.concat_arrays([mine, *others]).take(taken)
            for mine, *others in zip(own, *(gain.columns for gain in gains), strict=True)
        ]
        columns = [
            TextCells.from_arrow(array) if column.text else array
            for column, array in zip(self.columns, arrays, strict=True)
        ]
        stands = np.concatenate([slab.places.whole(), *(gain.places for gain in gains)])[taken]
        return replace(slab, columns=columns, rows=slab.rows + rows, lines=None, places=Places.of(stands))

    def _under(self, columns: Sequence[pa.Array], source: AnySource, rows: int) -> list[pa.Array]:
        """Columns of a reading under those of all."""
        found = dict(zip(source.column_names, columns, strict=True))
        return [
            pa.nulls(rows, column.type) if column.name not in found else _as_type(found[column.name], column.type)
            for column in self.columns
        ]

    def _none(self) -> list[pa.Array]:
        return [pa.nulls(0, column.type) for column in self.columns]


@dataclass(frozen=True)
class _Gain:
    """What one more reading has brought: rows, by their records' numbers in the piece, and what became of the rest."""

    numbers: Longs
    places: Longs
    """Where they stand: see `Places`."""
    columns: Sequence[pa.Array]
    tried: int
    judged: Judged

    @property
    def repaired(self) -> Mapping[str, int]:
        """See `Slab`."""
        return self.judged.repaired

    @property
    def skipped(self) -> int:
        """Records that are none any more."""
        return self.tried - len(self.numbers) - len(self.judged.rejects)

    @property
    def counts(self) -> Replayed:
        """All of it in numbers."""
        return Replayed(self.tried, len(self.numbers), self.skipped)


class Judge:
    """Says of rejects, in their order, what they are by a reading. `first`: that by which they were rejected."""

    def __init__(self, reading: Reading, first: Reading) -> None:
        self.reading, self.first = reading, first
        source, schema = reading.source, reading.schema
        self.checker = Checker(schema, source, reading.written) if schema is not None else None
        self.constants = source.constant_texts
        self.ways = [_way(column, reading, first.written) for column in source.columns]

    def checked(self, slab: Slab) -> Slab:
        """A slab of the reading's source without the records that break its schema, which are among the rejects."""
        if self.checker is None or not slab.rows:
            return slab
        constants = [TextCells.repeated(text, slab.rows) for text in self.constants]
        return self.checker.check(slab, constants).slab

    def again(self, rejects: Sequence[Reject]) -> Judged:
        """The rejects read again. Their numbers are those of the file, and differ."""
        columns = [[pa.nulls(0, column.type)] for column in self.reading.source.columns]
        rows, found, repaired = [np.zeros(0, np.int64)], dict[int, Reject](), Counter[str]()
        for begin, some in _batches(rejects):
            judged = self._batch(some)
            rows.append(judged.rows + begin)
            found.update({place + begin: reject for place, reject in judged.rejects.items()})
            repaired.update(judged.repaired)
            for parts, array in zip(columns, judged.columns, strict=True):
                parts.append(array)
        return Judged([pa.concat_arrays(parts) for parts in columns], np.concatenate(rows), found, repaired)

    def _batch(self, rejects: Sequence[Reject]) -> Judged:
        source = self.reading.source
        read = source.reread(rejects, self.first.source)
        rejects = [read.whole.get(place, reject) for place, reject in enumerate(rejects)]
        count = len(read.rows)
        places = Places.of(read.rows)
        slab = Slab(read.columns, count, count, origin=lambda row: rejects[read.rows[row]], places=places)
        kept = self.checked(slab.unguarded(source.columns))
        place_of = {reject.record: place for place, reject in enumerate(rejects)}
        refused = {place_of[each.record]: each for each in kept.rejects}
        found = {
            place: replace(rejects[place], reason=each.reason, field=each.field, detail=each.detail)
            for place, each in {**read.rejects, **refused}.items()
        }
        rows = read.rows[[place not in refused for place in read.rows.tolist()]] if refused else read.rows
        return Judged(
            [
                array if way is None else canonical_text(array, way)
                for array, way in zip(map(plain, kept.arrays()), self.ways, strict=True)
            ],
            rows,
            found,
            read.repaired,
        )


def _way(column: SourceColumn, now: Reading, former: Conventions) -> Conventions | None:
    """How cells of a new row are brought to the way in which the others are written; None: they stand as they are."""
    if not column.text or now.written == former:
        return None
    spec = now.schema.by_name.get(column.name) if now.schema is not None else None
    declared = spec is not None and spec.kind is not None and not spec.kind.text
    if (declared or column.name in now.typed) and not same_signs(now.written, former):
        return now.written
    return Conventions(null_words=now.written.null_words)


def same_signs(one: Conventions, other: Conventions) -> bool:
    """Whether numbers and dates are written alike by both."""
    return replace(one, null_words=(), everywhere=False) == replace(other, null_words=(), everywhere=False)


def _batches(rejects: Sequence[Reject]) -> Iterator[tuple[int, Sequence[Reject]]]:
    begin, size = 0, 0
    for place, reject in enumerate(rejects):
        size += len(reject.raw)
        if size >= _MOST_BYTES:
            yield begin, rejects[begin : place + 1]
            begin, size = place + 1, 0
    if begin < len(rejects):
        yield begin, rejects[begin:]


def _rows_before(slab: Slab, kept: Slab, numbers: Longs, before: int) -> Longs:
    """How many of the rows that are kept of a slab stand before the records of these numbers, which rise."""
    if not len(numbers):
        return numbers
    bad = np.array([reject.record for reject in slab.rejects], np.int64)
    if not slab.skipped:
        found = numbers - before - np.searchsorted(bad, numbers)
    elif slab.numbers is not None:
        found = np.searchsorted(slab.numbers, numbers)
    else:
        origin = slab.origin or (lambda row: slab.rejects[row])  # there are no rows then
        found = np.array(
            [bisect_left(range(slab.rows), number, key=lambda row: origin(row).record) for number in numbers.tolist()],
            np.int64,
        )
    refused = np.setdiff1d(np.array([reject.record for reject in kept.rejects], np.int64), bad)
    gone: Longs = found - np.searchsorted(refused, numbers)
    return gone


def _as_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    values = plain(array)
    if values.type == kind:
        return values
    return to_cells(values) if pa.types.is_string(kind) else convert(values, kind)


def _columns(readings: Sequence[Reading]) -> tuple[SourceColumn, ...]:
    """The columns of all readings by name, each of a type that holds what all of them have."""
    found: dict[str, list[SourceColumn]] = {}
    for reading in readings:
        for column in reading.source.columns:
            found.setdefault(column.name, []).append(column)
    return tuple(
        SourceColumn(name, join_all({column.type for column in columns}) or pa.null(), columns[0].text)
        for name, columns in found.items()
    )
