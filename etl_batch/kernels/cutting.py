"""Where a text of a plain dialect may be cut: at a line end outside quotes, 64 bytes at a time."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import equal_mask, prefix_xor, trailing_zeros
from etl_batch.kernels.finding import ALL, CR, LF, ONE, is_border
from etl_batch.kernels.kernel import Bytes, OutLongs, kernel

INSIDE, BORDER = range(2)
"""Places in `state`: whether the next byte is inside quotes, and whether the one before it may stand before a quote."""
STATES = 2
NOWHERE, ASTRAY = -1, -2


@kernel
def find_break(
    data: Bytes, size: int, known: int, wanted: int, newline: int, delimiter: int, quote: int, state: OutLongs
) -> int:
    """Where the first line end at byte `wanted` or behind it ends, in the first `size` bytes of a stretch of text.

    `NOWHERE` when there is none, `ASTRAY` when a quote stands where none may: see `kernels.finding`. `known` bytes of
    the text stand in `data`, so many that the one behind the stretch is among them unless the text ends there, and
    `PADDING` more may be read. `state` is handed on from stretch to stretch, at first 0 and 1.
    """
    inside = np.uint64(0) - np.uint64(state[INSIDE])
    for at in range(0, size, 64):
        looked = ALL if size - at >= 64 else (ONE << np.uint64(size - at)) - ONE
        seen = equal_mask(data, at, quote)
        quotes, within = seen & looked, inside
        if quotes:
            borders = seen | equal_mask(data, at, LF) | equal_mask(data, at, CR) | equal_mask(data, at, delimiter)
            behind = borders >> ONE
            if at + 64 >= known:
                behind |= ALL << np.uint64(known - at - 1)
            else:
                behind |= is_border(data[at + 64], delimiter, quote) << np.uint64(63)
            before = borders << ONE
            before |= is_border(data[at - 1], delimiter, quote) if at else np.uint64(state[BORDER])
            within ^= prefix_xor(quotes)
            if quotes & ((within & ~before) | (~within & ~behind)):
                return ASTRAY
            inside = np.uint64(0) - (within >> np.uint64(63))
        if at + 64 > wanted:
            breaks = equal_mask(data, at, newline) & ~within & looked
            if wanted > at:
                breaks &= ALL << np.uint64(wanted - at)
            if breaks:
                return at + trailing_zeros(breaks) + 1
    state[INSIDE], state[BORDER] = inside & ONE, is_border(data[size - 1], delimiter, quote)
    return NOWHERE
