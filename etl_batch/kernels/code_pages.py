"""Text in code pages of one byte a character, as UTF-8."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import Bytes, OutBytes, OutInts, Words, kernel

NO_CHARACTER = 0
"""What a table says of a byte that is none; of all others 8 bits of length above 24 of UTF-8, the first byte lowest."""
LENGTH_AT = 24


@kernel
def decode_cells(
    cells: Bytes, size: int, table: Words, padding: Bytes, ends: OutInts, out: OutBytes, wrong: OutBytes
) -> int:
    """The text of cells of `size` bytes, side by side, as UTF-8 in `out`: it has 3 bytes for each byte of `cells`.

    `ends` gets where each one's text ends, behind a leading nought. Bytes that are marked in `padding` are taken off a
    cell's end. A cell with a byte that is no character is empty and marked in `wrong`. Returns how many of these there
    are.
    """
    to, bad = 0, 0
    ends[0] = 0
    for row in range(wrong.size):
        first, last = row * size, row * size + size
        begin = to
        while last > first and padding[cells[last - 1]]:
            last -= 1
        good = True
        for place in range(first, last):
            character = table[cells[place]]
            if character == NO_CHARACTER:
                good = False
                break
            length = np.int64(character >> np.uint64(LENGTH_AT))
            for byte in range(length):
                out[to] = np.uint8(character >> np.uint64(8 * byte) & np.uint64(0xFF))
                to += 1
        wrong[row] = not good
        if not good:
            to = begin
            bad += 1
        ends[row + 1] = np.int32(to)
    return bad
