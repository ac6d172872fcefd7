"""Where a file of lines is cut: behind a line feed, which no JSON has within a line."""

from __future__ import annotations

from collections.abc import Iterator

from etl_batch import stopping
from etl_batch.formats.jsonl.reader import LinePlace
from etl_batch.formats.opened import OpenContent

_WINDOW = 64 << 10


def split_lines(file: OpenContent, start: int, chunk_bytes: int, longest: int) -> Iterator[LinePlace]:
    """Pieces of about `chunk_bytes`, or of `longest` bytes more at most; a line that is too long for one is one."""
    position, size = start, file.size
    while position < size:
        wanted = min(position + chunk_bytes, size)
        end = line_end(file, wanted - 1, min(wanted + longest, size))
        if end is None and wanted + longest < size:
            begin = _line_begin(file, position, wanted)
            if begin > position:
                yield LinePlace(position, begin - position)
            position, end = begin, line_end(file, wanted + longest, size) or size
            yield LinePlace(position, end - position, long=True)
        else:
            yield LinePlace(position, (end or size) - position)
        position = end or size


def line_end(file: OpenContent, at: int, until: int) -> int | None:
    """The place behind the first line feed at a byte or behind it, and before another one."""
    for offset in range(at, until, _WINDOW):
        stopping.check()
        raw = file.read(min(_WINDOW, until - offset), offset)
        found = raw.find(b"\n")
        if found >= 0:
            return offset + found + 1
    return None


def _line_begin(file: OpenContent, first: int, at: int) -> int:
    """Where the line begins that a byte is in, no earlier than the first."""
    for behind in range(at, first, -_WINDOW):
        offset = max(behind - _WINDOW, first)
        found = file.read(behind - offset, offset).rfind(b"\n")
        if found >= 0:
            return offset + found + 1
    return first
