"""Audit records as CSV: whole blocks of the log's lines are turned into rows at once, by what is left out and doubled.

A line of the log already holds its row, in order: `{"seq":7,"ts":"...",...,"outcome":"ok","detail":{...},"prev":...}`.
Without the names, the quotes around plain words and all behind `detail`, and with the quotes inside `detail` doubled,
it is the row. That holds for lines of the form that the log writes whose words need neither quotes nor escaping; every
other line is taken apart as JSON.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl_batch.security.audit_read import parse_record
from etl_batch.security.escaping import TRIGGERS, escape_cells

COLUMNS = ("seq", "ts", "user", "action", "target", "outcome", "detail")
HEADER = (",".join(COLUMNS) + "\n").encode("ascii")
_BEGIN = b'{"seq":'
_NAMES = tuple(f',"{name}":"'.encode("ascii") for name in COLUMNS[1:-1])
_DETAIL = b',"detail":{'
_PREV, _MAC = b',"prev":"', b'","mac":"'
_TAIL_BYTES = len(_PREV) + 64 + len(_MAC) + 64 + len(b'"}\n')
_COMMA, _QUOTE, _BACKSLASH, _NEWLINE = b',"\\\n'
_AROUND = 1
"""Stands for a quote around a cell until those inside are doubled; no line of the log holds that byte."""
_RISKY = np.zeros(256, bool)
_RISKY[list(TRIGGERS + b"'\"")] = True

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


def rows_of(block: bytes) -> bytes:
    """The rows of whole lines of the log, one a record; lines that are no record are left out."""
    if not block.isascii():
        return _parsed(block)
    units = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(units == _NEWLINE) + 1
    if len(units) < 2 * _TAIL_BYTES or not len(ends):
        return _parsed(block)
    starts = np.concatenate(([0], ends[:-1]))
    plain, marks = _plain_lines(units, starts, ends)
    cuts = [0, *(np.flatnonzero(plain[1:] != plain[:-1]) + 1).tolist(), len(plain)]
    return b"".join(
        _rows(units, starts[first:last], ends[first:last], marks[first:last])
        if plain[first]
        else _parsed(block[starts[first] : ends[last - 1]])
        for first, last in pairwise(cuts)
    )


def _plain_lines(units: Bytes, starts: Places, ends: Places) -> tuple[Flags, Places]:
    """Which lines can be cut, and for each the places of its first commas, one before each column but the first.

    Shape of the places: lines, columns - 1. That there is no other comma before `detail` says that no word holds one.
    """
    commas = np.flatnonzero(units == _COMMA)
    columns = np.arange(len(_NAMES) + 1)
    if len(commas) < len(columns):
        return np.zeros(len(starts), bool), np.zeros((len(starts), len(columns)), np.int64)
    marks = commas[np.minimum(np.searchsorted(commas, starts)[:, None] + columns, len(commas) - 1)]
    details, tails = marks[:, -1], ends - _TAIL_BYTES
    plain = (details + len(_DETAIL) < tails) & _stands(units, starts, _BEGIN)
    for place, name in zip(marks.T, (*_NAMES, _DETAIL), strict=True):
        plain &= _stands(units, place, name)
    plain &= (units[np.minimum(starts + len(_BEGIN), len(units) - 1)] - ord("0")) < 10  # unsigned: digits alone
    plain &= _stands(units, tails, _PREV) & _stands(units, tails + len(_PREV) + 64, _MAC)
    for place, name in zip(marks.T, _NAMES, strict=False):
        plain &= ~_RISKY[units[np.minimum(place + len(name), len(units) - 1)]]
    odd = (units == _BACKSLASH) | (units < ord(" "))
    if np.count_nonzero(odd) > len(ends):
        places = np.flatnonzero(odd)
        plain &= np.searchsorted(places, ends) - np.searchsorted(places, starts) == 1  # its newline
    return plain, marks


def _stands(units: Bytes, places: Places, words: bytes) -> Flags:
    """At which places these bytes stand, held against the block eight bytes at a time."""
    eights = np.ndarray((len(units) - 7,), "<u8", units, 0, (1,))
    found = (places >= 0) & (places + len(words) + 8 <= len(units))
    inside = np.where(found, places, 0)
    for offset in range(0, len(words), 8):
        part = words[offset : offset + 8]
        mask = np.uint64((1 << 8 * len(part)) - 1)
        found &= (eights[inside + offset] & mask) == np.uint64(int.from_bytes(part, "little"))
    return found


def _rows(units: Bytes, starts: Places, ends: Places, marks: Places) -> bytes:
    """The rows of plain lines: the pieces of the lines that make them, side by side, then the quotes doubled."""
    tails = ends - _TAIL_BYTES
    pieces = [(starts + len(_BEGIN), marks[:, 0] + 1)]
    for column, name in enumerate(_NAMES):
        pieces += [(marks[:, column] + len(name), marks[:, column + 1] - 1), _one(marks[:, column + 1])]
    details = marks[:, -1] + len(_DETAIL) - 1
    # The quotes around the cell are two that stand in the line anyway.
    pieces += [_one(marks[:, -1] + 1), (details, tails), _one(tails + 1), _one(ends - 1)]
    begins, stops = (np.stack(each, axis=1) for each in zip(*pieces, strict=True))
    lengths = stops - begins
    reached = np.cumsum(lengths).reshape(lengths.shape)  # where each piece ends in the rows
    picked = np.repeat((begins - reached + lengths).ravel(), lengths.ravel())
    picked += _ramp(len(units).bit_length())[: len(picked)]
    rows = units.take(picked)
    rows[reached[:, -4] - 1] = rows[reached[:, -2] - 1] = _AROUND
    return rows.tobytes().replace(b'"', b'""').replace(bytes([_AROUND]), b'"')


@cache
def _ramp(bits: int) -> Places:
    """The numbers of so many bits; making them anew for each block would cost as much as all else."""
    return np.arange(1 << bits)


def _one(places: Places) -> tuple[Places, Places]:
    return places, places + 1


def _parsed(block: bytes) -> bytes:
    """The rows of any lines, taken apart as JSON; no cell of them is run by a spreadsheet."""
    records = [record for line in block.split(b"\n") if (record := parse_record(line)) is not None]
    if not records:
        return b""
    out = io.StringIO(newline="")
    columns = [_cells(records, name) for name in COLUMNS]
    csv.writer(out, lineterminator="\n").writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cells(records: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    escaped, _count = escape_cells(pa.array([_text(record.get(name)) for record in records], pa.string()))
    return [str(cell) for cell in escaped.to_pylist()]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return str(value).encode("utf-8", "backslashreplace").decode()
