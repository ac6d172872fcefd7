"""Searching the audit log: newest first in bounded steps for a screen, oldest first and whole for an export."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.security.audit_format import MAX_RECORD_BYTES
from etl_batch.security.audit_parts import older_parts, open_whole
from etl_batch.security.audit_read import bisect, parse_record

STEP_BYTES = 128 * 1024 * 1024
"""How much of the log one step reads at most."""
STEP_CANDIDATES = 20_000
"""How many lines one step parses at most: parsing costs a hundred times more than passing a line over."""
SEEN_RECORDS = 2_000
CLOCK_SLACK = timedelta(days=1)
"""How far the clock may have been set back without hiding a record from a search by date."""
_FIRST_BLOCK, _LARGEST_BLOCK, _EXPORT_BLOCK = 256 * 1024, 1024 * 1024, 512 * 1024
_EXACT = ("user", "action", "outcome")
_TS = re.compile(rb'"ts":"([^"\\]*)"')
_OWN_LINE = re.compile(rb'\{"seq":\d+,"ts":"[^"\\]*","user":".*?,"detail":\{')
_RUN = re.compile(r"[!#-\[\]-~]+")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What records to find; an empty field fits all. Times are RFC 3339 in UTC: `since` counts, `until` does not."""

    text: str = ""
    """Words that all stand somewhere in the record, upper or lower case."""
    user: str = ""
    action: str = ""
    outcome: str = ""
    target: str = ""
    """A part of the target, upper or lower case."""
    since: str = ""
    until: str = ""

    def given(self) -> dict[str, str]:
        """The fields that are not empty."""
        values = {name: str(getattr(self, name)) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value}

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is one of those."""
        if any(getattr(self, name) and record.get(name) != getattr(self, name) for name in _EXACT):
            return False
        if self.target.casefold() not in str(record.get("target", "")).casefold():
            return False
        ts = str(record.get("ts", ""))
        if (self.since and ts < self.since) or (self.until and ts >= self.until):
            return False
        words = self.text.casefold().split()
        if not words:
            return True
        texts = [text.casefold() for text in _texts([record.get(name) for name in _SEARCHED])]
        return all(any(word in text for text in texts) for word in words)

    def fits_line(self, line: bytes) -> bool:
        """Whether a line of the log is one of those; words are sought in what it says, the rest in its own bytes."""
        if not _OWN_LINE.match(line) or self.text or self.target:
            record = parse_record(line)
            return record is not None and self.fits(record)
        # A quote inside a value is escaped, so up to the detail a name with its quotes stands nowhere else.
        front = line[: line.index(b',"detail":') + 1]
        ts = _ts(front)
        if (self.since and ts < self.since) or (self.until and ts >= self.until):
            return False
        return all(f',"{name}":{json.dumps(value)},'.encode("ascii") in front for name, value in self._exact())

    def _exact(self) -> list[tuple[str, str]]:
        return [(name, getattr(self, name)) for name in _EXACT if getattr(self, name)]

    def needles(self) -> tuple[bytes, ...]:
        """Bytes, in lower case, that every fitting line holds, so that other lines are passed over unparsed."""
        exact = [f'"{name}":{json.dumps(value)}' for name, value in self._exact()]
        # Letters outside ASCII are escaped in the log and differ by case there: the part between them is sought.
        parts = [max(_RUN.findall(word), key=len, default="") for word in [*self.text.split(), *self.target.split()]]
        return tuple(needle.lower().encode("ascii") for needle in [*exact, *parts] if needle)


_SEARCHED = ("ts", "user", "action", "target", "outcome", "detail")


@dataclass(frozen=True, slots=True)
class SearchStep:
    """What one step has found."""

    records: tuple[dict[str, Any], ...]
    """Newest first."""
    resume: int | None
    """Where the next step begins, a byte offset; None when the beginning of the log, or of the time asked for, is
    reached."""
    reached: str
    """The time of the oldest line looked at; empty when there was none."""


@dataclass(frozen=True, slots=True)
class Names:
    """Users, actions and outcomes that a person may choose from."""

    users: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()


def search(path: Path, wanted: AuditFilter, limit: int, start: int | None = None, most: int = STEP_BYTES) -> SearchStep:
    """The newest records before `start` (None: the end) that fit: at most `limit`, from at most `most` bytes.

    Raises `InputRefused` when the log cannot be read.
    """
    try:
        with open_whole(path) as log:
            end = log.seek(0, 2)
            if wanted.until:
                end = min(end, bisect(log, end, lambda line: _ts(line) >= _shifted(wanted.until, CLOCK_SLACK)))
            return _search(log, wanted, limit, end if start is None else min(start, end), most)
    except FileNotFoundError:
        return SearchStep((), None, "")
    except OSError as error:
        raise _unreadable(path, error) from error


def _search(log: BinaryIO, wanted: AuditFilter, limit: int, end: int, most: int) -> SearchStep:
    needles, records, parsed = wanted.needles(), [], 0
    earliest = _shifted(wanted.since, -CLOCK_SLACK) if wanted.since else ""
    position, reached = end, ""
    for offset, block in _blocks_backwards(log, end):
        for at, line in _candidates(block, needles):
            parsed += 1
            record = parse_record(line)
            if record is not None and wanted.fits(record):
                records.append(record)
            if len(records) == limit or parsed == STEP_CANDIDATES:
                return SearchStep(tuple(records), offset + at or None, _ts(line))
        position, reached = offset, _ts(block)
        if position == 0 or (earliest and reached and reached < earliest):
            return SearchStep(tuple(records), None, reached)
        if end - position >= most:
            return SearchStep(tuple(records), position, reached)
    return SearchStep(tuple(records), None, reached)


def _blocks_backwards(log: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines from `end` back to the beginning, in blocks that grow; each with its offset.

    What is no whole line (a torn end, damage longer than a block) is passed over.
    """
    size = _FIRST_BLOCK
    while end > 0:
        start = max(0, end - size)
        log.seek(start)
        block = log.read(end - start)
        cut = block.find(b"\n") + 1 if start else 0
        lines = block[cut : block.rfind(b"\n") + 1]
        if lines:
            yield start + cut, lines
        end = start + cut if lines else start
        size = min(2 * size, _LARGEST_BLOCK)


def _candidates(block: bytes, needles: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    """Lines of a block that hold all needles, whatever their case, with their place in it; the last one first."""
    lowered = block.lower() if needles else block
    if any(needle not in lowered for needle in needles):
        return
    longest = max(needles, key=len, default=b"\n")
    at = len(block)
    while (hit := lowered.rfind(longest, 0, at)) >= 0:
        start, stop = lowered.rfind(b"\n", 0, hit) + 1, lowered.find(b"\n", hit) + 1
        if all(needle in lowered[start:stop] for needle in needles):
            yield start, block[start:stop]
        at = start if needles else hit


def fitting_blocks(path: Path, wanted: AuditFilter) -> Iterator[bytes]:
    """The lines that fit as they stand, oldest first, many at a time: for an export.

    The log is read up to the size it has at the beginning, in constant memory. Raises `InputRefused` when it cannot
    be read.
    """
    needles, fits = wanted.needles(), wanted.fits_line
    everything = not wanted.given()
    try:
        with open_whole(path) as log:
            for block in _blocks_forwards(log):
                if everything:
                    yield block
                    continue
                lines = reversed([line for _at, line in _candidates(block, needles)]) if needles else _lines(block)
                yield b"".join(line for line in lines if fits(line))
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, error) from error


def _lines(block: bytes) -> list[bytes]:
    return [line + b"\n" for line in block.split(b"\n")[:-1]]


def _blocks_forwards(log: BinaryIO) -> Iterator[bytes]:
    """Whole lines from the beginning to the end that the log has now; a torn line at the end is left out."""
    left = log.seek(0, 2)
    log.seek(0)
    while left > 0:
        block = log.read(min(_EXPORT_BLOCK, left))
        if not block:
            return
        if not block.endswith(b"\n"):
            block += log.readline(min(MAX_RECORD_BYTES, left - len(block)))
        left -= len(block)
        yield block if block.endswith(b"\n") else block[: block.rfind(b"\n") + 1]


_names: dict[Path, tuple[tuple[int, int, int], Names]] = {}


def names_seen(path: Path) -> Names:
    """Who and what stands in the newest records; kept until the log changes."""
    newest = [each for each in (path, *reversed(older_parts(path))) if each.exists()][:1]
    if not newest:
        return Names()
    found = newest[0].stat()
    tag = (found.st_ino, found.st_size, found.st_mtime_ns)
    known = _names.get(path)
    if known is None or known[0] != tag:
        records = search(path, AuditFilter(), SEEN_RECORDS).records
        kinds = [tuple(sorted({str(record.get(name)) for record in records})) for name in _EXACT]
        known = _names[path] = (tag, Names(*kinds))
    return known[1]


def _texts(value: Any) -> Iterator[str]:
    """Every name and value inside a JSON value, as text."""
    if isinstance(value, Mapping):
        yield from value
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def _ts(line: bytes) -> str:
    """The time of the first record in some bytes; empty when there is none."""
    match = _TS.search(line)
    return match[1].decode("ascii", "replace") if match else ""


def _shifted(moment: str, by: timedelta) -> str:
    """A moment some time later or earlier, in the log's own form."""
    try:
        shifted = datetime.fromisoformat(moment).astimezone(UTC) + by
    except (ValueError, OverflowError):
        raise InputRefused(sentences.audit.NO_MOMENT.format(moment=moment)) from None
    return shifted.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(sentences.audit.UNREADABLE.format(path=path, reason=error.strerror))
