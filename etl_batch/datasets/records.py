"""Records of an RFC 4180 file as bytes: where they begin and end, and their cells, from any place in the file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

QUOTE, NEWLINE = b'"', b"\n"
PIECE_BYTES = 1 << 20
CELL_BYTES = 4096
"""How much of a cell is kept: a page shows less."""
_FIELD = re.compile(rb'(?:"([^"]*+(?:""[^"]*+)*+)"|([^,]*+))(,|\Z)')


@dataclass(frozen=True, slots=True)
class Span:
    """One record: where it begins and ends in the file, and as many of its bytes as were kept."""

    begin: int
    end: int
    content: bytes


def line_ends(piece: bytes, inside: bool) -> tuple[npt.NDArray[np.int64], bool]:
    """Places of the LFs that end a record, and whether the piece ends inside quotes; `inside`: it begins there."""
    units = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(units == NEWLINE[0])
    if not inside and QUOTE not in piece:
        return ends, False
    quotes = np.flatnonzero(units == QUOTE[0])
    before = np.searchsorted(quotes, ends)
    return ends[(before + inside) % 2 == 0], (len(quotes) + inside) % 2 == 1


def read_spans(descriptor: int, begin: int, skip: int, take: int, keep_bytes: int, scan_bytes: int) -> list[Span]:
    """Records from `begin`, where one begins: `skip` are passed over, at most `take` returned.

    Stops after `keep_bytes` of kept content or `scan_bytes` of reading; the first record is returned then too, with its
    beginning alone. Memory is one piece and what is kept.
    """
    spans: list[Span] = []
    kept, inside, position, start = b"", False, begin, begin
    budget = keep_bytes
    while len(spans) < take and budget > 0 and position - begin < scan_bytes:
        piece = os.pread(descriptor, PIECE_BYTES, position)
        if not piece:
            break
        ends, inside = line_ends(piece, inside)
        last = 0
        for end in map(int, ends):
            if skip:
                skip -= 1
            else:
                kept += piece[last : min(end, last + max(budget - len(kept), 0))]
                spans.append(Span(start, position + end, kept))
                budget -= len(kept)
            kept, start, last = b"", position + end + 1, end + 1
            if len(spans) >= take or budget <= 0:
                return spans
        if not skip:
            kept += piece[last : last + max(budget - len(kept), 0)]
        position += len(piece)
    if start < position and not skip and len(spans) < take:
        # The last record of a file without a last LF, or one that is too long to be read to its end.
        spans.append(Span(start, position, kept))
    return spans


def cells_of(record: bytes) -> list[str]:
    """The cells of one record, each by its beginning. What is not quoted as RFC 4180 has it is taken as it stands."""
    cells: list[str] = []
    position = 0
    while (match := _FIELD.match(record, position)) is not None:
        quoted, bare, delimiter = match.groups()
        cell = bare if quoted is None else quoted[: 2 * CELL_BYTES].replace(b'""', b'"')
        cells.append(cell[:CELL_BYTES].decode("utf-8", "replace"))
        if not delimiter:
            break
        position = match.end()
    return cells


def well_formed(record: bytes, columns: int) -> bool:
    """Whether a record has so many cells, each bare and without quotes, or quoted from its first byte to its last."""
    position, count = 0, 0
    while (match := _FIELD.match(record, position)) is not None:
        _, bare, delimiter = match.groups()
        if bare is not None and QUOTE in bare:
            return False
        count += 1
        if not delimiter:
            break
        position = match.end()
    return count == columns


def guess_start(descriptor: int, position: int, columns: int, window: int = PIECE_BYTES) -> int:
    """Where a record probably begins, at or after a place that may lie inside quotes.

    The bytes after it are read both ways, as if it lay outside quotes and as if it lay inside; the way in which more
    records have the right number of well-formed cells is taken. Returns `position` when no record ends within.
    """
    piece = os.pread(descriptor, window, position)
    best, start = -1.0, position
    for inside in (False, True):
        ends = line_ends(piece, inside)[0]
        if len(ends):
            score = _plausible(piece, ends, columns)
            if score > best:
                best, start = score, position + int(ends[0]) + 1
    return start


def _plausible(piece: bytes, ends: Sequence[int] | npt.NDArray[np.int64], columns: int) -> float:
    """Share of the whole records between the ends that are well formed."""
    edges = [int(end) for end in ends[:200]]
    records = [piece[first + 1 : last] for first, last in pairwise(edges)]
    return sum(well_formed(record, columns) for record in records) / len(records) if records else 0.0
