"""Parquet as a format: told by its magic bytes, cut into ranges of rows of its row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from etl_batch import sentences
from etl_batch.errors import FormatRefused
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.look import Look
from etl_batch.formats.parquet.reader import RowRange, open_parquet, parquet_columns, read_rows
from etl_batch.formats.reading import spread_places
from etl_batch.formats.source import Claim, Piece, SampledRows, Slab, Source

_SAMPLE_BLOCKS = 32
_MOST_GROUPS = 16
_BLOCK_ROWS = 4096
_MAGIC = b"PAR1"


@dataclass(frozen=True)
class ParquetSource(Source[RowRange]):
    """One Parquet file."""

    format: ClassVar[str] = "parquet"
    title: ClassVar[str] = "Parquet"
    shows_bytes: ClassVar[bool] = False

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> ParquetSource | None:
        """By the magic bytes at the start; the footer must be whole then."""
        if claim is not Claim.SIGNED:
            return None
        if not look.start.startswith(_MAGIC):
            look.tried.append(sentences.inputs.TRIED_PARQUET)
            return None
        columns = parquet_columns(open_parquet(str(look.path)).schema_arrow)
        if not columns:
            raise FormatRefused(sentences.inputs.NO_COLUMNS.format(path=look.path), tried=["parquet"])
        return cls(look.ordinal, str(look.path), look.size, columns)

    def sample(self) -> Iterator[SampledRows]:
        """The first rows of row groups that are spread over the file."""
        meta = open_parquet(self.path).metadata
        for group in spread_places(meta.num_row_groups, 1, _SAMPLE_BLOCKS)[:_MOST_GROUPS]:
            rows = min(meta.row_group(group).num_rows, _BLOCK_ROWS)
            for slab in read_rows(self, RowRange(group, 0, rows)):
                batch = slab.batch(self.column_names)
                yield SampledRows(batch, max(self.size_bytes * slab.rows // max(meta.num_rows, 1), 1))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[RowRange]]:
        """Rows of one row group, as many as stand for about `chunk_bytes` of it before compression."""
        meta = open_parquet(self.path).metadata
        for index in range(meta.num_row_groups):
            group = meta.row_group(index)
            each = max(int(chunk_bytes * group.num_rows / max(group.total_byte_size, 1)), 1)
            for first in range(0, group.num_rows, each):
                rows = min(each, group.num_rows - first)
                yield Piece(RowRange(index, first, rows), self.size_bytes * rows // max(meta.num_rows, 1))

    def read(self, place: RowRange, retries: int) -> Iterator[Slab]:  # noqa: ARG002 - Arrow reads, and says no errno
        """The piece's slabs of typed columns."""
        yield from read_rows(self, place)

    @classmethod
    def probe(cls, sources: Sequence[ParquetSource], fraction: float, record_bytes: float) -> BlockPlan:  # noqa: ARG003 - its footer counts them
        """Row groups, in the needed columns only."""
        from etl_batch.formats.parquet.probe import plan_blocks  # a run never probes

        return plan_blocks(sources, fraction)
