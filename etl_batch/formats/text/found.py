"""The records of a stretch of text: by counting quotes as long as these stand where they may, else one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from etl_batch.columns.text_cells import TextLines
from etl_batch.formats.text.grammar import signs_of
from etl_batch.kernels import finding, grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, LongGrid
from etl_batch.model import Dialect

SLAB_BYTES = 8 << 20
"""Text taken apart at a time: all of a chunk. Slabs of 1 and 2 MiB, which a second-level cache holds, cost a fifth and
a tenth more than they saved: each column of each slab has its price, and a third-level cache holds the chunk."""
_SLAB_CELLS = 1 << 21
"""Cells of a slab at most, or one record: narrow files stay in bounds as wide ones do."""
BAD_RECORDS = 1 << 12
"""Bad records of a slab at most."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text in UTF-8, of `length` bytes and `PADDING` more that may be read, and how it is to be taken apart."""

    data: Bytes
    length: int
    dialect: Dialect
    columns: int
    ragged: int = 0
    """What is done to records of odd width: see `kernels.grammar`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in bytes `[begin, stop)` of a text."""

    begin: int
    stop: int
    records: int
    blank: int
    numbers: Ints
    """By row, which of the records it is."""
    spans: IntGrid | LongGrid
    """By row, where it begins and where it ends, its line end left out."""
    bad: LongGrid
    """By bad record, where it begins, where it ends, its number, and how many cells it has (see `kernels.finding`)."""
    lines: TextLines
    high: bool
    """Whether there may be bytes past ASCII."""
    astray: bool = False
    """Whether a quote stands astray behind it."""
    repaired: dict[str, int] = field(default_factory=dict)
    """Rows that were mended, by how."""


def count_cells(text: Text, position: int) -> Found:
    """The records from a byte on, in a plain dialect, up to one in which a quote stands astray."""
    marks, numbers, bad = _room(text, position)
    state = np.zeros(finding.STATES, np.int64)
    state[finding.NEXT], state[finding.ASTRAY] = position, -1
    scratch = np.empty((2, finding.scratch_size(text.columns)), np.int32)
    delimiter = text.dialect.delimiter
    how = (text.length, position + SLAB_BYTES, ord(delimiter), ord('"'), scratch)
    finding.find_cells(text.data, *how, marks, numbers, bad, state)
    rows, stop, records = int(state[finding.ROWS]), int(state[finding.NEXT]), int(state[finding.RECORDS])
    comma, quoted = delimiter == ",", bool(state[finding.QUOTES])
    as_written = comma and rows == records and not quoted and not state[finding.RETURNS]
    own = _own(text, position, stop) if as_written and rows else None
    return Found(
        position,
        stop,
        records,
        int(state[finding.BLANK]),
        numbers[:rows],
        np.stack([marks[0, :rows] + 1, marks[-1, :rows]]),
        bad[: int(state[finding.BAD])],
        TextLines(text.data, rows, marks, delimiter, '"', quoted=quoted, closely=not comma, own=own),
        high=bool(state[finding.HIGH]),
        astray=bool(state[finding.ASTRAY] >= 0),
    )


def walk_cells(text: Text, position: int) -> Found:
    """The records from a byte on, whatever the dialect, written anew as comma separated text."""
    marks, numbers, bad = _room(text, position)
    state = np.zeros(grammar.STATES, np.int64)
    state[grammar.NEXT] = position
    spans = np.empty((2, marks.shape[1]), np.int64)
    out = np.empty(4 * (text.length - position) + marks.size + 2 * PADDING, np.uint8)
    how = (text.length, position + SLAB_BYTES, signs_of(text.dialect), text.ragged)
    grammar.take_cells(text.data, *how, out, marks, numbers, spans, bad, state)
    rows, used = int(state[grammar.ROWS]), int(state[grammar.USED])
    repaired = {"padded": int(state[grammar.PADDED]), "truncated": int(state[grammar.TRUNCATED])}
    return Found(
        position,
        int(state[grammar.NEXT]),
        int(state[grammar.RECORDS]),
        int(state[grammar.BLANK]),
        numbers[:rows],
        spans[:, :rows],
        bad[: int(state[grammar.BAD])],
        TextLines(out[: used + PADDING], rows, marks, ",", '"', quoted=True, closely=True, own=None),
        high=True,
        repaired={how: count for how, count in repaired.items() if count},
    )


def _room(text: Text, position: int) -> tuple[IntGrid, Ints, LongGrid]:
    """Room for the marks and the numbers of rows, and for bad records."""
    room = max(min(_SLAB_CELLS // (text.columns + 1), text.length - position), 1)
    marks = np.empty((text.columns + 1, room), np.int32)
    return marks, np.empty(room, np.int32), np.empty((BAD_RECORDS, 4), np.int64)


def _own(text: Text, begin: int, stop: int) -> memoryview:
    """The bytes of the rows, the last one ended like the others."""
    rows = text.data[begin:stop]
    return rows.data if rows[-1] == ord("\n") else memoryview(rows.tobytes() + b"\n")
