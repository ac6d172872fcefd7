"""A file seen through layouts: records by number, the next one that is refused, and which layout fits. No looks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl_batch import aside, sentences
from etl_batch.errors import EtlError, FormatRefused, InputRefused
from etl_batch.layouts import Extent, Fit, Guess, Layout, extent, guess_layout, rank_open
from etl_batch.previews import detected, first_refusal, format_title
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import opened_input, resolve_inputs
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.hex_view import RecordView, view_record

SCANNED_BYTES = 64 << 20
"""Bytes that one search for a refused record reads at most."""
_FIRST_BLOCK, _LARGEST_BLOCK = 32 << 10, 4 << 20


@dataclass(frozen=True, slots=True)
class FileView:
    """Some records of a file."""

    size: int
    extent: Extent
    records: tuple[RecordView, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The outcome of a search: the record found, or the record to go on from; both None when there is no more."""

    found: int | None
    go_on_from: int | None = None


@dataclass(frozen=True, slots=True)
class Automatic:
    """How a run that detects the format reads a file: the format and the layout, or why it does not."""

    format: str | None = None
    """What a person calls the format."""
    layout: str | None = None
    refusal: str = ""


@contextmanager
def _opened(home: Path, path: Path) -> Iterator[tuple[int, int]]:
    """Descriptor and size of a file under the allowed roots."""
    resolved = resolve_inputs([path], allowed_roots(home))
    if resolved != [path]:
        raise InputRefused(sentences.inputs.NOT_ONE_FILE.format(path=path), path=str(path))
    with opened_input(path, allowed_roots(home)) as descriptor:
        yield descriptor, os.fstat(descriptor).st_size


def look(home: Path, path: Path, layout: Layout, first: int, count: int, start: int = 0) -> FileView:
    """`count` records of a file from record `first` on (the first is 0); reads those records only."""
    with _opened(home, path) as (descriptor, size):
        where = extent(layout, descriptor, size)
        first = min(max(first, 0), max(where.records - 1, 0))
        views = []
        for record in range(first, min(first + count, where.records)):
            offset = where.first + record * layout.record_size
            raw = os.pread(descriptor, layout.record_size, offset)
            if len(raw) == layout.record_size:
                views.append(view_record(layout, raw, source=path.name, record=record, offset=offset, start=start))
    return FileView(size, where, tuple(views))


def peek(home: Path, path: Path, begin: int, most: int) -> tuple[int, bytes]:
    """The size of a file, and at most so many of its bytes from one on."""
    with _opened(home, path) as (descriptor, size):
        return size, os.pread(descriptor, most, begin)


def next_refused(home: Path, path: Path, layout: Layout, start: int) -> Search:
    """The first record from `start` on that a run would refuse, within `SCANNED_BYTES`."""
    with _opened(home, path) as (descriptor, size):
        where = extent(layout, descriptor, size)
        last = min(where.records, start + max(SCANNED_BYTES // layout.record_size, 1))
        # Small blocks first: where every record is refused, each of a block costs a dead letter.
        block, record = _FIRST_BLOCK, start
        while record < last:
            records = min(max(block // layout.record_size, 1), last - record)
            found = _first_refused(descriptor, where, layout, record, records)
            if found is not None:
                return Search(found)
            record += records
            block = min(2 * block, _LARGEST_BLOCK)
    return Search(None, last if last < where.records else None)


def _first_refused(descriptor: int, where: Extent, layout: Layout, first: int, records: int) -> int | None:
    offset = where.first + first * layout.record_size
    raw = os.pread(descriptor, records * layout.record_size, offset)
    refusal = first_refusal(layout, raw, source="", offset=offset, first_record=first)
    return refusal.record if refusal else None


def fits(home: Path, path: Path, layouts: Iterable[Layout]) -> list[Fit]:
    """Every layout tried on a file, the best first."""
    with _opened(home, path) as (descriptor, _):
        return rank_open(layouts, descriptor, str(path))


def draft(home: Path, path: Path) -> Guess:
    """A draft of a layout for a file, from its bytes alone."""
    with _opened(home, path) as (descriptor, size):
        return guess_layout(descriptor, size)


def automatic(home: Path, path: Path, layouts: dict[str, Layout]) -> Automatic:
    """What a run with `auto` would do with a file, from the function that runs use."""
    try:
        source = aside.call(detected, path, layouts, home)
    except FormatRefused as refused:
        # With one thing tried the message is about it; a list of all that was tried is what the fits show anyway.
        return Automatic(refusal=refused.message if len(refused.tried) == 1 else wording.NOTHING_FITS)
    except EtlError as error:
        return Automatic(refusal=error.message)
    return Automatic(format_title(source.format), source.layout)
