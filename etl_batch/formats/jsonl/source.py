"""JSON Lines as a format: told by lines that are objects, cut at line ends, its keys the columns."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pyarrow as pa

from etl_batch.formats.blocks import BlockPlan
from etl_batch.formats.halving import halved
from etl_batch.formats.jsonl.members import BadLine, members_of
from etl_batch.formats.jsonl.reader import MOST_SHOWN, LinePlace, read_lines
from etl_batch.formats.jsonl.splitting import split_lines
from etl_batch.formats.look import SAMPLE_BYTES, Look
from etl_batch.formats.reading import read_bytes, spread_places
from etl_batch.formats.source import (
    TOO_LONG,
    AnySource,
    Claim,
    Piece,
    Reread,
    SampledRows,
    Slab,
    Source,
    SourceColumn,
    still_too_long,
    unique_names,
)
from etl_batch.layouts import Layout
from etl_batch.model import Reject
from etl_batch.reading_options import ReadingOptions
from etl_batch.record.rejects import bytes_of, with_bytes

_SUFFIXES = (".jsonl", ".ndjson")
_JUDGED = 100
"""Lines by which a file is told."""
_SAMPLE_BLOCKS = 32
_BLOCK_BYTES = 64 << 10
_SURVEY_BYTES = 8 << 20
_OBJECTS_TOO = ("duplicate_key", "invalid_text")
"""Faults of lines that are objects."""
_OBJECT = re.compile(rb'\s*\{\s*("(?:[^"\\]|\\.)*"\s*:|\})')


@dataclass(frozen=True)
class JsonLinesSource(Source[LinePlace]):
    """One file of JSON Lines."""

    format: ClassVar[str] = "jsonl"
    title: ClassVar[str] = "JSON Lines"

    keys: tuple[str, ...]
    """Of each column; its name is another where that is empty."""
    start: int
    """Byte offset of the first line, behind the byte order mark."""
    longest: int
    """Bytes of a line at most."""
    flatten: bool = False
    """Whether objects in objects are taken apart, as `outer.inner`."""

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> JsonLinesSource | None:
        """By its content: most of the first lines are objects; under a name for such files one of them is enough."""
        if claim is not Claim.CONTENT or not _is_json_lines(look):
            return None
        start = len(codecs.BOM_UTF8) if look.start.startswith(codecs.BOM_UTF8) else 0
        flatten = look.reading.options.flatten
        longest = look.reading.options.max_record_bytes
        unread = cls(
            look.ordinal, str(look.path), look.size, (), (), start, longest, flatten, version=look.content.version
        )
        return unread.with_keys(unread._keys_in(unread.sample_places()))

    def with_keys(self, keys: Iterable[str]) -> JsonLinesSource:
        """This source with a column for each key."""
        kept = tuple(keys)
        columns = tuple(SourceColumn(name, pa.string(), text=True) for name in unique_names(list(kept)))
        return replace(self, keys=kept, columns=columns)

    def surveyed(self) -> JsonLinesSource:
        """With every key of the file, in the order in which they first appear."""
        return self.with_keys(self._keys_in(self._pieces(_SURVEY_BYTES)))

    def sample(self) -> Iterator[SampledRows]:
        """Lines of blocks that are spread over the file."""
        for place in self.sample_places():
            slabs = [slab for slab in self.read(place, 0) if slab.rows]
            for slab in slabs:
                yield SampledRows(slab.batch(self.column_names), max(place.length // len(slabs), 1))

    def cut(self, chunk_bytes: int) -> Iterator[Piece[LinePlace]]:
        """Pieces that end where a line ends."""
        for place in self._pieces(chunk_bytes):
            yield Piece(place, place.length)

    def halves(self, place: LinePlace) -> Sequence[LinePlace]:
        """See `Source`."""
        if place.long:
            return ()
        with self.content.opened() as file:
            within = replace(file, size=place.offset + place.length)

            def cut(wanted: int, offset: int) -> Iterator[LinePlace]:
                return split_lines(within, offset, wanted, self.longest)

            return halved(cut, place.offset, place.length)

    def read(self, place: LinePlace, retries: int) -> Iterator[Slab]:
        """The piece's slabs of string columns."""
        raw = read_bytes(self.content, *self.span(place), retries)
        for placed in read_lines(self, place, raw):
            yield placed.slab

    def mended(self, options: ReadingOptions, layouts: Mapping[str, Layout]) -> JsonLinesSource:  # noqa: ARG002
        """With another length that a line may have; the keys stay."""
        return replace(self, longest=options.max_record_bytes)

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:  # noqa: ARG002 - all is UTF-8
        """See `Source`."""
        lines = [self._line_of(reject) for reject in rejects]
        found = {place: still_too_long(self, each) for place, each in enumerate(rejects) if lines[place] is None}
        long = ((place, line) for place, line in enumerate(lines) if rejects[place].reason == TOO_LONG)
        whole = {place: with_bytes(rejects[place], line) for place, line in long if line is not None}
        there = [place for place, line in enumerate(lines) if line is not None]
        text = b"\n".join(line for line in lines if line is not None)
        placed = list(read_lines(self, LinePlace(0, len(text)), text))
        found |= {there[each.record]: each for one in placed for each in one.slab.rejects}
        starts = np.cumsum([0, *(len(lines[place] or b"") + 1 for place in there)])[:-1]
        rows = [np.searchsorted(starts, one.starts, side="right") - 1 for one in placed]
        joined = [np.array(there, np.int64)[each] for each in rows]
        parts = [one.slab.arrays() for one in placed]
        columns = [pa.concat_arrays([pa.nulls(0, pa.string()), *each]) for each in zip(*parts, strict=True)]
        nothing = [pa.nulls(0, pa.string()) for _ in self.columns]
        places = np.concatenate([np.zeros(0, np.int64), *joined])
        return Reread(columns if parts else nothing, places, found, whole=whole)

    def _line_of(self, reject: Reject) -> bytes | None:
        """A line without its end; None for one that is too long still, or stands in a compressed file."""
        if reject.reason != TOO_LONG:
            return bytes_of(reject)
        if self.compression is not None:
            return None
        with self.content.opened() as file:
            line, sign, _ = file.read(self.longest + 1, reject.offset).partition(b"\n")
        return line if sign or len(line) <= self.longest else None

    def span(self, place: LinePlace) -> tuple[int, int]:
        """Of a line that is too long the start alone is read."""
        return place.offset, min(place.length, MOST_SHOWN) if place.long else place.length

    @classmethod
    def probe(cls, sources: Sequence[JsonLinesSource], fraction: float, record_bytes: float) -> BlockPlan:
        """Blocks of bytes: a line belongs to the one in which it begins."""
        from etl_batch.formats.jsonl.probe import plan_blocks  # a run never probes

        return plan_blocks(sources, fraction, record_bytes)

    @property
    def data_bytes(self) -> int:
        """Bytes from the first line on."""
        return max(self.size_bytes - self.start, 0)

    def sample_places(self) -> Iterator[LinePlace]:
        """Whole lines of blocks that are spread over the file; its first lines when no block holds one."""
        some = False
        with self.content.opened() as file:
            for first in spread_places(self.data_bytes, _BLOCK_BYTES, _SAMPLE_BLOCKS):
                offset = self.start + first
                raw = file.read(_BLOCK_BYTES, offset)
                begin = raw.find(b"\n") + 1 if first else 0
                end = len(raw) if offset + len(raw) >= self.size_bytes else raw.rfind(b"\n") + 1
                if end > begin and (begin or not first):
                    some = True
                    yield LinePlace(offset + begin, end - begin)
        if not some:
            yield from (place for place in self._pieces(_BLOCK_BYTES) if not place.long)

    def _keys_in(self, places: Iterable[LinePlace]) -> list[str]:
        from etl_batch.formats.jsonl.survey import keys_in  # only where there is such a file: it brings threads

        return keys_in(self, places)

    def _pieces(self, chunk_bytes: int) -> Iterator[LinePlace]:
        with self.content.opened() as file:
            yield from split_lines(file, self.start, chunk_bytes, self.longest)


def _is_json_lines(look: Look) -> bool:
    """Whether most of the first lines are objects; under a name for such files, whether one of them is."""
    lines, whole = _first_lines(look)
    if not lines:
        return bool(_OBJECT.match(whole))
    # An object or a list that goes on in the next line is a document, whatever stands in its lines.
    if lines[0].strip() in (b"{", b"["):
        return False
    objects = sum(_is_object(line) for line in lines)
    return objects > 0 if look.path.suffix.lower() in _SUFFIXES else 2 * objects > len(lines)


def _first_lines(look: Look) -> tuple[list[bytes], bytes]:
    """The first lines that are not blank and are known to their end; and what is known where none is."""
    start = look.start.removeprefix(codecs.BOM_UTF8)
    if not look.whole and b"\n" not in start and _OBJECT.match(start):
        if look.reading.sample_bytes < SAMPLE_BYTES:
            return [], start
        with look.content.opened() as file:
            start = file.read(look.reading.options.max_record_bytes, 0).partition(b"\n")[0]
            start = start.removeprefix(codecs.BOM_UTF8)
    lines = start.split(b"\n", _JUDGED)
    ends = look.whole or len(lines) > _JUDGED
    known = lines[:_JUDGED] if ends or len(lines) == 1 else lines[:-1]
    return [line for line in known if line.strip()], b""


def _is_object(line: bytes) -> bool:
    if _OBJECT.match(line) is None:
        return False
    try:
        members_of(line, flatten=False)
    except BadLine as fault:
        return fault.reason in _OBJECTS_TOO and line.rstrip().endswith(b"}")
    return True
