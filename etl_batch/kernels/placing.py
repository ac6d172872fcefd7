"""Where the records of windows from the middle of a text begin, 64 bytes at a time.

Whether a window begins inside quotes is not written anywhere: what follows if it does not (the first of two lines) and
if it does (the second) is found in one walk. What a quote means is said in `kernels.finding`.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import count_ones, equal_mask, prefix_xor, trailing_zeros
from etl_batch.kernels.finding import ALL, CR, LF, ONE, is_border
from etl_batch.kernels.kernel import Bytes, LongGrid, OutLongGrid, Word, inner, kernel

AT, SIZE, BEFORE, UNTIL = range(4)
"""Places in a line of `windows`: where a window begins, and of how many bytes it is; how many of these stand before the
block, and where that ends, counted from the window's begin."""
FITS, BEGIN, END, INSIDE, BREAKS, FITTING, OPEN, QUOTES = range(8)
"""Places in a line of `found`: whether every quote stands where one may; where the first record begins at `BEFORE` or
behind it, and where the first one ends at `UNTIL` or behind it (`NOWHERE`: not in the window); whether the window ends
inside quotes; its line ends outside quotes; how many of the records between these have the wanted number of cells; the
delimiters behind the last line end; the quotes in the window."""
PLACES = 8
NOWHERE = -1


@kernel
def place_records(
    data: Bytes, windows: LongGrid, newline: int, delimiter: int, quote: int, cells: int, found: OutLongGrid
) -> None:
    """Look through windows of `data`; what is found in window k stands in lines 2 k and 2 k + 1.

    `PADDING` bytes that mean nothing stand behind the last one.
    """
    for window in range(windows.shape[0]):
        begin, size = windows[window, AT], windows[window, SIZE]
        before, until = windows[window, BEFORE], windows[window, UNTIL]
        for way in range(2 * window, 2 * window + 2):
            found[way, FITS], found[way, BEGIN], found[way, END] = 1, NOWHERE if before else 0, NOWHERE
            for place in (BREAKS, FITTING, OPEN, QUOTES):
                found[way, place] = 0
        inside, border_before = np.uint64(0), ONE
        for at in range(0, size, 64):
            here, left = begin + at, size - at
            looked = ALL if left >= 64 else (ONE << np.uint64(left)) - ONE
            quotes, delimiters = equal_mask(data, here, quote) & looked, equal_mask(data, here, delimiter) & looked
            borders = quotes | delimiters | equal_mask(data, here, LF) | equal_mask(data, here, CR)
            within = inside
            if quotes:
                within ^= prefix_xor(quotes)
                behind = borders >> ONE
                if left <= 64:
                    behind |= ALL << np.uint64(left - 1)
                elif is_border(data[here + 64], delimiter, quote):
                    behind |= ONE << np.uint64(63)
                _take_quotes(quotes, within, (borders << ONE) | border_before, behind, found, 2 * window)
                inside = np.uint64(0) - (within >> np.uint64(63))
            border_before = borders >> np.uint64(63)
            breaks = equal_mask(data, here, newline) & looked
            _take_breaks(at, breaks & ~within, delimiters & ~within, before, until, cells, found, 2 * window)
            _take_breaks(at, breaks & within, delimiters & within, before, until, cells, found, 2 * window + 1)
        found[2 * window, INSIDE] = inside & ONE
        found[2 * window + 1, INSIDE] = ~inside & ONE


@inner
def _take_quotes(quotes: Word, within: Word, before: Word, behind: Word, found: OutLongGrid, way: int) -> None:
    """Note whether quotes with such neighbours may stand there: what opens one way closes the other way."""
    no_opening, no_closing = quotes & ~before, quotes & ~behind
    if (no_opening & within) | (no_closing & ~within):
        found[way, FITS] = 0
    if (no_opening & ~within) | (no_closing & within):
        found[way + 1, FITS] = 0
    found[way, QUOTES] += count_ones(quotes)
    found[way + 1, QUOTES] += count_ones(quotes)


@inner
def _take_breaks(
    at: int, breaks: Word, delimiters: Word, before: int, until: int, cells: int, found: OutLongGrid, way: int
) -> None:
    """Note the line ends and count the cells between them."""
    while breaks:
        end = at + trailing_zeros(breaks) + 1
        earlier = (breaks & (np.uint64(0) - breaks)) - ONE
        breaks &= breaks - ONE
        if found[way, BREAKS] and found[way, OPEN] + count_ones(delimiters & earlier) + 1 == cells:
            found[way, FITTING] += 1
        delimiters &= ~earlier
        found[way, OPEN] = 0
        found[way, BREAKS] += 1
        if found[way, BEGIN] == NOWHERE and end >= before:
            found[way, BEGIN] = end
        if found[way, END] == NOWHERE and end >= until:
            found[way, END] = end
    found[way, OPEN] += count_ones(delimiters)
