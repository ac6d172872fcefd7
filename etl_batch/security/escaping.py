"""Formula escaping: the text cells that a spreadsheet would run get a leading quote, and the way back is exact.

A text cell is escaped when it is zero or more `'` followed by one of `= + - @ TAB CR LF NUL`, unless the whole cell is
a plain number (`[+-]?digits[.digits][e[+-]digits]`). Because the quotes before such a character count too,
`unescape(escape(cell)) == cell` holds for every cell.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TRIGGERS = b"=+-@\t\r\n\x00"
_SUSPECT = np.zeros(256, bool)
_SUSPECT[list(TRIGGERS + b"'")] = True
RISKY = r"^'*[=+\-@\t\r\n\x00]"
PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$"
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n\x00]", re.DOTALL)


def escape_cells(cells: pa.StringArray) -> tuple[pa.StringArray, int]:
    """The array with its risky cells escaped, and their number. Nulls stay nulls; O(1) a cell when none is risky."""
    suspects = _suspects(cells)
    if not len(suspects):
        return cells, 0
    taken = cells.take(pa.array(suspects))
    risky = pc.and_not(pc.match_substring_regex(taken, RISKY), pc.match_substring_regex(taken, PLAIN_NUMBER))
    rows = suspects[risky.to_numpy(zero_copy_only=False).astype(bool)]
    if not len(rows):
        return cells, 0
    mask = np.zeros(len(cells), bool)
    mask[rows] = True
    return pc.if_else(pa.array(mask), pc.binary_join_element_wise("'", cells, ""), cells), len(rows)


def unescape(cell: str) -> str:
    """The cell as it was before escaping."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def _suspects(cells: pa.StringArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Positions of the cells whose first byte calls for a closer look, read through the array's own offsets."""
    data = cells.buffers()[2]
    if len(cells) == 0 or data is None or not data.size:
        return np.zeros(0, np.int64)
    offsets = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]
    units = np.frombuffer(data, np.uint8)
    first = units[np.minimum(offsets[:-1], len(units) - 1)]
    return np.flatnonzero(_SUSPECT[first] & (offsets[1:] > offsets[:-1]))
