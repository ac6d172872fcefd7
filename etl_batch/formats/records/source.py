"""Fixed-length records as a format: a layout says what a record is, and the file's size where each one stands."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import UsageError
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.look import Look
from etl_batch.formats.reading import read_bytes, spread_places
from etl_batch.formats.records.again import columns_of, failing, mended_layout, reread_of
from etl_batch.formats.records.decoder import Decoded, decode
from etl_batch.formats.records.headers import HEADERS, header_layout, named_header
from etl_batch.formats.records.variable import VariableRecordSource
from etl_batch.formats.source import AnySource, Claim, Piece, Places, Reread, SampledRows, Slab, Source
from etl_batch.layouts import Extent, Layout, extent, rank_open
from etl_batch.model import Reject
from etl_batch.reading_options import ReadingOptions
from etl_batch.record.rejects import bytes_of

_CERTAIN, _LIKELY = 0.9, 0.5
_SAMPLE_BLOCKS = 32
_BLOCK_BYTES = 64 << 10
_SLAB_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Bytes `[offset, offset + length)` of a file: whole records, or with `trailing` what is left after the last."""

    offset: int
    length: int
    trailing: bool = False


@dataclass(frozen=True)
class RecordSource(Source[RecordPlace]):
    """One file of records that all have the length its layout says."""

    format: ClassVar[str] = "binary"
    title: ClassVar[str] = "records"

    layout: Layout
    extent: Extent

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> AnySource | None:
        """By the layout that was named, else the one that the file's magic bytes, name or content fit best."""
        if claim is Claim.NAMED:
            return cls._named(look)
        named = claim is Claim.SIGNED
        layouts = look.reading.speaking(look.path) if named else list(look.reading.layouts.values())
        # Three places of a file are looked at, so each takes a third of what the start alone may.
        with look.content.opened() as file, file.outline() as descriptor:
            fits = rank_open(layouts, descriptor, str(look.path), look.reading.sample_bytes // 3)
        if not named:
            look.tried.extend(f"layout {fit.layout}: {fit.score:.0%} ({fit.summary.rstrip('.')})" for fit in fits)
        if fits and fits[0].score >= (_CERTAIN if named else _LIKELY):
            return cls._with(look, look.reading.layouts[fits[0].layout])
        described = header_layout(look.content, look.size, look.start) if named else None
        return None if described is None else cls._with(look, described)

    @classmethod
    def _named(cls, look: Look) -> AnySource | None:
        name, layouts = look.reading.options.layout, look.reading.layouts
        if name == AUTO_LAYOUT:
            return None
        if name not in layouts and name in HEADERS:
            return cls._with(look, named_header(name, look.content, look.size))
        if name not in layouts:
            raise UsageError(
                sentences.command_line.NO_LAYOUT_FLAG.format(name=name, known=", ".join(sorted([*layouts, *HEADERS])))
            )
        return cls._with(look, layouts[name])

    @classmethod
    def _with(cls, look: Look, layout: Layout) -> AnySource:
        if layout.words:
            return VariableRecordSource.with_layout(look, layout)
        with look.content.opened() as file, file.outline() as descriptor:
            where = extent(layout, descriptor, look.size)
        return cls(look.ordinal, str(look.path), look.size, columns_of(layout), layout, where)

    def sample(self) -> Iterator[SampledRows]:
        """Records of blocks that are spread over the file."""
        size = self.layout.record_size
        each = max(_BLOCK_BYTES // size, 1)
        with self.content.opened() as file:
            for first in spread_places(self.extent.records, each, _SAMPLE_BLOCKS):
                records = min(each, self.extent.records - first)
                offset = self.extent.first + first * size
                raw = file.read(records * size, offset)
                decoded = decode(self.layout, raw, source=self.path, offset=offset, first_record=first)
                yield SampledRows(decoded.batch, len(raw))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[RecordPlace]]:
        """As many whole records as fit, and what trails the last one."""
        size, where = self.layout.record_size, self.extent
        step = max(chunk_bytes // size, 1) * size
        end = where.first + where.records * size
        for offset in range(where.first, end, step):
            length = min(step, end - offset)
            yield Piece(RecordPlace(offset, length), length)
        if where.trailing_bytes:
            yield Piece(RecordPlace(where.trailing_offset, where.trailing_bytes, trailing=True), where.trailing_bytes)

    def halves(self, place: RecordPlace) -> Sequence[RecordPlace]:
        """See `Source`."""
        size = self.layout.record_size
        first = place.length // size // 2 * size
        if place.trailing or not first:
            return ()
        return RecordPlace(place.offset, first), RecordPlace(place.offset + first, place.length - first)

    def read(self, place: RecordPlace, retries: int) -> Iterator[Slab]:
        """The piece's slabs of typed columns."""
        raw = memoryview(read_bytes(self.content, place.offset, place.length, retries))[: place.length]
        if place.trailing:
            yield self._trailing(place, raw)
            return
        size = self.layout.record_size
        step = max(_SLAB_BYTES // size, 1) * size
        for begin in range(0, len(raw), step):
            part = raw[begin : begin + step]
            offset, first = place.offset + begin, begin // size
            decoded = decode(self.layout, part, source=self.path, offset=offset, first_record=first)
            origin = partial(self._origin, decoded, part, offset, first)
            places = Places(offset, np.arange(0, len(part), size, dtype=np.int32))
            places = places if decoded.kept is None else places[decoded.kept]
            yield Slab.of(decoded.batch, len(part) // size, 0, decoded.rejects, origin, places)

    def mended(self, options: ReadingOptions, layouts: Mapping[str, Layout]) -> RecordSource:
        """With the layout as it is now: see `mended_layout`."""
        layout = mended_layout(self.layout, options, layouts)
        return replace(self, layout=layout, columns=columns_of(layout))

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:  # noqa: ARG002 - bytes are bytes
        """See `Source`. Bytes that are no whole record stay a reject."""
        size = self.layout.record_size
        raws = [bytes_of(reject) for reject in rejects]
        whole = np.array([place for place, raw in enumerate(raws) if len(raw) == size], np.int64)
        raw = b"".join(raws[place] for place in whole)
        with failing(rejects, whole, self.layout):
            decoded = decode(self.layout, raw, source=self.path, offset=0, first_record=0)
        return reread_of(decoded, whole, rejects)

    def _origin(self, decoded: Decoded, part: memoryview, offset: int, first: int, row: int) -> Reject:
        """Where a row stands, with the bytes of its record."""
        size = self.layout.record_size
        place = row if decoded.kept is None else int(np.flatnonzero(decoded.kept)[row])
        raw = base64.b64encode(part[place * size :][:size]).decode("ascii")
        return Reject(self.path, offset + place * size, first + place, "", None, "", raw, "base64")

    def _trailing(self, place: RecordPlace, raw: memoryview) -> Slab:
        """The bytes after the last whole record: one reject, or one skipped record where the layout ignores them."""
        schema = self.layout.schema
        empty = pa.RecordBatch.from_arrays([pa.array([], kind) for kind in schema.types], schema=schema)
        if self.layout.trailing_bytes == "ignore":
            return Slab.of(empty, records=1, skipped=1)
        detail = sentences.rejects.BYTES_LEFT.format(size=place.length, record_size=self.layout.record_size)
        raw_text = base64.b64encode(raw).decode("ascii")
        reject = Reject(self.path, place.offset, 0, "partial_record", None, detail, raw_text, "base64")
        return Slab.of(empty, records=1, rejects=[reject])

    @classmethod
    def probe(cls, sources: Sequence[RecordSource], fraction: float, record_bytes: float) -> BlockPlan:  # noqa: ARG003 - a record's length is known
        """Blocks of whole records."""
        from etl_batch.formats.records.probe import plan_blocks  # a run never probes

        return plan_blocks(sources, fraction)

    @property
    def data_bytes(self) -> int:
        """Bytes from the first record on."""
        return max(self.size_bytes - self.extent.first, 0)

    @property
    def record_layout(self) -> Layout:
        """What a record is."""
        return self.layout
