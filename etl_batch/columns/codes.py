"""Text cells as codes: each row's place among the distinct cells, and these."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from etl_batch.columns.text_cells import TextCells, bytes_of
from etl_batch.kernels.codes import GIVEN_UP, SLOT, code_cells
from etl_batch.kernels.kernel import Bytes, Ints

_TABLES = ((1 << 12, 1 << 16), (1 << 16, 1 << 21))
"""Places of the tables by which cells are coded, and bytes of distinct ones: the first stays in a processor's cache."""
_QUOTE = ord('"')
_NONE = np.zeros(0, np.uint8)


def coded(cells: TextCells) -> pa.DictionaryArray | None:
    """The cells as an array with a dictionary, in the order in which they first appear; None when they are too many."""
    found = codes_of([(cells, _NONE)])
    if found is None:
        return None
    return pa.DictionaryArray.from_arrays(pa.array(found[0]), found[1], safe=False)


def coded_bare(cells: TextCells) -> pa.DictionaryArray | None:
    """The same of cells none of which stands in quotes; None also when one does."""
    repeated = coded(cells.as_bare())
    if repeated is None:
        return None
    data, places = bytes_of(repeated.dictionary)
    full = np.flatnonzero(places[:-1] < places[1:])
    return None if (data[places[full]] == _QUOTE).any() else repeated


def text_codes(parts: Sequence[pa.StringArray]) -> tuple[Ints, list[str | None]] | None:
    """The codes of arrays one behind the other, and the distinct cells; a null is one. None when they are too many."""
    found = codes_of([(_in_place(part), _nulls(part)) for part in parts])
    if found is None:
        return None
    codes, values = found[0], found[1].to_pylist()
    begin = 0
    for part in parts:
        if part.null_count:
            values[codes[begin + int(np.argmax(_nulls(part)))]] = None
        begin += len(part)
    return codes, values


def codes_of(parts: Sequence[tuple[TextCells, Bytes]]) -> tuple[Ints, pa.StringArray] | None:
    """The codes of cells, those of each part marked that are none at all, and the distinct ones."""
    codes = np.empty(sum(len(cells) for cells, _ in parts), np.int32)
    for places, bytes_kept in _TABLES:
        table, kept = np.zeros(places * SLOT, np.uint64), np.empty(bytes_kept, np.uint8)
        offsets = np.zeros(places // 2 + 1, np.int32)
        known = begin = 0
        for cells, missing in parts:
            here = codes[begin : begin + len(cells)]
            begin += len(cells)
            known = code_cells(*cells.places, missing, known, table, kept, offsets, here)
            if known == GIVEN_UP:
                break
        else:
            return codes, pa.StringArray.from_buffers(known, pa.py_buffer(offsets), pa.py_buffer(kept))
    return None


def _nulls(part: pa.StringArray) -> Bytes:
    return part.is_null().to_numpy(zero_copy_only=False).view(np.uint8) if part.null_count else _NONE


def _in_place(part: pa.StringArray) -> TextCells:
    """The cells where they stand, though nothing may be read behind them."""
    data, places = bytes_of(part)
    return TextCells(data, places[:-1] - np.int32(1), places[1:])
