"""Parquet as a format: told by its magic bytes, cut into ranges of rows of its row groups."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from etl_batch import sentences
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.look import SAMPLE_BYTES, Look
from etl_batch.formats.parquet.reader import (
    RowRange,
    encrypted,
    open_parquet,
    parquet_columns,
    rows_before,
    settle_int96,
)
from etl_batch.formats.parquet.sizes import CELL_BYTES, MOST_CELLS, promised_bytes, too_many_cells
from etl_batch.formats.reading import spread_places
from etl_batch.formats.source import UNREADABLE, AnySource, Claim, Piece, Reread, SampledRows, Slab, Source
from etl_batch.model import Reject
from etl_batch.parquet_terms import ENCRYPTED_MAGIC, MAGIC

_SAMPLE_BLOCKS = 32
_MOST_GROUPS = 16
_BLOCK_ROWS = 4096
_BLOCK_BYTES = 4 << 20
"""Of the rows of one row group in memory that are looked at; a row that is longer is looked at alone."""
_PROMISED = 2
"""Rows of a piece may become so many times `chunk_bytes`: what repeats is more in memory than it was in its pages."""


@dataclass(frozen=True)
class ParquetSource(Source[RowRange]):
    """One Parquet file."""

    format: ClassVar[str] = "parquet"
    title: ClassVar[str] = "Parquet"
    shows_bytes: ClassVar[bool] = False

    wide: tuple[str, ...] = ()
    """Columns of moments of 96 bits that nanoseconds do not hold: see `int96`."""

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> ParquetSource | None:
        """By the magic bytes at the start; the footer must be whole then."""
        if claim is not Claim.SIGNED:
            return None
        if look.start.startswith(ENCRYPTED_MAGIC):
            raise encrypted(str(look.path))
        if not look.start.startswith(MAGIC):
            look.tried.append(sentences.inputs.TRIED_PARQUET)
            return None
        file = open_parquet(look.content)
        if too_many_cells(file.metadata, look):
            raise InputRefused(
                sentences.inputs.TOO_MANY_CELLS.format(
                    path=look.path, rows=file.metadata.num_rows, size=look.size, most=MOST_CELLS, cell=CELL_BYTES
                )
            )
        columns = parquet_columns(file.schema_arrow)
        if not columns:
            raise FormatRefused(sentences.inputs.NO_COLUMNS.format(path=look.path), tried=["parquet"])
        # A list of many files does not look into them.
        wide = settle_int96(file, look.content, columns) if look.reading.sample_bytes >= SAMPLE_BYTES else ()
        typed = {one.place: one.column for one in wide}
        settled = tuple(typed.get(place, column) for place, column in enumerate(columns))
        return cls(look.ordinal, str(look.path), look.size, settled, tuple(one.column.name for one in wide))

    def sample(self) -> Iterator[SampledRows]:
        """The first rows of row groups that are spread over the file."""
        meta = open_parquet(self.content).metadata
        for group in spread_places(meta.num_row_groups, 1, _SAMPLE_BLOCKS)[:_MOST_GROUPS]:
            rows = meta.row_group(group).num_rows
            rows = min(rows, max(_BLOCK_BYTES * rows // max(self._promised(group), 1), 1), _BLOCK_ROWS)
            for slab in self.read(RowRange(group, 0, rows), 0):
                batch = slab.batch(self.column_names)
                yield SampledRows(batch, max(self.size_bytes * slab.rows // max(meta.num_rows, 1), 1))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[RowRange]]:
        """Rows of one row group, as many as stand for about `chunk_bytes` of it before compression.

        They begin where most columns begin a page: what stands in a page before a row is decoded with it.
        """
        from etl_batch.formats.parquet.ranges import page_starts  # see `read`

        file = open_parquet(self.content)
        total = max(file.metadata.num_rows, 1)
        for index in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(index)
            size = max(group.total_byte_size, self._promised(index) // _PROMISED, 1)
            each = max(int(chunk_bytes * group.num_rows / size), 1)
            starts = page_starts(file, self.content, index) if each < group.num_rows else []
            first = 0
            while first < group.num_rows:
                end = _nearest(starts, first + each, each // 2) if first + each < group.num_rows else group.num_rows
                yield Piece(RowRange(index, first, end - first), self.size_bytes * (end - first) // total)
                first = end

    def _promised(self, row_group: int) -> int:
        with self.content.opened() as opened:
            return promised_bytes(opened, row_group)

    def halves(self, place: RowRange) -> Sequence[RowRange]:
        """See `Source`."""
        first = place.rows // 2
        if not first:
            return ()
        return (
            RowRange(place.row_group, place.first, first),
            RowRange(place.row_group, place.first + first, place.rows - first),
        )

    def unread(self, place: RowRange, detail: str) -> Slab:
        """See `Source`: a row is where its row group is."""
        from etl_batch.formats.parquet.ranges import group_begin  # see `read`

        offset, detail = group_begin(self, place.row_group), sentences.rejects.UNREAD_ROW.format(why=detail)
        return Slab((), rows=0, records=1, rejects=[Reject(self.path, offset, 0, UNREADABLE, None, detail, "")])

    def read(self, place: RowRange, retries: int) -> Iterator[Slab]:  # noqa: ARG002 - Arrow reads, and says no errno
        """The piece's slabs of typed columns."""
        from etl_batch.formats.parquet.ranges import read_rows  # only where there is such a file, see `open_parquet`

        yield from read_rows(self, place)

    def first_record(self, place: RowRange) -> int:
        """See `Source`: the footer says it."""
        return rows_before(open_parquet(self.content), place.row_group) + place.first

    def place_of(self, reject: Reject) -> int:
        """See `Source`: its offset is that of its row group."""
        return reject.record

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:  # noqa: ARG002 - the file says all
        """See `Source`: rows that a schema has refused are rows again, for it to judge."""
        from etl_batch.formats.parquet.again import read_again  # see `read`

        return read_again(self, rejects)

    @classmethod
    def probe(cls, sources: Sequence[ParquetSource], fraction: float, record_bytes: float) -> BlockPlan:  # noqa: ARG003 - its footer counts them
        """Row groups, in the needed columns only."""
        from etl_batch.formats.parquet.probe import plan_blocks  # a run never probes

        return plan_blocks(sources, fraction)


def _nearest(starts: Sequence[int], row: int, within: int) -> int:
    """The page start (they rise) that is nearest to a row; the row itself when none is near enough."""
    at = bisect_left(starts, row)
    near = min(starts[max(at - 1, 0) : at + 1], key=lambda start: abs(start - row), default=row)
    return near if abs(near - row) <= within else row
