"""Rows that are looked for among all of a chunk: those with small sample keys, and those with large values."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutLongs, OutWords, Reals, Word, Words, inner, kernel

GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_BLOCK = 32


@inner
def _key(state: Word, place: Word) -> Word:
    """Output `place` (from 0) of SplitMix64 that starts at `state`."""
    word = state + (place + np.uint64(1)) * GAMMA
    word = (word ^ (word >> _SHIFTS[0])) * _FIRST
    word = (word ^ (word >> _SHIFTS[1])) * _SECOND
    return word ^ (word >> _SHIFTS[2])


@kernel
def keys_from(state: Word, first: Word, keys: OutWords) -> None:
    """The keys of consecutive rows."""
    for row in range(keys.size):
        keys[row] = _key(state, first + np.uint64(row))


@kernel
def keys_of(state: Word, first: Word, rows: Longs, keys: OutWords) -> None:
    """The keys of some rows, which are counted from row `first`."""
    for at in range(rows.size):
        keys[at] = _key(state, first + np.uint64(rows[at]))


@kernel
def rows_with_keys(state: Word, first: Word, codes: Ints, without: Bytes, limits: Words, rows: OutLongs) -> int:
    """Rows whose key is at most the limit of their stratum, but those marked in `without`; ascending. Returns how many.

    The keys are made on the way: all but a few are looked at once and never kept.
    """
    found = np.uint64(0)
    for row in range(codes.size):
        if _key(state, first + np.uint64(row)) <= limits[np.uint64(codes[row])] and not without[row]:
            rows[found] = row
            found += np.uint64(1)
    return np.int64(found)


@kernel
def rows_at_most(keys: Words, codes: Ints, limits: Words, rows: OutLongs) -> int:
    """Rows whose key is at most the limit of their stratum; ascending. Returns how many."""
    found = np.uint64(0)
    for row in range(keys.size):
        if keys[row] <= limits[np.uint64(codes[row])]:
            rows[found] = row
            found += np.uint64(1)
    return np.int64(found)


@kernel
def rows_at_least(values: Reals, least: float, rows: OutLongs) -> int:
    """Rows whose value is at least so far from nought; ascending. Returns how many."""
    found = np.uint64(0)
    for begin in range(0, values.size, _BLOCK):
        end = min(begin + _BLOCK, values.size)
        hits = 0
        for row in range(begin, end):
            hits += abs(values[row]) >= least
        if hits:
            for row in range(begin, end):
                if abs(values[row]) >= least:
                    rows[found] = row
                    found += np.uint64(1)
    return np.int64(found)


@kernel
def draw_in_order(order: Longs, codes: Ints, wanted: OutLongs, rows: OutLongs) -> int:
    """The first `wanted` rows of each stratum in an order of the rows; leaves what is still wanted. Returns how many."""
    found = np.uint64(0)
    for at in range(order.size):
        row = order[at]
        stratum = np.uint64(codes[np.uint64(row)])
        if wanted[stratum] > 0:
            wanted[stratum] -= 1
            rows[found] = row
            found += np.uint64(1)
    return np.int64(found)
