"""Which layout fits a file: each one tried on records from its start, its middle and its end, best first.

Detection and the Layouts screen both ask here, so they cannot disagree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.layouts.cell_types import Array
from etl_batch.layouts.detection import Fit, Reason, Speaks, judge, record_rows
from etl_batch.layouts.extents import Extent, extent, frame
from etl_batch.layouts.layout import Layout
from etl_batch.layouts.variable import list_span, side_by_side, spans

BLOCK_BYTES = 256 * 1024
"""Bytes looked at in each of three places; a file that is smaller than the three is looked at whole."""


def rank(layouts: Iterable[Layout], path: Path, block_bytes: int = BLOCK_BYTES) -> list[Fit]:
    """Every layout tried on a file, the best first. Raises `InputRefused` when the file cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InputRefused(sentences.inputs.UNREADABLE.format(path=path, reason=error.strerror)) from error
    try:
        return rank_open(layouts, descriptor, str(path), block_bytes)
    finally:
        os.close(descriptor)


def rank_open(layouts: Iterable[Layout], descriptor: int, filename: str, block_bytes: int = BLOCK_BYTES) -> list[Fit]:
    """The same for a file that is open already; `filename` is what globs are held against."""
    size = os.fstat(descriptor).st_size
    fits = [fit(layout, descriptor, size, filename, block_bytes) for layout in layouts]
    return sorted(fits, key=lambda each: each.order, reverse=True)


def fit(layout: Layout, descriptor: int, size: int, filename: str, block_bytes: int = BLOCK_BYTES) -> Fit:
    """How well an open file of `size` bytes fits one layout, from at most three blocks of it."""
    if layout.words:
        return _fit_variable(layout, descriptor, size, filename, block_bytes)
    try:
        where = extent(layout, descriptor, size)
    except InputRefused as refused:
        return Fit(layout.name, 0.0, (Reason(Speaks.AGAINST, refused.message),))
    # With a record count, what follows the last record is told by the file itself.
    even = layout.record_count is not None or where.trailing_bytes == 0
    judged = judge(layout, _sample(layout, descriptor, where, block_bytes), even=even, filename=filename)
    values, *others = judged.reasons
    return replace(judged, reasons=(values, _about_size(layout, where, even), *others))


def _fit_variable(layout: Layout, descriptor: int, size: int, filename: str, block_bytes: int) -> Fit:
    """The same for records of variable length, of the file's start: the words before them must lead on, too."""
    try:
        where = frame(layout, descriptor, size)
    except InputRefused as refused:
        return Fit(layout.name, 0.0, (Reason(Speaks.AGAINST, refused.message),))
    end = where.trailing_offset

    def read(offset: int, length: int) -> bytes:
        return os.pread(descriptor, length, offset)

    span = next(spans(layout, read, where.first, end, block_bytes))
    data = np.frombuffer(read(span.offset, span.length), np.uint8)
    most = max(4 * block_bytes // layout.record_size, 1)
    listed = next(list_span(layout, data, span, most))
    whole = ~listed.damaged
    lost = float(listed.lengths[listed.damaged].sum() / listed.lengths.sum())
    rows, lengths = side_by_side(layout, data, listed.starts[whole], listed.lengths[whole])
    judged = judge(layout, rows, even=True, filename=filename, lengths=lengths)
    if not len(rows):
        return replace(judged, reasons=(Reason(Speaks.AGAINST, sentences.layouts.NO_RECORD_WORDS),))
    score = min(judged.score if judged.rules else 1.0, 1.0 - 2.0 * lost)
    records = sentences.layouts.SAMPLED.format(records=len(rows))
    if lost:
        text = sentences.layouts.WORDS_DAMAGED.format(records=records, share=1.0 - lost)
        reason = Reason(Speaks.AGAINST, text)
    else:
        reason = Reason(Speaks.FOR, sentences.layouts.WORDS_LEAD.format(records=records))
    return replace(judged, score=max(score, 0.0), reasons=(reason, *judged.reasons), rules=judged.rules + 1)


def _about_size(layout: Layout, where: Extent, even: bool) -> Reason:
    one = where.records == 1
    sentence = sentences.layouts.ONE_OF_BYTES if one else sentences.layouts.RECORDS_OF_BYTES
    whole = sentence.format(records=where.records, size=layout.record_size)
    if even:
        return Reason(Speaks.FOR, sentences.layouts.SIZE_FITS.format(records=whole))
    return Reason(Speaks.AGAINST, sentences.layouts.SIZE_LEFT.format(records=whole, left=where.trailing_bytes))


def _sample(layout: Layout, descriptor: int, where: Extent, block_bytes: int) -> Array:
    """Records of the start, the middle and the end of a file, all of them when there are few."""
    each = max(block_bytes // layout.record_size, 1)
    firsts: tuple[int, ...] = (0, (where.records - each) // 2, where.records - each)
    if where.records <= 3 * each:
        firsts, each = (0,), where.records
    size = layout.record_size
    return record_rows(layout, b"".join(os.pread(descriptor, each * size, where.first + at * size) for at in firsts))
