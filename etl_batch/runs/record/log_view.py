"""Windows into a log of any size: its end, a page further back or forward, and what fits a search, without loading it.

`run.log` and its rotated parts are one log. A place in it is a file (by its inode) and a byte, so it stays where it is
while the log grows and is rotated. What is read at a time is bounded, in lines and in seconds: a search that needs
longer stops, says how far it came, and can be gone on with.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
WINDOW_LINES = 200
RECORD_LINES = 200
"""Lines of one record (a traceback) that a window holds at most."""
LINE_CHARACTERS = 1000
STEP_SECONDS = 0.3
BLOCK_BYTES = 256 << 10
SCAN_BYTES = 4 << 20
"""Block of a search that has found nothing yet."""
LARGEST_RECORD = 1 << 20
"""Bytes without the beginning of a record that are taken as one."""
LINES_AFTER = 40
MOST_PARTS = 100
_HEAD = re.compile(rb"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z (%s)\b" % b"|".join(name.encode() for name in LEVELS))


@dataclass(frozen=True, slots=True)
class LogStretch:
    """One file of the log and where it begins in the whole."""

    name: str
    inode: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A byte of one of the log's files."""

    inode: int
    offset: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records to show: those that hold the text, whatever its case, and are of one of the levels (empty: all)."""

    text: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the log with the lines that belong to it; `level` is empty for lines without a head."""

    place: LogPlace
    level: str
    lines: tuple[str, ...]
    left_out: int = 0
    """Lines at its end that a window does not hold."""


@dataclass(frozen=True, slots=True)
class LogWindow:
    """Some records in the order of the log, and where to read on."""

    records: tuple[Record, ...]
    begin: LogPlace
    """Older records lie before this place."""
    end: LogPlace
    """Newer records lie from this place on."""
    older: bool
    """Whether anything lies before, looked at or not."""
    newer: bool
    stopped: bool
    """Whether the time was up before the window was full: going on may find more."""

    @property
    def lines(self) -> int:
        """Lines of all records."""
        return sum(len(record.lines) for record in self.records)


class LogView:
    """A log as it stands at this moment; a context that holds its files open."""

    def __init__(
        self, path: Path, *, seconds: float = STEP_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds, self.clock = seconds, clock
        self._files = ExitStack()
        self._descriptors: list[int] = []
        self.parts: list[LogStretch] = []
        self.size = 0
        for found in reversed(parts_of(path)):
            try:
                file = self._files.enter_context(found.open("rb"))
            except OSError:  # rotated away in between
                continue
            facts = os.fstat(file.fileno())
            if facts.st_ino in {part.inode for part in self.parts}:
                continue  # rotated in between: seen under its older name already
            self._descriptors.append(file.fileno())
            self.parts.append(LogStretch(found.name, facts.st_ino, self.size, facts.st_size))
            self.size += facts.st_size

    def __enter__(self) -> LogView:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def tail(self, wanted: Filter | None = None) -> LogWindow:
        """The newest records that fit."""
        return self._back(self.size, wanted or Filter())

    def before(self, place: LogPlace, wanted: Filter | None = None) -> LogWindow:
        """The records that fit and lie before a place, the nearest to it."""
        return self._back(self._position(place), wanted or Filter())

    def after(self, place: LogPlace, wanted: Filter | None = None) -> LogWindow:
        """The records that fit from a place on, the nearest to it."""
        return self._forward(self._position(place), wanted or Filter())

    def head(self, wanted: Filter | None = None) -> LogWindow:
        """The oldest records that fit."""
        return self._forward(0, wanted or Filter())

    def goes_on(self, place: LogPlace) -> bool:
        """Whether anything lies behind a place."""
        return self._position(place) < self.size

    def around(self, place: LogPlace) -> LogWindow:
        """A record among its neighbours: a full page that ends some lines after it."""
        following, lines = self.after(place), 0
        for record in following.records:
            lines += len(record.lines)
            if lines > LINES_AFTER:
                return self.before(record.place)
        return self.before(following.end)

    def _back(self, end: int, wanted: Filter) -> LogWindow:
        deadline, found, lines, position = self.clock() + self.seconds, [], 0, end
        for start, raw in self._blocks_back(end):
            for offset, level, piece in reversed(_records(raw)) if _may_fit(wanted, raw) else ():
                position = start + offset
                if _fits(wanted, level, piece):
                    found.append(self._record(position, level, piece))
                    lines += len(found[-1].lines)
                if lines >= WINDOW_LINES:
                    return self._window(found[::-1], position, end)
            position = start
            if self.clock() >= deadline:
                break
        return self._window(found[::-1], position, end, stopped=position > 0)

    def _forward(self, begin: int, wanted: Filter) -> LogWindow:
        deadline, found, lines, position = self.clock() + self.seconds, [], 0, begin
        for start, raw in self._blocks_forward(begin):
            for offset, level, piece in _records(raw) if _may_fit(wanted, raw) else ():
                position = start + offset + len(piece)
                if _fits(wanted, level, piece):
                    found.append(self._record(start + offset, level, piece))
                    lines += len(found[-1].lines)
                if lines >= WINDOW_LINES:
                    return self._window(found, begin, position)
            position = start + len(raw)
            if self.clock() >= deadline:
                break
        return self._window(found, begin, position, stopped=position < self.size)

    def _blocks_back(self, end: int) -> Iterator[tuple[int, bytes]]:
        """Blocks of whole records from `end` backwards, each with its position; a small one first."""
        size = BLOCK_BYTES
        while end > 0:
            start = max(0, end - size)
            raw = self._read(start, end)
            if start > 0:
                # The very first byte is no line's beginning that anybody knows of.
                head = _HEAD.search(raw, 1)
                if head is None and len(raw) < LARGEST_RECORD:
                    size *= 2
                    continue
                cut = head.start() if head else raw.find(b"\n", 0, -1) + 1
                start, raw = start + cut, raw[cut:]
            yield start, raw
            end, size = start, SCAN_BYTES

    def _blocks_forward(self, begin: int) -> Iterator[tuple[int, bytes]]:
        """Blocks of whole records from `begin` on, each with its position; a small one first."""
        size = BLOCK_BYTES
        while begin < self.size:
            end = min(self.size, begin + size)
            raw = self._read(begin, end)
            if end < self.size:
                heads = [head.start() for head in _HEAD.finditer(raw, max(1, len(raw) - LARGEST_RECORD))]
                if not heads and len(raw) < LARGEST_RECORD:
                    size *= 2
                    continue
                raw = raw[: heads[-1] if heads else raw.rfind(b"\n") + 1 or None]
            yield begin, raw
            begin, size = begin + len(raw), SCAN_BYTES

    def _read(self, start: int, end: int) -> bytes:
        pieces = []
        for part, descriptor in zip(self.parts, self._descriptors, strict=True):
            first, last = max(start, part.start), min(end, part.start + part.size)
            if first < last:
                pieces.append(os.pread(descriptor, last - first, first - part.start))
        return b"".join(pieces)

    def _record(self, position: int, level: str, piece: bytes) -> Record:
        lines = piece.decode("utf-8", "replace").removesuffix("\n").split("\n")
        # One character more than is shown tells that there is more.
        shown = tuple(line[: LINE_CHARACTERS + 1] for line in lines[:RECORD_LINES])
        return Record(self._place(position), level, shown, len(lines) - len(shown))

    def _window(self, records: Sequence[Record], begin: int, end: int, *, stopped: bool = False) -> LogWindow:
        return LogWindow(
            tuple(records),
            self._place(begin),
            self._place(end),
            older=begin > 0,
            newer=end < self.size,
            stopped=stopped,
        )

    def _place(self, position: int) -> LogPlace:
        if not self.parts:
            return LogPlace(0, 0)
        part = next((part for part in self.parts if position < part.start + part.size), self.parts[-1])
        return LogPlace(part.inode, position - part.start)

    def _position(self, place: LogPlace) -> int:
        """The byte of the whole log; the beginning for a place that was rotated away."""
        part = next((part for part in self.parts if part.inode == place.inode), None)
        return 0 if part is None else part.start + min(place.offset, part.size)


def parts_of(path: Path) -> list[Path]:
    """The files of a log, newest first: the log itself and its rotated parts `.1`, `.2` and so on."""
    found = [path] if path.is_file() else []
    for number in range(1, MOST_PARTS):
        part = path.with_name(f"{path.name}.{number}")
        if not part.is_file():
            break
        found.append(part)
    return found


def _records(raw: bytes) -> list[tuple[int, str, bytes]]:
    """The records of a block: offset, level, bytes. What stands before the first head is one without a level."""
    heads = [(head.start(), head[1].decode()) for head in _HEAD.finditer(raw)]
    if not heads or heads[0][0] > 0:
        heads.insert(0, (0, ""))
    ends = [offset for offset, _level in heads[1:]] + [len(raw)]
    return [(offset, level, raw[offset:end]) for (offset, level), end in zip(heads, ends, strict=True)]


def _may_fit(wanted: Filter, raw: bytes) -> bool:
    """Whether a block is worth taking apart."""
    if wanted.levels and not any(b"Z %s " % level.encode() in raw for level in wanted.levels):
        return False
    return _holds(raw, wanted.text)


def _fits(wanted: Filter, level: str, piece: bytes) -> bool:
    return (not wanted.levels or level in wanted.levels) and _holds(piece, wanted.text)


def _holds(raw: bytes, text: str) -> bool:
    """Whether bytes hold a text, whatever its case; plain letters are compared without decoding."""
    if not text:
        return True
    if text.isascii():
        return text.lower().encode() in raw.lower()
    return text.casefold() in raw.decode("utf-8", "replace").casefold()
