"""Delimited text as a format: told by what it is not and by its dialect, cut where records end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT, MAX_RECORD_BYTES
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.halving import halved
from etl_batch.formats.look import Look
from etl_batch.formats.reading import read_bytes, spread_places
from etl_batch.formats.source import (
    AnySource,
    Claim,
    Each,
    Piece,
    Reread,
    SampledRows,
    Slab,
    Source,
    SourceColumn,
    unique_names,
)
from etl_batch.formats.text.again import read_again
from etl_batch.formats.text.counting import ShorterThanPlanned, Surveyed, grid_of, survey_both
from etl_batch.formats.text.declared import mended_dialect
from etl_batch.formats.text.grammar import is_plain
from etl_batch.formats.text.looking import Seen, look_into
from etl_batch.formats.text.others import other_binary
from etl_batch.formats.text.reader import KEPT_BYTES, read_text
from etl_batch.formats.text.splitting import Cutter, TextPlace, ends_outside_quotes
from etl_batch.formats.text.units import are_bytes, unit_size, units_of
from etl_batch.formats.version import Change
from etl_batch.layouts import Layout
from etl_batch.model import Dialect, Ragged, Reject
from etl_batch.reading_options import ReadingOptions

_SAMPLE_BLOCKS = 32
_SURVEYED_TOGETHER, _LEAST_SURVEYED_BYTES = 4, 1 << 20
"""Stretches that a worker counts the quotes of at a time, and bytes of a file that are worth to ask one."""
_BLANK = b" \t\r\n\0\xff\xfe\xef\xbb\xbf"
"""Bytes of blank lines in any encoding, and of what may stand before them."""
_BLOCK_BYTES = 64 << 10


@dataclass(frozen=True)
class TextSource(Source[TextPlace]):
    """One delimited text file."""

    format: ClassVar[str] = "csv"
    title: ClassVar[str] = "text (CSV)"

    dialect: Dialect
    start: int
    """Byte offset of the first record of the body."""
    preamble: str = ""
    """What stands above the header."""
    above: int = 0
    """Records of the preamble."""
    ragged: Ragged = Ragged.REJECT
    max_record_bytes: int = MAX_RECORD_BYTES
    guesses: tuple[str, ...] = ()

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> TextSource | None:
        """Any text that no other format's magic bytes open; on the user's word whatever it looks like."""
        options = look.reading.options
        forced = options.force_text_fallback and options.layout == AUTO_LAYOUT
        if claim is not (Claim.NAMED if forced else Claim.CONTENT):
            return None
        other = other_binary(look.start)
        if other is not None:
            raise FormatRefused(sentences.inputs.OTHER_FORMAT.format(path=look.path, name=other), tried=[other])
        seen = look_into(look, forced=forced)
        if seen is None:
            look.tried.append(sentences.inputs.TRIED_TEXT)
            return None
        if not seen.names:
            unseen = not look.whole and look.start.translate(None, _BLANK)
            sentence = sentences.inputs.LONG_FIRST_RECORD if unseen else sentences.inputs.BLANK
            raise InputRefused(sentence.format(path=look.path, most=len(look.start)))
        return cls._seen(look, seen)

    @classmethod
    def _seen(cls, look: Look, seen: Seen) -> TextSource:
        options = look.reading.options
        return cls(
            look.ordinal,
            str(look.path),
            look.size,
            tuple(SourceColumn(name, pa.string(), text=True) for name in unique_names(list(seen.names))),
            seen.dialect,
            seen.start,
            seen.preamble,
            seen.above,
            options.ragged,
            options.max_record_bytes,
            seen.notes,
        )

    def sample(self) -> Iterator[SampledRows]:
        """Records of blocks that are spread over the file, from newline to newline."""
        for offset, raw in self._joined(self._blocks()):
            # Cut without knowing the quotes, a block can hold broken records at its ends: rejects, left out here.
            place = TextPlace(offset, len(raw), exact=False)
            slabs = [slab for slab in read_text(self, place, bytearray(raw)) if slab.rows]
            for slab in slabs:
                yield SampledRows(slab.batch(self.column_names), len(raw) // len(slabs))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[TextPlace]]:
        """Pieces that end where a record ends: by counting quotes, or one by one where that is not enough."""
        return self._cut(chunk_bytes, None)

    def _cut(self, chunk_bytes: int, surveyed: Surveyed | None) -> Iterator[Piece[TextPlace]]:
        with self.content.opened() as file:
            cutter = Cutter(file, self.dialect, chunk_bytes, self.max_record_bytes)
            try:
                for place in cutter.places(self.start, surveyed):
                    yield Piece(place, place.length)
            except ShorterThanPlanned as error:
                raise self.content.refusal(Change.SHORTER) from error

    def cut_elsewhere(self, chunk_bytes: int, each: Each) -> Iterator[Piece[TextPlace]]:
        """The same pieces. Workers count the quotes of a file that is not compressed and whose bytes are its units."""
        counted = is_plain(self.dialect) and are_bytes(self.dialect.encoding) and self.compression is None
        if not counted or self.size_bytes < _LEAST_SURVEYED_BYTES:
            return self.cut(chunk_bytes)
        grid = grid_of(self.dialect, self.start, chunk_bytes, self.size_bytes)
        every = range(grid.stretches)
        groups = (every[at : at + _SURVEYED_TOGETHER] for at in every[::_SURVEYED_TOGETHER])
        return self._cut(chunk_bytes, each(survey_both, ((self.relinked().content, grid, group) for group in groups)))

    def halves(self, place: TextPlace) -> Sequence[TextPlace]:
        """See `Source`."""
        if place.too_long:
            return ()
        with self.content.opened() as file:
            within = replace(file, size=place.offset + place.length)

            def cut(wanted: int, offset: int) -> Iterator[TextPlace]:
                return Cutter(within, self.dialect, wanted, self.max_record_bytes).places(offset)

            return halved(cut, place.offset, place.length)

    def unread(self, place: TextPlace, detail: str) -> Slab:
        """See `Source`; what stands above the first record is skipped as ever."""
        slab, above = super().unread(place, detail), self._above(place)
        if above:
            rejects = [replace(reject, record=above) for reject in slab.rejects]
            slab = replace(slab, records=slab.records + above, skipped=above, rejects=rejects)
        return slab

    def _above(self, place: TextPlace) -> int:
        """Records that stand above the first of a piece: they are there only where the file begins."""
        return self.above if place.offset == self.start else 0

    def read(self, place: TextPlace, retries: int) -> Iterator[Slab]:
        """The piece's slabs of string columns; the preamble counts as skipped records of the first."""
        above = self._above(place)
        if above:
            yield Slab((), rows=0, records=above, skipped=above)
        place = replace(place, length=self.span(place)[1])
        raw = read_bytes(self.content, place.offset, place.length, retries)
        yield from read_text(self, place, raw, before=above)

    def mended(self, options: ReadingOptions, layouts: Mapping[str, Layout]) -> TextSource:  # noqa: ARG002
        """With other signs, another encoding or other limits; names and number of the columns stay."""
        return replace(
            self,
            dialect=mended_dialect(self.dialect, options),
            ragged=options.ragged,
            max_record_bytes=options.max_record_bytes,
        )

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:
        """See `Source`. A record that is several now, or a part of one, stays a reject."""
        return read_again(self, rejects, written.text_dialect or self.dialect)

    def span(self, place: TextPlace) -> tuple[int, int]:
        """Of a record that is too long the start alone is read."""
        return place.offset, min(place.length, KEPT_BYTES * self._unit) if place.too_long else place.length

    @classmethod
    def probe(cls, sources: Sequence[TextSource], fraction: float, record_bytes: float) -> BlockPlan:
        """Blocks of bytes: a record belongs to the one in which it begins."""
        from etl_batch.formats.text.probe import plan_blocks  # a run never probes

        return plan_blocks(sources, fraction, record_bytes)

    @property
    def data_bytes(self) -> int:
        """Bytes from the first record on."""
        return max(self.size_bytes - self.start, 0)

    @property
    def text_dialect(self) -> Dialect:
        """How the file is written."""
        return self.dialect

    @property
    def text_above(self) -> str:
        """The preamble."""
        return self.preamble

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed of the file."""
        return self.guesses

    @property
    def _unit(self) -> int:
        return unit_size(self.dialect.encoding)

    def _joined(self, blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """The blocks, those one behind the other that do not end inside quotes joined, to be read at once."""
        joined: list[bytes] = []
        countable = is_plain(self.dialect)
        for offset, raw in blocks:
            if countable and ends_outside_quotes(units_of(raw, self.dialect.encoding), self.dialect):
                joined.append(raw)
                continue
            if joined:
                yield self.start, b"".join(joined)
            yield offset, raw
            joined = []
        if joined:
            yield self.start, b"".join(joined)

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        """Blocks of the file from newline to newline, with their byte offsets."""
        unit = self._unit
        newline = self.dialect.newline.encode(self.dialect.encoding)
        with self.content.opened() as file:
            for first in spread_places(self.size_bytes - self.start, _BLOCK_BYTES, _SAMPLE_BLOCKS):
                offset = self.start + first // unit * unit
                raw = file.read(_BLOCK_BYTES, offset)
                begin, end = 0, len(raw)
                if first:
                    begin = _behind(raw, newline, raw.find(newline), unit)
                if offset + len(raw) < self.size_bytes:
                    end = _behind(raw, newline, raw.rfind(newline), unit)
                if end > begin:
                    yield offset + begin, raw[begin:end]


def _behind(raw: bytes, newline: bytes, found: int, unit: int) -> int:
    """The whole unit behind a newline; the end of the block where there is none."""
    return -(-(found + len(newline)) // unit) * unit if found >= 0 else len(raw)
