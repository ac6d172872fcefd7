"""Which rows are sampled: keys by hash, candidates kept during the pass, and the draw at its end."""

from __future__ import annotations

import math
from collections.abc import KeysView, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, targets
from etl_batch.analytics.moments import Floats
from etl_batch.analytics.strata import OTHER, StratumValue, as_codes, as_text, as_texts
from etl_batch.kernels import rows as kernel

MAX_SAMPLE_ROWS = 1_000_000
KEEP_PER_STRATUM = MINIMUM_PER_STRATUM
"""Smallest keys of every stratum that always stay candidates, so that no stratum can go unsampled."""

_WORD = 1 << 64
_GAMMA = int(kernel.GAMMA)
_ALL_KEYS = np.uint64(_WORD - 1)

_DEVIATIONS, _SPARE = 4.0, 2.0
"""How many rows more are kept than the design may ask for: by chance fewer keys lie below a bound than should."""
_KEEP_ALL_FROM = 0.5
"""Of the rows: a sample of so many may exhaust strata, and ask the others for whatever they have."""
_POOLED_SLACK = 3.0
"""For strata that will be pooled: their rows are no matter one by one, but only all together."""
_UNSEEN_ROWS, _UNSEEN_SHARE = 50_000, 24.0


def sample_keys(seed: int, file: int, offsets: NDArray[np.integer[Any]], base: int = 0) -> NDArray[np.uint64]:
    """Keys of records that stand so far behind place `base` of one file, uniform on 0..2**64-1.

    A place is a number that no other record of the file has, however the file is cut. A key is a hash of (seed, file
    number, place) and of nothing else, so it is known wherever the record is read, and the rows with the k smallest
    keys are a simple random sample of k rows. A record at place i of a file gets output i of the SplitMix64 generator,
    whose start is a hash of seed and file; within a file no two keys are equal.
    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA; constants of
    Stafford's variant 13.
    """
    return RecordKeys.of_file(seed, file, base, offsets.astype(np.int32)).all()


def _mix(state: int) -> int:
    """One SplitMix64 output: `state` moved on by one step and finalised."""
    return int(RecordKeys(state % _WORD, 0, np.zeros(1, np.int32)).all()[0])


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """The keys of records that stand so far behind a place of one file, made where they are asked for."""

    state: int
    """Where the generator of the file starts."""
    base: int
    offsets: NDArray[np.int32]

    @classmethod
    def of_file(cls, seed: int, file: int, base: int, offsets: NDArray[np.int32]) -> RecordKeys:
        """Those that `sample_keys` gives."""
        return cls(_mix(_mix(seed) ^ (file * _GAMMA % _WORD)), base, offsets)

    def all(self) -> NDArray[np.uint64]:
        """The keys."""
        keys = np.empty(self.offsets.size, dtype=np.uint64)
        kernel.keys_of(self.state, self.base, self.offsets, keys)
        return keys

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The keys of some of them."""
        return RecordKeys(self.state, self.base, self.offsets[rows]).all()


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

    def by_code(self, values: Sequence[StratumValue]) -> NDArray[np.uint64]:
        """The bounds of `values` in their order, for `select_candidates`."""
        return np.array([self.by_value.get(text, self.unseen) for text in as_texts(values)], dtype=np.uint64)

    def places(self, values: Sequence[StratumValue]) -> NDArray[np.intp]:
        """The place of each value among the named ones, or behind them: that of one which joins several is there."""
        behind = len(self.by_value)
        places = dict(zip(self.by_value, range(behind), strict=True))
        places[OTHER] = behind
        return np.array([places.get(text, behind) for text in as_texts(values)], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Assured:
    """How many rows each named stratum of some bounds is known to have below its bound, in the order of the bounds.

    A stratum with `KEEP_PER_STRATUM` of them has its smallest keys there, and needs no row above its bound.
    """

    rows: NDArray[np.uint8]
    """Not counted past `KEEP_PER_STRATUM`."""

    @classmethod
    def none(cls, bounds: KeyBounds) -> Assured:
        """Nothing is known."""
        return cls(np.zeros(len(bounds.named), dtype=np.uint8))

    @classmethod
    def by(cls, places: NDArray[np.intp], bounds: KeyBounds) -> Assured:
        """By rows below their bounds: the place of each one's stratum."""
        counts = np.bincount(places, minlength=len(bounds.named) + 1)[:-1]
        return cls(np.minimum(counts, KEEP_PER_STRATUM).astype(np.uint8))

    def at(self, places: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Marks the places of strata with as many as they need; there is none behind the named ones."""
        return np.append(self.rows >= KEEP_PER_STRATUM, False)[places]

    def __add__(self, other: Assured) -> Assured:
        """What both know; of different rows."""
        return Assured(np.minimum(self.rows + other.rows, KEEP_PER_STRATUM).astype(np.uint8))


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
    """Bounds that keep the rows which the design may ask for, and some more.

    `frequencies` are the counts among `seen` planning rows, spread over the input; `rows_estimate` is the size of the
    whole. The design's shares lie between proportional ones and those of its rule, whose `weights` stand in the order
    of the frequencies (None: the square root of the sizes, below which none is planned, as other weights are guesses).
    A stratum of estimated size `N_h = frequency * rows_estimate / seen` that may have to give `n_h` rows gets
    `(n_h + 4 sqrt(n_h) + 2) / N_h` of the key range, with `N_h` two standard errors low (the frequency is Poisson); one
    that will be pooled `3 n_h / N_h`. A value not seen is taken for one seen once, within what holds the candidates of
    all unseen rows to four samples (or 50,000).

    Where half of all rows or more are sampled, each is a candidate.

    Depends on its arguments alone: plan from the same rows for any number of workers, and the sample is the same.
    """
    wanted = sample_size(frac, rows_estimate, cap)
    if wanted >= _KEEP_ALL_FROM * rows_estimate or not seen:
        return KeyBounds({})
    each = max(rows_estimate / seen, 1.0)
    counts = np.array(list(frequencies.values()), dtype=np.float64)
    sizes = np.ceil(counts * each).astype(np.int64)
    rules = [np.sqrt(sizes), sizes.astype(np.float64)] + ([] if weights is None else [weights])
    planned = np.max([targets(sizes, wanted, rule) for rule in rules], axis=0)
    cautious = np.maximum(counts - 2.0 * np.sqrt(counts), 1.0) * each
    shares = (planned + _DEVIATIONS * np.sqrt(planned) + _SPARE) / cautious
    shares = np.where(planned < 1.0, np.minimum(_POOLED_SLACK * planned / np.maximum(sizes, 1), shares), shares)
    unseen = min(_UNSEEN_SHARE / each, max(4 * wanted, _UNSEEN_ROWS) / rows_estimate)
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
    places, found = as_codes(codes, bounds_by_code.size), np.empty(keys.size, dtype=np.int64)
    looking = _Looking.among(bounds_by_code, keep)
    return found[: kernel.rows_of_keys(np.ascontiguousarray(keys), places, *looking, found)].copy()


def find_candidates(
    keys: Sequence[RecordKeys],
    codes: NDArray[np.integer[Any]],
    bounds_by_code: NDArray[np.uint64],
    without: NDArray[np.bool_],
    keep: int = KEEP_PER_STRATUM,
    assured: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """`select_candidates` of the records of several keys in their order, and the keys of those that are selected.

    Those marked in `without` are not there; the strata marked as `assured` need no row above their bound. The keys are
    made in the walk that compares them, and not kept.
    """
    if bounds_by_code.size and bounds_by_code.min() == _ALL_KEYS:
        rows = np.flatnonzero(~without)
        return rows, keys_at(keys, rows)
    places, found = as_codes(codes, bounds_by_code.size), np.empty(codes.size, dtype=np.int64)
    looking = _Looking.among(bounds_by_code, keep, assured)
    marks, begin, count = without.view(np.uint8), 0, 0
    for each in keys:
        where = each.state, each.base, each.offsets
        count = kernel.rows_with_keys(*where, begin, places, marks, *looking, found, count)
        begin += each.offsets.size
    rows = found[:count]
    known = keys_at(keys, rows)
    kept = known <= looking.limits[codes[rows]]
    return rows[kept], known[kept]


def keys_at(keys: Sequence[RecordKeys], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The keys of some of the records of several keys in their order; `rows` rise."""
    edges = np.cumsum([0, *(each.offsets.size for each in keys)])
    cuts = np.searchsorted(rows, edges)
    parts = zip(keys, edges, cuts, cuts[1:], strict=False)
    return np.concatenate([each.of(rows[first:last] - begin) for each, begin, first, last in parts])


class _Looking(NamedTuple):
    """What the walk for candidates knows of each stratum: see `kernels.rows`."""

    bounds: NDArray[np.uint64]
    limits: NDArray[np.uint64]
    smallest: NDArray[np.uint64]

    @classmethod
    def among(cls, bounds: NDArray[np.uint64], keep: int, assured: NDArray[np.bool_] | None = None) -> _Looking:
        """What it knows at first: of strata that are assured, that no key can be among the smallest and above."""
        limits, smallest = np.full(bounds.size, _ALL_KEYS), np.full((bounds.size, keep), _ALL_KEYS)
        if assured is not None:
            limits[assured], smallest[assured] = bounds[assured], 0
        return cls(bounds, limits, smallest)


def draw(keys: NDArray[np.uint64], codes: NDArray[np.integer[Any]], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows with the `sizes[h]` smallest keys of each stratum h, ascending; ties go to the earlier row.

    Rows in input order make the answer independent of the way they were collected. A stratum with fewer rows gives all.
    """
    places, left = as_codes(codes, len(sizes)), np.array(sizes, dtype=np.int64)
    order = np.argsort(keys)
    sorted_keys = keys[order]
    if (sorted_keys[1:] == sorted_keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
    rows = np.empty(order.size, dtype=np.int64)
    chosen = rows[: kernel.draw_in_order(order, places, left, rows)]
    chosen.sort()
    return chosen
