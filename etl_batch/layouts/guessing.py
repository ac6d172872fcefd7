"""A draft layout of a file that nobody describes: record length, header, and a field for each stretch of its bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch import sentences
from etl_batch.layouts.byte_columns import ByteColumns
from etl_batch.layouts.cell_types import Array
from etl_batch.layouts.detection import Reason, Speaks
from etl_batch.layouts.field_guesses import FieldGuess, guesses_at
from etl_batch.layouts.periods import LEAST_ROWS, SAMPLE_BYTES, Period, find_period

_ROWS = 4096
_NARROW = 8
"""Values of a column by which a record can be told from a header."""
_FOREIGN = 0.25
"""Share of these columns in which a header differs."""
_MAX_HEADER_RECORDS = 64


@dataclass(frozen=True, slots=True)
class Guess:
    """A draft of a layout for a file, and why; without one the reasons say why there is none."""

    definition: dict[str, Any] | None
    """The layout as a layout file writes it."""
    reasons: tuple[Reason, ...]


def guess_layout(descriptor: int, size: int) -> Guess:
    """A draft for an open file of `size` bytes, from at most three places of it. Never raises for what stands there."""
    middle = max((size - SAMPLE_BYTES) // 2, 0)
    sample = os.pread(descriptor, SAMPLE_BYTES, middle)
    period = find_period(sample, size)
    if period is None:
        small = len(sample) < 2 * LEAST_ROWS
        text = sentences.layouts.TOO_SMALL_TO_GUESS if small else sentences.layouts.NO_PERIOD
        return Guess(None, (Reason(Speaks.AGAINST, text),))
    header = _header(descriptor, size, period.length)
    columns = _columns(descriptor, size, header, period.length)
    endian, fields = _best_fields(columns)
    definition = _definition(period, header, endian, fields)
    return Guess(definition, (_about_period(period), _about_size(size, header, period.length)))


def _about_period(period: Period) -> Reason:
    text = sentences.layouts.PERIOD.format(length=period.length, gain=period.gain, entropy=period.entropy)
    return Reason(Speaks.FOR, text)


def _about_size(size: int, header: int, length: int) -> Reason:
    records, left = divmod(size - header, length)
    whole = sentences.layouts.RECORDS_OF_BYTES.format(records=records, size=length)
    if header:
        whole = sentences.layouts.AFTER_HEADER.format(records=whole, header=header)
    if left:
        return Reason(Speaks.AGAINST, sentences.layouts.SIZE_LEFT.format(records=whole, left=left))
    return Reason(Speaks.FOR, sentences.layouts.SIZE_FITS.format(records=whole))


def _header(descriptor: int, size: int, length: int) -> int:
    """Bytes before the first record: what is left of the size, and what at the start is unlike all later records."""
    rest = size % length
    if rest and not _foreign(descriptor, size, 0, length)[0]:
        # The first bytes are a record like the others, so what is left over stands at the end.
        return 0
    foreign = _foreign(descriptor, size, rest, length)
    first = int(np.flatnonzero(~foreign)[0]) if not foreign.all() else 0
    return rest + first * length


def _foreign(descriptor: int, size: int, start: int, length: int) -> Array:
    """Which of the first records, counted from byte `start` on, have bytes that the columns never have further on."""
    records = (size - start) // length
    known = min(records, max(SAMPLE_BYTES // length, 1))
    later = _rows(descriptor, start + (records - known) * length, known, length)[known // 4 :]
    first = _rows(descriptor, start, min(records, _MAX_HEADER_RECORDS, max(known // 4, 1)), length)
    seen = ByteColumns(later, np.zeros(len(later), bool)).counts > 0
    narrow = np.flatnonzero(seen.sum(axis=1) <= _NARROW)
    if not len(narrow):
        return np.zeros(len(first), bool)
    unseen = ~seen[narrow, first[:, narrow]]
    found: Array = unseen.mean(axis=1) > _FOREIGN
    return found


def _rows(descriptor: int, offset: int, records: int, length: int) -> Array:
    raw = os.pread(descriptor, records * length, offset)
    whole = len(raw) // length
    return np.frombuffer(raw, np.uint8, whole * length).reshape(whole, length)


def _columns(descriptor: int, size: int, header: int, length: int) -> ByteColumns:
    """Records of the start, the middle and the end of a file, all of them when there are few."""
    records = (size - header) // length
    each = max(min(_ROWS, SAMPLE_BYTES // length) // 3, 1)
    firsts = [0, (records - each) // 2, records - each] if records > 3 * each else [0]
    each = each if records > 3 * each else records
    blocks = [_rows(descriptor, header + first * length, each, length) for first in firsts]
    follows = [np.arange(len(block)) > 0 for block in blocks]
    return ByteColumns(np.concatenate(blocks), np.concatenate(follows))


def _best_fields(columns: ByteColumns) -> tuple[str, list[FieldGuess]]:
    """The byte order and the fields that have most points together."""
    found = {endian: _fields(columns, endian) for endian in ("little", "big")}
    endian = max(found, key=lambda each: (round(found[each][0], 6), each == "little"))
    return endian, found[endian][1]


def _fields(columns: ByteColumns, endian: str) -> tuple[float, list[FieldGuess]]:
    """The best way to cut a record into fields: for each byte the best way to go on from it, from the last one back."""
    points = [0.0] * (columns.length + 1)
    chosen: list[FieldGuess] = []
    for offset in reversed(range(columns.length)):
        best = max(guesses_at(columns, offset, endian), key=lambda each: each.points + points[offset + each.size])
        points[offset] = best.points + points[offset + best.size]
        chosen.append(best)
    chosen.reverse()
    fields, offset = [], 0
    while offset < columns.length:
        fields.append(chosen[offset])
        offset += chosen[offset].size
    return points[0], fields


def _definition(period: Period, header: int, endian: str, fields: list[FieldGuess]) -> dict[str, Any]:
    written = []
    offset = 0
    for guess in fields:
        named = {} if guess.keys.get("skip") else {"name": f"{guess.kind}_{offset}"}
        written.append({**named, **guess.keys, "description": sentences.layouts.GUESSED[guess.kind]})
        offset += guess.size
    frame = {"header_bytes": header} if header else {}
    return {
        "description": sentences.layouts.DRAFT,
        "endian": endian,
        "record_size": period.length,
        **frame,
        "fields": written,
    }
