"""The record length of a file that nobody describes: the distance at which bytes are alike, and what it explains.

For a candidate length the bytes are laid out in rows, and each column's entropy is measured. In rows of the right
length columns are what they are (padding, high bytes of numbers, letters), so their entropy is low; the same bytes in
random order show how low it would be by chance, for few rows make every column look orderly. The difference, in bits a
byte, is the length's gain. Multiples of the right length gain no more than it, divisors less; so harmonics settle
themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from etl_batch.layouts.cell_types import Array

MAX_LENGTH = 4096
SAMPLE_BYTES = 256 << 10
LEAST_ROWS = 12
_AGREEMENT_BYTES = 64 << 10
_CANDIDATES = 24
_LEAST_GAIN = 0.15
"""Bits a byte: less is found in noise."""
_AS_GOOD = 0.92
"""Share of the best gain with which a shorter length explains as much."""
_WHOLE_FILE = 0.93
"""The same for a shorter or longer length that divides the file where the best one does not."""
_SEED = 1


@dataclass(frozen=True, slots=True)
class Period:
    """A record length, and the bits a byte that it explains."""

    length: int
    gain: float
    entropy: float
    """Bits a byte of the sample without any order."""


def find_period(raw: bytes, size: int) -> Period | None:
    """The record length of a sample of a file of `size` bytes; None where no length explains anything.

    Looks at `SAMPLE_BYTES` of the sample and at lengths from 2 to `MAX_LENGTH`, of which there must be `LEAST_ROWS`.
    """
    data = np.frombuffer(raw, np.uint8, min(len(raw), SAMPLE_BYTES))
    longest = min(MAX_LENGTH, len(data) // LEAST_ROWS)
    if longest < 2:
        return None
    shuffled = np.random.default_rng(_SEED).permutation(data)
    gains = {length: _gain(data, shuffled, length) for length in _candidates(data, longest, size)}
    best = max(gains, key=lambda length: (gains[length], -length))
    # By chance a few bytes have more order than many.
    if gains[best] < _LEAST_GAIN + 8.0 / np.sqrt(len(data)):
        return None
    shorter = [length for length in gains if best % length == 0 and gains[length] >= _AS_GOOD * gains[best]]
    chosen = min(shorter)
    if size % chosen:
        whole = [length for length in gains if size % length == 0 and gains[length] >= _WHOLE_FILE * gains[best]]
        chosen = max(whole, key=lambda length: gains[length], default=chosen)
    return Period(chosen, gains[chosen], _entropy(data, 1))


def _candidates(data: Array, longest: int, size: int) -> list[int]:
    """Lengths at which bytes are alike most often, those they are multiples of, and those that divide the file."""
    agreement = agreements(data[:_AGREEMENT_BYTES], longest)
    order = np.argsort(-agreement, kind="stable")[:_CANDIDATES] + 1
    found = {int(length) for length in order if length > 1}
    for length in list(found):
        found |= {length // part for part in range(2, 13) if length % part == 0 and length // part > 1}
    dividing = [length for length in range(2, longest + 1) if size % length == 0]
    found |= set(sorted(dividing, key=lambda length: -agreement[length - 1])[:_CANDIDATES])
    return sorted(found)


def agreements(data: Array, longest: int) -> Array:
    """For each distance from 1 to `longest`, the share of bytes that are the same as those that far on."""
    shares = [np.count_nonzero(data[:-lag] == data[lag:]) / (len(data) - lag) for lag in range(1, longest + 1)]
    return np.array(shares)


def _gain(data: Array, shuffled: Array, length: int) -> float:
    return _entropy(shuffled, length) - _entropy(data, length)


def _entropy(data: Array, length: int) -> float:
    """Mean entropy of the columns of rows of this length, in bits a byte."""
    rows = len(data) // length
    columns = np.arange(length, dtype=np.int32) * 256
    cells = data[: rows * length].reshape(rows, length) + columns
    counts = np.bincount(cells.reshape(-1), minlength=256 * length)
    counts = counts[counts > 0]
    return float(np.log2(rows) - (counts * np.log2(counts)).sum() / (rows * length))
