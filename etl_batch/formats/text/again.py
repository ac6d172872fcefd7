"""Rejects of a text read again by other signs: many at once, as long as each is a record of its own there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from etl_batch.formats.source import TOO_LONG, Reread, still_too_long
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.splitting import Cutter, TextPlace
from etl_batch.model import Dialect, Reject
from etl_batch.record.rejects import bytes_of, with_bytes

if TYPE_CHECKING:
    from etl_batch.formats.text.source import TextSource


@dataclass(frozen=True, slots=True)
class _Piece:
    """A record that is read again: the place of its reject, and its bytes in the file."""

    place: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Read:
    """Pieces that were read, the row or the reject that each is; one that is neither is blank, or a comment."""

    columns: Sequence[pa.Array]
    rows: Sequence[int]
    rejects: Mapping[int, Reject]
    repaired: Counter[str] = field(default_factory=Counter)


def read_again(source: TextSource, rejects: Sequence[Reject], written: Dialect) -> Reread:
    """The rejects as the source has them; `written`: how the text was read when they were made."""
    found: dict[int, Reject] = {}
    whole: dict[int, Reject] = {}
    pieces = []
    for place, reject in enumerate(rejects):
        raw = _bytes_of(source, reject, written)
        if raw is None:
            found[place] = still_too_long(source, reject)
            continue
        pieces.append(_Piece(place, raw))
        if reject.reason == TOO_LONG:
            whole[place] = with_bytes(reject, raw, written.encoding)
    parts = list(_read(source, pieces, rejects))
    for part in parts:
        found.update(part.rejects)
    rows = np.array([place for part in parts for place in part.rows], np.int64)
    repaired = sum((part.repaired for part in parts), Counter[str]())
    return Reread(_joined(source, [part.columns for part in parts]), rows, found, repaired, whole)


def _bytes_of(source: TextSource, reject: Reject, written: Dialect) -> bytes | None:
    """A record without its line end; None for one that is too long still, or stands in a compressed file."""
    if reject.reason != TOO_LONG:
        return bytes_of(reject, written.encoding)
    if source.compression is not None:
        return None
    newline = _newline(source.dialect)
    with source.content.opened() as file:
        place = next(Cutter(file, source.dialect, 1, source.max_record_bytes).places(reject.offset))
        return None if place.too_long else file.read(place.length, reject.offset).removesuffix(newline)


def _newline(dialect: Dialect) -> bytes:
    return dialect.newline.encode(dialect.encoding)


def _read(source: TextSource, pieces: Sequence[_Piece], rejects: Sequence[Reject]) -> Iterator[_Read]:
    """All pieces at once; in halves where one of them does not stay by itself."""
    if not pieces:
        return
    lines = [piece.raw + _newline(source.dialect) for piece in pieces]
    starts = np.cumsum([0, *map(len, lines)])[:-1].tolist()
    text = bytearray().join(lines)
    slabs = list(read_text(source, TextPlace(0, len(text), exact=True), text))
    places = [[slab.origin(row) for row in range(slab.rows)] if slab.origin else [] for slab in slabs]
    known = [*(reject for slab in slabs for reject in slab.rejects), *chain.from_iterable(places)]
    apart = sum(slab.records for slab in slabs) == len(pieces)
    if apart and all(
        each.offset == starts[each.record] and _is(pieces[each.record], each, source.dialect.encoding) for each in known
    ):
        columns = _joined(source, [slab.arrays() for slab in slabs if slab.rows])
        rows = [pieces[each.record].place for each in chain.from_iterable(places)]
        found = {pieces[each.record].place: each for slab in slabs for each in slab.rejects}
        yield _Read(columns, rows, found, sum((Counter(slab.repaired) for slab in slabs), Counter()))
    elif len(pieces) == 1:
        place = pieces[0].place
        yield _Read(_joined(source, []), [], {place: rejects[place]})
    else:
        half = len(pieces) // 2
        yield from _read(source, pieces[:half], rejects)
        yield from _read(source, pieces[half:], rejects)


def _is(piece: _Piece, record: Reject, encoding: str) -> bool:
    """Whether a record has all of a piece's bytes, and none of its neighbours'."""
    found = bytes_of(record, encoding)
    return found == piece.raw or found == piece.raw.removesuffix("\r".encode(encoding))


def _joined(source: TextSource, parts: Sequence[Sequence[pa.Array]]) -> list[pa.Array]:
    """The columns of several slabs as one."""
    kinds = [column.type for column in source.columns]
    return [pa.concat_arrays([pa.nulls(0, kind), *each]) for kind, *each in zip(kinds, *parts, strict=True)]
