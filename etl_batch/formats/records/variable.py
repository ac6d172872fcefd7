"""Records of variable length as a format: the words before them are walked once, and workers get spans of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import ClassVar

import numpy as np

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.blocks import BlockPlan, plan_pieces
from etl_batch.formats.halving import halved
from etl_batch.formats.look import Look
from etl_batch.formats.reading import read_bytes, spread_places
from etl_batch.formats.records.again import columns_of, failing, mended_layout, reread_of
from etl_batch.formats.records.decoder import DAMAGED_WORD, Decoded, Records, decode_records
from etl_batch.formats.source import AnySource, Claim, Piece, Places, Reread, SampledRows, Slab, Source
from etl_batch.formats.version import Change
from etl_batch.layouts import Extent, Layout
from etl_batch.layouts.cell_types import Array
from etl_batch.layouts.extents import frame
from etl_batch.layouts.variable import Listed, Read, Span, list_span, side_by_side, spans
from etl_batch.model import Reject
from etl_batch.reading_options import ReadingOptions
from etl_batch.record.rejects import bytes_of

_SAMPLE_BLOCKS, _BLOCK_BYTES = 32, 64 << 10
_SLAB_BYTES = 4 << 20


@dataclass(frozen=True)
class VariableRecordSource(Source[Span]):
    """One file of records that each have a word before them that says how long they are."""

    format: ClassVar[str] = "binary"
    title: ClassVar[str] = "records"

    layout: Layout
    extent: Extent
    """The bytes that the records and their words have; how many records these are nobody knows yet."""

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> None:
        """Never by itself: `RecordSource` finds the layout."""

    @classmethod
    def with_layout(cls, look: Look, layout: Layout) -> VariableRecordSource:
        """The file as records of a layout."""
        where = frame(layout, str(look.path), look.size)
        return cls(look.ordinal, str(look.path), look.size, columns_of(layout), layout, where)

    def sample(self) -> Iterator[SampledRows]:
        """Records of blocks that are spread over the file, each from the first place where words lead on."""
        first, end = self.extent.first, self._end
        with self._reading() as read:
            for place in spread_places(end - first, _BLOCK_BYTES, _SAMPLE_BLOCKS):
                found = spans(self.layout, read, first + place, end, _BLOCK_BYTES, searching=place > 0)
                for span in islice(found, 1):
                    data = np.frombuffer(read(span.offset, span.length), np.uint8)
                    for _, listed, decoded in self._decoded(data, span):
                        yield SampledRows(decoded.batch, int(listed.lengths[~listed.damaged].sum()))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[Span]]:
        """Spans that end where a record ends."""
        with self._reading() as read:
            for span in spans(self.layout, read, self.extent.first, self._end, chunk_bytes):
                self._refuse_trailing(span)
                yield Piece(span, span.length)

    def halves(self, place: Span) -> Sequence[Span]:
        """See `Source`."""
        with self._reading() as read:
            end = place.offset + place.length

            def cut(wanted: int, offset: int) -> Iterator[Span]:
                block_end = place.block_end
                if offset > place.offset:  # only who walks the records before knows the block that one is in
                    ones = spans(self.layout, read, place.offset, end, 1, block_end=block_end)
                    block_end = next(span.block_end for span in ones if span.offset >= offset)
                return spans(self.layout, read, offset, end, wanted, block_end=block_end)

            return halved(cut, place.offset, place.length)

    def read(self, place: Span, retries: int) -> Iterator[Slab]:
        """The piece's slabs of typed columns."""
        data = np.frombuffer(read_bytes(self.content, place.offset, place.length, retries), np.uint8)[: place.length]
        for first, listed, decoded in self._decoded(data, place):
            rejects, skipped = list(decoded.rejects), 0
            for number in np.flatnonzero(listed.damaged).tolist():
                start, length = int(listed.starts[number]), int(listed.lengths[number])
                if self.layout.trailing_bytes == "ignore" and self._trails(place.offset + start, length):
                    skipped += 1
                else:
                    rejects.append(self._stretch(place.offset + start, data[start : start + length], first + number))
            rejects.sort(key=lambda reject: reject.record)
            origin = partial(self._origin, data, place.offset, first, listed, decoded)
            places = Places(place.offset, listed.starts[~listed.damaged].astype(np.int32))
            places = places if decoded.kept is None else places[decoded.kept]
            yield Slab.of(decoded.batch, len(listed.starts), skipped, rejects, origin, places)

    def mended(self, options: ReadingOptions, layouts: Mapping[str, Layout]) -> VariableRecordSource:
        """With the layout as it is now: see `mended_layout`."""
        layout = mended_layout(self.layout, options, layouts)
        return replace(self, layout=layout, columns=columns_of(layout))

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:  # noqa: ARG002 - bytes are bytes
        """See `Source`. Bytes that no word leads to stay a reject."""
        raws = [bytes_of(reject) for reject in rejects]
        whole = np.array([at for at, each in enumerate(rejects) if each.reason != DAMAGED_WORD], np.int64)
        sizes = np.array([len(raws[place]) for place in whole], np.int64)
        data = np.frombuffer(b"".join(raws[place] for place in whole), np.uint8)
        starts = np.cumsum(sizes) - sizes
        rows, lengths = side_by_side(self.layout, data, starts, sizes)
        records = Records(self.path, 0, 0, data, rows, starts, sizes, lengths)
        with failing(rejects, whole, self.layout):
            decoded = decode_records(self.layout, records)
        return reread_of(decoded, whole, rejects)

    @classmethod
    def probe(cls, sources: Sequence[VariableRecordSource], fraction: float, record_bytes: float) -> BlockPlan:  # noqa: ARG003
        """The pieces that a run would cut: only from word to word can it be told where records begin."""
        return plan_pieces(sources, fraction)

    @property
    def data_bytes(self) -> int:
        """Bytes from the first record on."""
        return max(self.size_bytes - self.extent.first, 0)

    @property
    def record_layout(self) -> Layout:
        """What a record is."""
        return self.layout

    @property
    def _end(self) -> int:
        return self.extent.trailing_offset

    @contextmanager
    def _reading(self) -> Iterator[Read]:
        with self.content.opened() as file:

            def read(offset: int, length: int) -> bytes:
                found = file.read(length, offset)
                if len(found) < length:
                    raise self.content.refusal(Change.SHORTER)
                return found

            yield read

    def _decoded(self, data: Array, span: Span) -> Iterator[tuple[int, Listed, Decoded]]:
        """A few megabytes of records at a time, and how many of the span are before them."""
        most, first = max(_SLAB_BYTES // self.layout.record_size, 1), 0
        for listed in list_span(self.layout, data, span, most):
            whole = np.flatnonzero(~listed.damaged)
            starts, sizes = listed.starts[whole], listed.lengths[whole]
            rows, lengths = side_by_side(self.layout, data, starts, sizes)
            records = Records(self.path, span.offset, first, data, rows, starts, sizes, lengths, whole)
            yield first, listed, decode_records(self.layout, records)
            first += len(listed.starts)

    def _trails(self, offset: int, length: int) -> bool:
        """Whether a damaged stretch is what is left behind the last record."""
        return offset + length == self._end and length < self.layout.words[0].most

    def _refuse_trailing(self, span: Span) -> None:
        if self.layout.trailing_bytes != "error" or not span.damaged:
            return
        offset, length = span.offset + span.damaged[-1][0], span.damaged[-1][1]
        if self._trails(offset, length):
            raise InputRefused(
                sentences.layouts.TRAILING.format(trailing=length, offset=offset, layout=self.layout.name),
                layout=self.layout.name,
                trailing_offset=offset,
                trailing_bytes=length,
            )

    def _origin(self, data: Array, offset: int, first: int, listed: Listed, decoded: Decoded, row: int) -> Reject:
        """Where a row stands, with the bytes of its record."""
        whole = np.flatnonzero(~listed.damaged)
        number = int((whole if decoded.kept is None else whole[decoded.kept])[row])
        start, length = int(listed.starts[number]), int(listed.lengths[number])
        raw = base64.b64encode(data[start : start + length].tobytes()).decode("ascii")
        return Reject(self.path, offset + start, first + number, "", None, "", raw, "base64")

    def _stretch(self, offset: int, raw: Array, number: int) -> Reject:
        """The dead letter of bytes that no word leads to."""
        detail = sentences.rejects.DAMAGED_WORD.format(size=len(raw))
        text = base64.b64encode(raw.tobytes()).decode("ascii")
        return Reject(self.path, offset, number, DAMAGED_WORD, None, detail, text, "base64")
