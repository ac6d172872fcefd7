"""Delimited text as a format: told by what it is not and by its dialect, cut where records end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.content import Change
from etl_batch.formats.look import SAMPLE_BYTES, Look
from etl_batch.formats.reading import read_bytes, spread_places
from etl_batch.formats.source import Claim, Piece, SampledRows, Slab, Source, SourceColumn
from etl_batch.formats.text.dialect import read_names, sniff_dialect, sniff_encoding
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.splitting import (
    ShorterThanPlanned,
    TextPlace,
    ends_outside_quotes,
    header_end,
    split_file,
    unit_dtype,
    units_of,
)
from etl_batch.model import Dialect

_SAMPLE_BLOCKS = 32
_BLOCK_BYTES = 64 << 10
_OTHER_FORMATS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PK\x03\x04", "zip (or an Excel workbook)"),
    (b"SQLite format 3", "SQLite"),
    (b"%PDF", "PDF"),
)


@dataclass(frozen=True)
class TextSource(Source[TextPlace]):
    """One delimited text file."""

    format: ClassVar[str] = "csv"
    title: ClassVar[str] = "text (CSV)"

    dialect: Dialect
    start: int
    """Byte offset of the first record, behind the byte order mark and the header record."""

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> TextSource | None:
        """Any text that no other format's magic bytes open; on the user's word whatever it looks like."""
        options = look.reading.options
        forced = options.force_text_fallback and options.layout == AUTO_LAYOUT
        if claim is not (Claim.NAMED if forced else Claim.CONTENT):
            return None
        _refuse_other_formats(look)
        dialect = sniff_dialect(look.start, look.whole, forced)
        if dialect is None:
            look.tried.append(sentences.inputs.TRIED_TEXT)
            return None
        if dialect.encoding == "utf-8" and not look.whole and look.start.isascii():
            dialect = _late_encoding(look, dialect)
        names = read_names(look.start, dialect)
        if not names:
            raise InputRefused(sentences.inputs.BLANK.format(path=look.path))
        columns = tuple(SourceColumn(name, pa.string(), text=True) for name in names)
        return cls(look.ordinal, str(look.path), look.size, columns, dialect, _first_record(look.start, dialect))

    def sample(self) -> Iterator[SampledRows]:
        """Records of blocks that are spread over the file, from newline to newline."""
        for offset, raw in self._joined(self._blocks()):
            # Cut without knowing the quotes, a block can hold broken records at its ends: rejects, left out here.
            place = TextPlace(offset, len(raw), exact=False)
            slabs = [slab for slab in read_text(self, place, bytearray(raw)) if slab.rows]
            for slab in slabs:
                yield SampledRows(slab.batch(self.column_names), len(raw) // len(slabs))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[TextPlace]]:
        """Pieces that end where a record ends: by counting quotes, or one by one where they stand astray."""
        with self.content.opened() as file:
            places = split_file(file, self.start, self.size_bytes, self.dialect, chunk_bytes)
            try:
                for place in places:
                    yield Piece(place, place.length)
            except ShorterThanPlanned as error:
                raise self.content.refusal(Change.SHORTER) from error

    def read(self, place: TextPlace, retries: int) -> Iterator[Slab]:
        """The piece's slabs of string columns."""
        yield from read_text(self, place, read_bytes(self.content, place.offset, place.length, retries))

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

    def _joined(self, blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """The blocks, those one behind the other that do not end inside quotes joined, to be read at once."""
        joined: list[bytes] = []
        for offset, raw in blocks:
            if ends_outside_quotes(units_of(raw, unit_dtype(self.dialect)), self.dialect):
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
        unit = 2 if self.dialect.encoding.startswith("utf-16") else 1
        newline = self.dialect.newline.encode(self.dialect.encoding)
        with self.content.opened() as file:
            for first in spread_places(self.size_bytes - self.start, _BLOCK_BYTES, _SAMPLE_BLOCKS):
                offset = self.start + first // unit * unit
                raw = file.read(_BLOCK_BYTES, offset)
                begin, end = 0, len(raw)
                if first:
                    begin = raw.find(newline) + unit
                if offset + len(raw) < self.size_bytes:
                    end = raw.rfind(newline) + unit
                begin += (begin % unit) and 1
                end -= end % unit
                if end > begin:
                    yield offset + begin, raw[begin:end]


def _refuse_other_formats(look: Look) -> None:
    for magic, name in _OTHER_FORMATS:
        if look.start.startswith(magic):
            raise FormatRefused(sentences.inputs.OTHER_FORMAT.format(path=look.path, name=name), tried=[name])


def _late_encoding(look: Look, dialect: Dialect) -> Dialect:
    """Where the start of a file is plain ASCII, look for Latin-1 letters further on, at sixteen places."""
    with look.content.opened() as file:
        blocks = [file.read(SAMPLE_BYTES // 16, look.size * place // 17) for place in range(1, 17)]
    encoding, _ = sniff_encoding(b"".join(blocks)) or ("utf-8", 0)
    return replace(dialect, encoding="latin-1") if encoding == "latin-1" else dialect


def _first_record(start: bytes, dialect: Dialect) -> int:
    """Byte offset of the first data record: behind the byte order mark and the header record."""
    if not dialect.header:
        return dialect.bom
    dtype = unit_dtype(dialect)
    return dialect.bom + header_end(units_of(start[dialect.bom :], dtype), dialect) * dtype.itemsize
