"""Rows that are looked for among all of a chunk: those with small sample keys, and those with large values."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import (
    Bytes,
    Ints,
    Longs,
    OutLongs,
    OutWordGrid,
    OutWords,
    Word,
    Words,
    inner,
    kernel,
)

GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_ONE = np.uint64(1)
_WITHOUT_SIGN = np.uint64((1 << 63) - 1)
_BLOCK = 64


@inner
def _key(state: Word, place: Word) -> Word:
    """Output `place` (from 0) of SplitMix64 that starts at `state`."""
    word = state + (place + _ONE) * GAMMA
    word = (word ^ (word >> _SHIFTS[0])) * _FIRST
    word = (word ^ (word >> _SHIFTS[1])) * _SECOND
    return word ^ (word >> _SHIFTS[2])


@kernel
def keys_of(state: Word, base: int, offsets: Ints, keys: OutWords) -> None:
    """The keys of the rows that stand so far behind a place."""
    for row in range(offsets.size):
        keys[row] = _key(state, np.uint64(base + offsets[row]))


@kernel
def rows_with_keys(
    state: Word,
    base: int,
    offsets: Ints,
    begin: int,
    codes: Ints,
    without: Bytes,
    bounds: Words,
    limits: OutWords,
    smallest: OutWordGrid,
    rows: OutLongs,
    count: int,
) -> int:
    """Put rows from `begin` on behind `count` found ones; returns how many there are then.

    They stand so far behind a place. Found are those whose key is at most the bound of their stratum, or may be among
    its smallest, and that are not marked in `without`. `limits` and `smallest`, a stratum's smallest keys in order,
    hold the last of all keys at first: a limit is the larger of the bound and the last of the smallest, as far as they
    are known, so a row above the limit was never worth keeping, and of those that were kept the ones above the last
    limit are not. The keys are made on the way.
    """
    found = np.uint64(count)
    for at in range(offsets.size):
        row = np.uint64(begin + at)
        stratum = np.uint64(codes[row])
        key = _key(state, np.uint64(base + offsets[np.uint64(at)]))
        if key <= limits[stratum] and not without[row]:
            rows[found] = begin + at
            found += _ONE
            _lower(limits, smallest, stratum, key, bounds[stratum])
    return int(found)


@kernel
def rows_of_keys(
    keys: Words, codes: Ints, bounds: Words, limits: OutWords, smallest: OutWordGrid, rows: OutLongs
) -> int:
    """Rows, ascending, at most at the bound of their stratum or among its smallest keys; see `rows_with_keys`."""
    for row in range(keys.size):
        stratum = np.uint64(codes[row])
        if keys[row] <= limits[stratum]:
            _lower(limits, smallest, stratum, keys[row], bounds[stratum])
    kept = np.uint64(0)
    for row in range(keys.size):
        if keys[row] <= limits[np.uint64(codes[row])]:
            rows[kept] = row
            kept += _ONE
    return int(kept)


@inner
def _lower(limits: OutWords, smallest: OutWordGrid, stratum: Word, key: Word, bound: Word) -> None:
    """Put a key in its place among the smallest of its stratum, whose limit may fall by that."""
    at = np.uint64(smallest.shape[1] - 1)
    if key >= smallest[stratum, at]:
        return
    while at > np.uint64(0) and smallest[stratum, at - _ONE] > key:
        smallest[stratum, at] = smallest[stratum, at - _ONE]
        at -= _ONE
    smallest[stratum, at] = key
    limits[stratum] = max(bound, smallest[stratum, np.uint64(smallest.shape[1] - 1)])


@kernel
def integers_from(values: Longs, least: int, rows: OutLongs) -> int:
    """Rows whose value is at least so far from nought, above -2**63; ascending. Returns how many.

    A block of rows is looked through only where one of them is: to ask that of all of them at once is quick.
    """
    found = np.uint64(0)
    for begin in range(0, values.size, _BLOCK):
        end = min(begin + _BLOCK, values.size)
        hits = 0
        for row in range(begin, end):
            value = values[np.uint64(row)]
            hits |= (value >= least) | (value <= -least)
        if hits == 0:
            continue
        for row in range(begin, end):
            value = values[np.uint64(row)]
            rows[found] = row  # the next one is written over it unless it counts: nothing to foretell
            found += np.uint64((value >= least) | (value <= -least))
    return int(found)


@kernel
def reals_from(words: Words, least: Word, rows: OutLongs) -> int:
    """What `integers_from` finds, of doubles and of one that is not below nought, as words: those order as numbers."""
    found = np.uint64(0)
    for begin in range(0, words.size, _BLOCK):
        end = min(begin + _BLOCK, words.size)
        hits = 0
        for row in range(begin, end):
            hits |= (words[np.uint64(row)] & _WITHOUT_SIGN) >= least
        if hits == 0:
            continue
        for row in range(begin, end):
            rows[found] = row
            found += np.uint64((words[np.uint64(row)] & _WITHOUT_SIGN) >= least)
    return int(found)


@kernel
def draw_in_order(order: Longs, codes: Ints, wanted: OutLongs, rows: OutLongs) -> int:
    """The first `wanted` rows of each stratum in an order of the rows; leaves what was not found. Returns how many."""
    found = np.uint64(0)
    for at in range(order.size):
        row = order[at]
        stratum = np.uint64(codes[np.uint64(row)])
        if wanted[stratum] > 0:
            wanted[stratum] -= 1
            rows[found] = row
            found += _ONE
    return int(found)
