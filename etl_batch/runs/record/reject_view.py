"""Rejects of a run as a person looks through them: by reason, page by page, one in full; files of any length."""

from __future__ import annotations

import json
import os
import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl_batch import background, sentences
from etl_batch.background import Task
from etl_batch.errors import InputRefused
from etl_batch.record.rejects import bytes_of, reject_from_json

BLOCK_BYTES = 256 * 1024
LINE_BYTES = 64 << 20
"""A line longer than this is passed over: no reject is so long."""
SMALL_BYTES = 8 << 20
"""Files up to this size are indexed before their first page is shown."""
SMALL_SECONDS = 5.0
# The engine writes its keys in this order; a line by somebody else is read as JSON.
_TEXT = rb'"(?:[^"\\\n]|\\.)*+"'
_HEAD = re.compile(
    rb'^\{"source": (%b), "offset": \d+, "record": \d+, "reason": (%b), "field": (null|%b), ' % ((_TEXT,) * 3), re.M
)
RejectKind = tuple[str, str, str | None]
"""Reason, source and field of a reject."""


@dataclass(frozen=True, slots=True)
class RejectFilter:
    """Which rejects to show; None asks for nothing, and the empty field for rejects without one."""

    reason: str | None = None
    source: str | None = None
    field: str | None = None

    def fits(self, kind: RejectKind) -> bool:
        """Whether rejects of that kind are shown."""
        reason, source, field = kind
        return self.reason in (None, reason) and self.source in (None, source) and self.field in (None, field or "")


@dataclass(frozen=True, slots=True)
class RejectLine:
    """One reject, and at which byte of `rejects.jsonl` its line begins: its name in addresses."""

    at: int
    source: str
    offset: int
    record: int
    reason: str
    field: str | None
    detail: str
    raw: bytes
    """The record as it stands in its source; text as UTF-8."""
    is_text: bool


class RejectIndex:
    """For every block of lines where it begins and how many rejects of each kind it holds. It grows while it is read.

    Memory: a few dozen bytes for every block, whatever the number of rejects.
    """

    def __init__(self) -> None:
        self.begins = array("q")
        self.counts: list[tuple[tuple[int, int], ...]] = []
        self.kinds: list[RejectKind] = []
        self.unreadable = 0
        """Lines that are no rejects: of a run that was killed while it wrote them."""
        self._numbers: dict[RejectKind, int] = {}

    def add(self, begin: int, found: Mapping[RejectKind, int]) -> None:
        """Note the next block."""
        self.begins.append(begin)
        numbered = []
        for kind, count in found.items():
            if kind not in self._numbers:
                self._numbers[kind] = len(self.kinds)
                self.kinds.append(kind)
            numbered.append((self._numbers[kind], count))
        # Looked at first by readers, so it grows last.
        self.counts.append(tuple(numbered))

    def totals(self) -> Counter[RejectKind]:
        """Rejects counted so far, by kind."""
        sums: Counter[int] = Counter()
        for block in tuple(self.counts):
            for number, count in block:
                sums[number] += count
        return Counter({self.kinds[number]: count for number, count in sums.items()})

    def before(self, wanted: RejectFilter, skip: int) -> tuple[int, int]:
        """The byte of the block in which the reject number `skip` of those wanted stands, and how many to pass there.

        The byte after the last block known when there are not so many.
        """
        kinds = {number for number, kind in enumerate(tuple(self.kinds)) if wanted.fits(kind)}
        blocks = tuple(self.counts)
        ends = array("q")
        total = 0
        for block in blocks:
            total += sum(count for number, count in block if number in kinds)
            ends.append(total)
        place = bisect_right(ends, skip)
        if place >= len(blocks):
            return (self.begins[len(blocks) - 1] if blocks else 0), skip - (ends[-2] if len(ends) > 1 else 0)
        return self.begins[place], skip - (ends[place - 1] if place else 0)


def index_of(path: Path) -> Task[RejectIndex]:
    """The index of a `rejects.jsonl`, begun when there is none; a small file's is waited for. Raises `InputRefused`."""
    try:
        found = path.stat()
    except OSError as error:
        raise InputRefused(sentences.runs.REJECTS_UNREADABLE.format(name=path.name, reason=error.strerror)) from error

    def work(task: Task[RejectIndex]) -> RejectIndex:
        task.result = RejectIndex()
        with path.open("rb") as file:
            return _fill(task.result, file.fileno(), task)

    key = ("rejects", str(path), found.st_ino, found.st_size, found.st_mtime_ns)
    task = background.start(key, found.st_size, work)
    if found.st_size <= SMALL_BYTES:
        task.wait(SMALL_SECONDS)
    return task


def _fill(index: RejectIndex, descriptor: int, task: Task[RejectIndex]) -> RejectIndex:
    for begin, block in _blocks(descriptor, 0):
        if task.dropped:
            break
        kinds = _kinds_of(block)
        index.unreadable += _line_count(block) - sum(kinds.values())
        index.add(begin, kinds)
        task.done = begin + len(block)
    return index


def _blocks(descriptor: int, begin: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines from a byte on at which one begins, about a block at a time; the last one may lack its LF."""
    position, kept = begin, b""
    while True:
        # Twice as much each time, so that a very long line is not copied over and over.
        piece = os.pread(descriptor, max(BLOCK_BYTES, len(kept)), position + len(kept))
        whole = kept + piece
        end = whole.rfind(b"\n") + 1 if piece else len(whole)
        if end:
            yield position, whole[:end]
            position, kept = position + end, whole[end:]
        elif piece and len(whole) > LINE_BYTES:
            # Such a line is nobody's reject: the search for its end goes on without it.
            position, kept = position + len(whole), b""
        else:
            kept = whole
        if not piece:
            return


def _line_count(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _kinds_of(block: bytes) -> Counter[RejectKind]:
    heads = Counter(_HEAD.findall(block))
    if sum(heads.values()) != _line_count(block):
        return Counter(line_kind for line in block.split(b"\n") if (line_kind := _kind_of(line)) is not None)
    kinds: Counter[RejectKind] = Counter()
    for (source, reason, field), count in heads.items():
        kinds[json.loads(reason), json.loads(source), json.loads(field)] += count
    return kinds


def _kind_of(line: bytes) -> RejectKind | None:
    match = _HEAD.match(line)
    if match is not None:
        source, reason, field = match.groups()
        return json.loads(reason), json.loads(source), json.loads(field)
    reject = reject_from_json(line)
    return None if reject is None else (reject.reason, reject.source, reject.field)


def read_page(path: Path, wanted: RejectFilter, first: int, count: int) -> list[RejectLine]:
    """The rejects that fit from number `first` on, at most `count`. Of a long file the blocks that hold them are read,
    and until the index has come so far there are none."""
    task = index_of(path)
    begin, skip = task.result.before(wanted, first) if task.result is not None else (0, first)
    found: list[RejectLine] = []
    with path.open("rb") as file:
        for position, block in _blocks(file.fileno(), begin):
            if position > max(task.done, begin):
                break
            for at, line in _lines(position, block):
                kind = _kind_of(line)
                if kind is None or not wanted.fits(kind):
                    continue
                if skip:
                    skip -= 1
                    continue
                parsed = _parse(at, line)
                if parsed is not None:
                    found.append(parsed)
                if len(found) == count:
                    return found
    return found


def matching_lines(path: Path, wanted: RejectFilter) -> Iterator[bytes]:
    """The lines of the rejects that fit, as they stand in the file, a block's at a time."""
    with path.open("rb") as file:
        for position, block in _blocks(file.fileno(), 0):
            lines = []
            for _, line in _lines(position, block):
                kind = _kind_of(line)
                if kind is not None and wanted.fits(kind):
                    lines.append(line + b"\n")
            if lines:
                yield b"".join(lines)


def _lines(position: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    for line in block.split(b"\n"):
        if line:
            yield position, line
        position += len(line) + 1


def _parse(at: int, line: bytes) -> RejectLine | None:
    reject = reject_from_json(line)
    if reject is None:
        return None
    raw = bytes_of(reject)
    is_text = raw == reject.raw.encode("utf-8", "surrogatepass")
    return RejectLine(
        at, reject.source, reject.offset, reject.record, reject.reason, reject.field, reject.detail, raw, is_text
    )
