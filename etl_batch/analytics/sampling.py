"""Which rows are sampled: keys by hash, candidates kept during the pass, and the draw at its end."""

from __future__ import annotations

import math
from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, allocate
from etl_batch.analytics.moments import Floats
from etl_batch.analytics.strata import StratumValue, as_text

MAX_SAMPLE_ROWS = 1_000_000
KEEP_PER_STRATUM = MINIMUM_PER_STRATUM
"""Smallest keys of every stratum that always stay candidates, so that no stratum can go unsampled."""

_WORD = 1 << 64
_GAMMA = 0x9E3779B97F4A7C15
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SHIFTS = (30, 27, 31)
_ALL_KEYS = np.uint64(_WORD - 1)
# 32 Ki rows of 8 bytes: the block and its scratch stay in the second-level cache through all nine operations.
_BLOCK = 1 << 15
_RAMP = np.arange(_BLOCK, dtype=np.uint64) * np.uint64(_GAMMA)

# Few rows are left to sort at the first margin; the strata that came out short are looked at again with the next.
_MARGINS = (2.0, 7.0, math.inf)

_SLACK = 2.0
_PLANNED_MINIMUM = 12
_UNSEEN_ROWS = 50_000


def sample_keys(seed: int, file: int, first_record: int, count: int) -> NDArray[np.uint64]:
    """Keys of `count` consecutive records of one file, uniform on 0..2**64-1.

    A key is a hash of (seed, file number, record number) and of nothing else, so any slicing of a file gives the same
    keys, and the rows with the k smallest keys are a simple random sample of k rows. Record i of a file gets output i
    of the SplitMix64 generator, whose start is a hash of seed and file; within a file no two keys are equal.
    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA; constants of
    Stafford's variant 13.
    """
    return _stream(_mix(_mix(seed) ^ (file * _GAMMA % _WORD)), first_record, count)


def _mix(state: int) -> int:
    """One SplitMix64 output: `state` moved on by one step and finalised."""
    return int(_stream(state % _WORD, 0, 1)[0])


def _stream(state: int, first: int, count: int) -> NDArray[np.uint64]:
    """Outputs `first .. first + count - 1` of SplitMix64 started at `state`."""
    keys = np.empty(count, dtype=np.uint64)
    scratch = np.empty(min(count, _BLOCK), dtype=np.uint64)
    for start in range(0, count, _BLOCK):
        block = keys[start : start + _BLOCK]
        spare = scratch[: block.size]
        offset = (state + (first + start + 1) * _GAMMA) % _WORD
        np.add(_RAMP[: block.size], np.uint64(offset), out=block)
        for shift, multiplier in zip(_SHIFTS, (*_MULTIPLIERS, None), strict=True):
            np.right_shift(block, np.uint64(shift), out=spare)
            np.bitwise_xor(block, spare, out=block)
            if multiplier is not None:
                np.multiply(block, np.uint64(multiplier), out=block)
    return keys


@dataclass(frozen=True, slots=True)
class KeyBounds:
    """For each stratum the largest key at which a row is a candidate whatever its neighbours are.

    Only rows at or below their stratum's bound (and the smallest `KEEP_PER_STRATUM` keys) are known to be complete over
    the whole input: the sample is drawn from those, and so does not depend on how the input was cut.
    """

    by_value: dict[Any, int]
    unseen: int = _WORD - 1
    """Bound of a value that the planning sample did not hold; by default every row is a candidate."""

    def __post_init__(self) -> None:
        """Key by text: a column may be read as numbers in one chunk and as text in the next."""
        object.__setattr__(self, "by_value", {as_text(value): bound for value, bound in self.by_value.items()})

    @property
    def named(self) -> KeysView[str]:
        """The values with a bound of their own, as text."""
        return self.by_value.keys()

    def of(self, value: StratumValue) -> int:
        """The bound of one stratum value, the same for 7 and for "7"."""
        return self.by_value.get(as_text(value), self.unseen)

    def by_code(self, values: Iterable[StratumValue]) -> NDArray[np.uint64]:
        """The bounds of `values` in their order, for `select_candidates`."""
        return np.array([self.of(value) for value in values], dtype=np.uint64)


def sample_size(frac: float, rows: int, cap: int = MAX_SAMPLE_ROWS) -> int:
    """Rows wanted in all: `frac` of `rows`, at least one and at most `cap`; none when there are no rows."""
    return min(max(round(frac * rows), 1), cap, rows)


def candidate_bounds(
    frac: float,
    rows_estimate: int,
    frequencies: Mapping[StratumValue, int],
    seen: int,
    cap: int = MAX_SAMPLE_ROWS,
    weights: Floats | None = None,
) -> KeyBounds:
    """Bounds that keep about twice the rows which the allocation will ask for.

    `frequencies` are the counts among `seen` planning rows, spread over the input; `rows_estimate` is the size of the
    whole. A stratum of estimated size `N_h = frequency * rows_estimate / seen` that would be allocated `n_h` rows gets
    `2 max(n_h, 12) / N_h` of the key range, with `N_h` two standard errors low (the frequency is Poisson). A value not
    seen is taken for one seen once, within what holds the candidates of all unseen rows to four samples (or 200,000).
    `weights` are those of the allocation, in the order of the frequencies; None for the square root of the sizes. As
    they are guesses, no stratum is planned with less than the square root would give it.

    Depends on its arguments alone: plan from the same rows for any number of workers, and the sample is the same.
    """
    wanted = sample_size(frac, rows_estimate, cap)
    if wanted >= rows_estimate or not seen:
        return KeyBounds({})
    each = max(rows_estimate / seen, 1.0)
    counts = np.array(list(frequencies.values()), dtype=np.float64)
    sizes = np.ceil(counts * each).astype(np.int64)
    planned = allocate(sizes, wanted, minimum=_PLANNED_MINIMUM)
    if weights is not None:
        planned = np.maximum(planned, allocate(sizes, wanted, minimum=_PLANNED_MINIMUM, weights=weights))
    cautious = np.maximum(counts - 2.0 * np.sqrt(counts), 1.0) * each
    shares = _SLACK * np.maximum(planned, _PLANNED_MINIMUM) / cautious
    unseen = min(_SLACK * _PLANNED_MINIMUM / each, max(4 * wanted, _UNSEEN_ROWS) / rows_estimate)
    by_value = {value: _bound(float(share)) for value, share in zip(frequencies, shares, strict=True)}
    return KeyBounds(by_value, _bound(unseen))


def _bound(share: float) -> int:
    """The largest key of the lowest `share` of the key range."""
    return _WORD - 1 if share >= 1.0 else max(math.floor(share * _WORD) - 1, 0)


def select_candidates(
    keys: NDArray[np.uint64],
    codes: NDArray[np.integer[Any]],
    bounds_by_code: NDArray[np.uint64],
    keep: int = KEEP_PER_STRATUM,
) -> NDArray[np.int64]:
    """Rows at or below their stratum's bound, or among the `keep` smallest keys of their stratum here; ascending.

    `codes` are 0 <= code < len(bounds_by_code). Applied to the joined candidates of several chunks it gives the
    candidates of their union, so that a parent which holds many chunks can thin them out.
    """
    if bounds_by_code.size and bounds_by_code.min() == _ALL_KEYS:
        return np.arange(keys.size, dtype=np.int64)
    places = codes.astype(np.intp, copy=False)
    rows_of = np.bincount(places, minlength=bounds_by_code.size)
    near = np.zeros(keys.size, dtype=bool)
    rows = _at_or_below(keys, places, _reach(bounds_by_code, rows_of, keep, _MARGINS[0]))
    for margin in _MARGINS[1:]:
        short = np.bincount(places[rows], minlength=rows_of.size) < np.minimum(rows_of, keep)
        if not short.any():
            break
        # Those strata are looked at again, in all their rows.
        reach = np.where(short, _reach(bounds_by_code, rows_of, keep, margin), np.uint64(0))
        again = _at_or_below(keys, places, reach)
        near[rows], near[again[short[places[again]]]] = True, True
        rows = np.flatnonzero(near)
    near_keys, near_places = keys[rows], places[rows]
    reach = _exact_reach(near_keys, near_places, bounds_by_code, keep)
    return rows[near_keys <= reach[near_places]].astype(np.int64, copy=False)


def _at_or_below(keys: NDArray[np.uint64], places: NDArray[np.intp], limits: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Rows whose key is at or below their stratum's limit, ascending; in blocks, so that the scratch stays small."""
    found = [
        begin + np.flatnonzero(keys[begin : begin + _BLOCK] <= limits[places[begin : begin + _BLOCK]])
        for begin in range(0, keys.size, _BLOCK)
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.intp)


def _reach(bounds: NDArray[np.uint64], rows_of: NDArray[np.intp], keep: int, margin: float) -> NDArray[np.uint64]:
    """Each stratum's bound, or the share of the key range expected to hold `keep` rows and `margin` deviations more."""
    with np.errstate(divide="ignore"):
        share = (keep + margin * math.sqrt(keep)) / rows_of
    # The largest double below 2**64 stands in where the share is capped; those strata then get all keys.
    likely = (np.minimum(share, 1.0) * float(_WORD - 2048)).astype(np.uint64)
    likely[share >= 1.0] = _ALL_KEYS
    return np.maximum(bounds, likely)


def _exact_reach(
    keys: NDArray[np.uint64], places: NDArray[np.intp], bounds: NDArray[np.uint64], keep: int
) -> NDArray[np.uint64]:
    """Each stratum's bound, raised to its `keep`-th smallest key where fewer than `keep` rows lie below the bound.

    One sort of 64-bit words serves all strata: the stratum's code stands in the high bits, the key's high bits below.
    The key bits that fall off can only let a row too many in, which a candidate set may have.
    """
    below = np.bincount(places[np.flatnonzero(keys <= bounds[places])], minlength=bounds.size)
    is_lacking = below < keep
    lacking = np.flatnonzero(is_lacking)
    wanted = np.flatnonzero(is_lacking[places])
    code_bits = max(int(bounds.size - 1).bit_length(), 1)
    lost, place_shift = np.uint64(code_bits), np.uint64(64 - code_bits)
    words = np.sort((places[wanted].astype(np.uint64) << place_shift) | (keys[wanted] >> lost))
    counts = np.bincount(places[wanted], minlength=bounds.size)
    ends = np.cumsum(counts)[lacking]
    starts = ends - counts[lacking]
    found = ends > starts
    last = np.minimum(starts + keep, ends)[found] - 1
    reach = bounds.copy()
    lowest_bits = np.uint64((1 << code_bits) - 1)
    reach[lacking[found]] = np.maximum(bounds[lacking[found]], (words[last] << lost) | lowest_bits)
    return reach


def draw(keys: NDArray[np.uint64], codes: NDArray[np.integer[Any]], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows with the `sizes[h]` smallest keys of each stratum h, ascending; ties go to the earlier row.

    Rows in input order make the answer independent of the way they were collected. A stratum with fewer rows gives all.
    """
    order = np.lexsort((keys, codes))
    counts = np.bincount(codes, minlength=len(sizes))
    firsts = np.cumsum(counts) - counts
    ranks = np.arange(order.size) - np.repeat(firsts, counts)
    chosen: NDArray[np.int64] = np.sort(order[ranks < np.repeat(sizes, counts)])
    return chosen
