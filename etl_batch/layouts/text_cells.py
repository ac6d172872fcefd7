"""Text fields: decode and trim fixed strings, each distinct one once where they repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.kernels.code_pages import decode_cells
from etl_batch.kernels.kernel import Words
from etl_batch.layouts.cell_types import Array, Mask, Parsed, any_byte, byte_matrix, fixed_strings, mask_of
from etl_batch.layouts.code_pages import characters_of, utf8_table
from etl_batch.layouts.gathering import code_cells, gather_cells
from etl_batch.layouts.layout import LayoutColumn

# Hashing pays while values repeat: 4.4 GB/s on few distinct values against 0.3 GB/s on distinct ones, where
# decoding every cell does 2.5 GB/s. A few thousand rows tell which it will be.
PROBE_ROWS = 4096
MAX_DISTINCT_SHARE = 0.25
_FAST = ("utf-8", "ascii")
PADDING = {"null": "\0", "space": " ", "both": "\0 ", "none": ""}


def parse_text(column: LayoutColumn, rows: Array) -> Parsed:
    """Text of a field of records, decoded and freed of its padding; invalid text is empty and marked."""
    coded = code_cells(column, rows)
    if coded is not None:
        return _told_by(column, *coded)
    cells = gather_cells(column, rows)
    if (column.encoding in _FAST or utf8_table(column.encoding) is not None) and _mostly_distinct(cells):
        return _decode(column, cells)
    encoded = fixed_strings(cells).dictionary_encode()
    entries = np.frombuffer(encoded.dictionary.buffers()[1], cells.dtype, count=len(encoded.dictionary))
    return _told_by(column, encoded.indices.to_numpy(), entries)


def _told_by(column: LayoutColumn, indices: Array, entries: Array) -> Parsed:
    """Text of cells that are places among distinct ones."""
    parsed = _decode(column, entries)
    # Cells of one size stay different when one kind of padding is taken off, and what is no text becomes empty.
    distinct = column.encoding in _FAST and len(PADDING[column.strip]) <= 1 and parsed.invalid is None
    return replace(parsed, indices=indices, distinct=distinct)


def decode_ascii(cells: Array) -> tuple[pa.Array, Mask | None]:
    """Cells as untrimmed strings, and those with a byte outside ASCII, which become empty; None when there are none."""
    wrong = any_byte(byte_matrix(cells) >= 0x80)
    return _without(cells, wrong).cast(pa.string()), wrong if wrong.any() else None


def _mostly_distinct(cells: Array) -> bool:
    if len(cells) <= PROBE_ROWS:
        return False
    probe = np.ascontiguousarray(cells[:: len(cells) // PROBE_ROWS])
    distinct = len(fixed_strings(probe).dictionary_encode().dictionary)
    return distinct > MAX_DISTINCT_SHARE * len(probe)


def _decode(column: LayoutColumn, cells: Array) -> Parsed:
    if column.encoding == "ascii":
        text, invalid = decode_ascii(cells)
    elif column.encoding == "utf-8":
        text, invalid = _decode_utf8(cells)
    elif (table := utf8_table(column.encoding)) is not None:
        text, invalid = _decode_single(cells, table, column.encoding, PADDING[column.strip])
    else:
        text, invalid = _decode_other(cells, column.encoding, PADDING[column.strip])
    padding = PADDING[column.strip]
    if padding and column.encoding in _FAST:
        text = pc.ascii_rtrim(text, characters=padding)
    blank = mask_of(pc.equal(pc.ascii_trim(text, characters="\0 "), "")) if column.blank_is_null else None
    if blank is not None and invalid is not None:
        blank &= ~invalid
    return Parsed(text, invalid, "invalid_text", blank)


def _decode_utf8(cells: Array) -> tuple[pa.Array, Mask | None]:
    try:
        return fixed_strings(cells).cast(pa.string()), None
    except pa.ArrowInvalid:
        wrong = np.zeros(len(cells), bool)
        for row in np.flatnonzero(any_byte(byte_matrix(cells) >= 0x80)):
            wrong[row] = _text_or_none(cells[row].tobytes(), "utf-8") is None
        return _without(cells, wrong).cast(pa.string()), wrong


def _without(cells: Array, wrong: Mask) -> pa.FixedSizeBinaryArray:
    if wrong.any():
        cells = cells.copy()
        byte_matrix(cells)[wrong] = 0
    return fixed_strings(cells)


def _decode_single(cells: Array, table: Words, encoding: str, padding: str) -> tuple[pa.Array, Mask | None]:
    """A code page of one byte a character, all cells in one walk."""
    characters = characters_of(encoding) or ""
    stripped = np.array([one in padding for one in characters], np.uint8)
    ends, wrong = np.empty(len(cells) + 1, np.int32), np.empty(len(cells), np.uint8)
    out = np.empty(3 * cells.nbytes, np.uint8)
    bad = decode_cells(byte_matrix(cells).reshape(-1), cells.dtype.itemsize, table, stripped, ends, out, wrong)
    text = pa.Array.from_buffers(
        pa.string(), len(cells), [None, pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]].copy())]
    )
    return text, wrong.view(bool) if bad else None


def _decode_other(cells: Array, encoding: str, padding: str) -> tuple[pa.Array, Mask | None]:
    """Any other encoding, cell by cell; padding is taken off as characters, which may be several bytes wide."""
    texts = [_text_or_none(cell.tobytes(), encoding) for cell in cells]
    wrong = np.array([text is None for text in texts], bool)
    return pa.array([(text or "").rstrip(padding) if padding else text or "" for text in texts], pa.string()), (
        wrong if wrong.any() else None
    )


def _text_or_none(cell: bytes, encoding: str) -> str | None:
    try:
        text = cell.decode(encoding)
        # Some codecs let half a surrogate pair through, which is no text that could be written.
        text.encode("utf-8")
    except UnicodeError:
        return None
    return text
