"""Central moments of the strata, which add up over the chunks of a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.strata import RowsByStratum, moved_apart
from etl_batch.kernels import tallies

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


_DIGITS = 9


def nine_digits(numbers: Floats) -> Floats:
    """Rounded so: the last digits of a sum of doubles hang on how the input was cut, and what is decided must not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where((numbers != 0) & np.isfinite(numbers), np.floor(np.log10(np.abs(numbers))), 0.0)
    scale = 10.0 ** (_DIGITS - 1 - powers)
    return np.asarray(np.rint(numbers * scale) / scale)


def sums_by_stratum(places: NDArray[np.integer[Any]], weights: Floats, strata: int) -> Floats:
    """The sum of the weights in each stratum."""
    return np.bincount(places, weights=weights, minlength=strata).astype(np.float64, copy=False)


@dataclass(frozen=True)
class CentralMoments:
    """Rows, mean and the sums of the second to fourth powers of the distance from it; an entry a stratum.

    Sums of rounded numbers: another slicing of the input may change the last digits, so nothing that must be the same
    for any slicing may hang on them. A mean far from nought has few digits left for the differences between parts, so
    what its rounding has cut off is kept beside it.
    """

    rows: Integers
    mean: Floats
    m2: Floats
    m3: Floats
    m4: Floats
    cut_off: Floats
    """By how much the mean is more than `mean`."""

    @classmethod
    def zeros(cls, strata: int) -> CentralMoments:
        """No rows."""
        return cls(np.zeros(strata, dtype=np.int64), *(np.zeros(strata) for _ in range(5)))

    @classmethod
    def of(cls, codes: NDArray[np.integer[Any]], values: Floats, strata: int) -> CentralMoments:
        """Of some rows: `codes` give each row's stratum, 0 <= code < strata; the values are finite."""
        return cls.of_rows(RowsByStratum.of(codes, strata), values)

    @classmethod
    def of_rows(cls, rows: RowsByStratum, values: Floats) -> CentralMoments:
        """Of rows that are in order already, but for those that are left out. `values` are those of all, and finite."""
        anchors, powers = np.zeros(rows.ends.size), np.zeros((rows.ends.size, tallies.POWERS))
        reals = np.ascontiguousarray(values, np.float64)
        tallies.sum_powers(rows.order, rows.starts, rows.ends, reals, anchors, powers)
        return cls.about(rows.left, anchors, powers)

    @classmethod
    def about(cls, rows: Integers, anchors: Floats, powers: Floats) -> CentralMoments:
        """From sums S1 to S4 of the powers of the distance from anchors at d from the means.

        M2 = S2 - n d^2, M3 = S3 - 3 d S2 + 2 n d^3 and M4 = S4 - 4 d S3 + 6 d^2 S2 - 3 n d^4, with d = S1 / n, are what
        `moved` gives of a part whose powers are taken from elsewhere than its mean. An anchor is so near that little
        cancels. The powers are the last axis, the strata the one before it; there may be another one before those.
        """
        s1, s2, s3, s4 = (powers[..., power] for power in range(tallies.POWERS))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            d = np.where(rows > 0, s1 / rows, 0.0)
            square, part = d * d, rows * (d * d)
            m2 = s2 - part
            m3 = s3 - 3 * d * s2 + 2 * part * d
            m4 = s4 - 4 * d * s3 + 6 * square * s2 - 3 * part * square
            return cls(rows, *_sum_of_two(anchors, d, m2, m3, m4))

    def in_units(self, units: Floats) -> CentralMoments:
        """Of values that are so many times smaller."""
        square = units * units
        mean = self.mean / units
        cut_off = (_remainder(self.mean, mean, units) + self.cut_off) / units
        powers = (self.m2 / square, self.m3 / (square * units), self.m4 / (square * square))
        return CentralMoments(self.rows, mean, *powers, cut_off)

    def split(self) -> list[CentralMoments]:
        """Those of several measures of the same rows, the first axis, one by one."""
        return [CentralMoments(self.rows, *each) for each in zip(*self.numbers[1:], strict=True)]

    @classmethod
    def beside(cls, parts: Sequence[CentralMoments]) -> CentralMoments:
        """The strata of several one behind the other."""
        return cls(*(np.concatenate(each) for each in zip(*(one.numbers for one in parts), strict=True)))

    def moved(self, places: NDArray[np.intp], strata: int) -> CentralMoments:
        """Stratum h goes to `places[h]` of `strata`; those that meet are joined.

        With d the distance of a part's mean from the joint one: M2 = sum(M2 + n d^2), M3 = sum(M3 + 3 d M2 + n d^3) and
        M4 = sum(M4 + 4 d M3 + 6 d^2 M2 + n d^4). Source: Pebay (2008), "Formulas for robust, one-pass parallel
        computation of covariances and arbitrary-order statistical moments", Sandia report SAND2008-6212.
        """
        if moved_apart(places):
            return CentralMoments(*(_placed(numbers, places, strata) for numbers in self.numbers))
        rows = np.bincount(places, weights=self.rows, minlength=strata).astype(np.int64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            anchors = np.zeros(strata)
            held = self.rows > 0
            anchors[places[held]] = self.mean[held]
            distances = np.where(held, (self.mean - anchors[places]) + self.cut_off, 0.0)
            offsets = sums_by_stratum(places, self.rows.astype(np.float64) * distances, strata) / rows
            offsets = np.where(rows > 0, offsets, 0.0)
            powers = self._about(distances - offsets[places])
        return CentralMoments(
            rows, *_sum_of_two(anchors, offsets, *(sums_by_stratum(places, each, strata) for each in powers))
        )

    def joined(self, order: NDArray[np.intp], starts: NDArray[np.intp], powers: int = 4) -> CentralMoments:
        """Neighbours in `order` become one, from each of `starts` to the next, as `moved` joins them.

        Of one measure, or of several at once: then they are the first axis. Powers past `powers` are left at nought:
        there may be very many strata, and many ways to join them that are looked at.
        """
        spans = np.diff(np.append(starts, order.size))
        rows, mean = self.rows[order], self.mean[..., order]
        counts = np.add.reduceat(rows, starts)
        held = rows > 0
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            anchors = np.maximum.reduceat(np.where(held, mean, -np.inf), starts, axis=-1)
            anchors = np.where(counts > 0, anchors, 0.0)
            d = np.where(held, (mean - np.repeat(anchors, spans, axis=-1)) + self.cut_off[..., order], 0.0)
            offsets = np.where(counts > 0, np.add.reduceat(rows * d, starts, axis=-1) / counts, 0.0)
            d = np.where(held, d - np.repeat(offsets, spans, axis=-1), 0.0)
            kept = [each[..., order] for each in (self.m2, self.m3, self.m4)[: powers - 1]]
            sums = [np.add.reduceat(each, starts, axis=-1) for each in _about(rows, d, *kept)]
        sums += [np.zeros(anchors.shape)] * (3 - len(sums))
        return CentralMoments(counts, *_sum_of_two(anchors, offsets, *sums))

    @classmethod
    def stacked(cls, measures: Sequence[CentralMoments]) -> CentralMoments:
        """Those of several measures of the same rows; undone by `split`."""
        return cls(
            measures[0].rows,
            *(np.stack(each) for each in zip(*(one.numbers[1:] for one in measures), strict=True)),
        )

    def __add__(self, other: CentralMoments) -> CentralMoments:
        """Stratum by stratum, as `moved` joins them."""
        rows = self.rows + other.rows
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            anchors = np.where(other.rows > 0, other.mean, self.mean)
            mine = np.where(self.rows > 0, (self.mean - anchors) + self.cut_off, 0.0)
            others = np.where(other.rows > 0, other.cut_off, 0.0)
            offsets = np.where(rows > 0, (self.rows * mine + other.rows * others) / rows, 0.0)
            one, two = self._about(mine - offsets), other._about(others - offsets)
            powers = (a + b for a, b in zip(one, two, strict=True))
            return CentralMoments(rows, *_sum_of_two(anchors, offsets, *powers))

    def _about(self, d: Floats) -> tuple[Floats, ...]:
        """The sums of the powers from what lies `d` below the means; nought without rows."""
        return _about(self.rows, np.where(self.rows > 0, d, 0.0), self.m2, self.m3, self.m4)

    @property
    def numbers(self) -> tuple[NDArray[Any], ...]:
        """All of them, the rows first."""
        return self.rows, self.mean, self.m2, self.m3, self.m4, self.cut_off

    @property
    def variances(self) -> Floats:
        """With divisor N - 1; 0 below two rows."""
        return np.where(self.rows > 1, self.m2 / np.maximum(self.rows - 1, 1), 0.0)

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis m4 / m2^2 - 3 with divisor N; 0 where all values are equal."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(self.m2 > 0, self.rows * self.m4 / self.m2**2 - 3.0, 0.0)


def _sum_of_two(one: Floats, other: Floats, *between: Floats) -> tuple[Floats, ...]:
    """The sum, and behind what stands between what its rounding has cut off.

    Source: Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
    """
    whole = one + other
    part = whole - one
    return whole, *between, (one - (whole - part)) + (other - part)


def _remainder(whole: Floats, quotient: Floats, units: Floats) -> Floats:
    """What is left of a division whose quotient was rounded: `whole - quotient * units` without its rounding.

    Source: Dekker (1971), Numerische Mathematik 18, for the product.
    """
    product = quotient * units
    high, unit = _upper_half(quotient), _upper_half(units)
    low, rest = quotient - high, units - unit
    error = ((high * unit - product) + high * rest + low * unit) + low * rest
    return (whole - product) - error


def _upper_half(numbers: Floats) -> Floats:
    """The leading bits, so few that products of two such numbers are exact; nothing of what is too large for that."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = numbers * 134_217_729.0
        upper = scaled - (scaled - numbers)
    return np.where(np.isfinite(upper), upper, numbers)


def _about(rows: Integers, d: Floats, m2: Floats, m3: Floats, m4: Floats | None = None) -> tuple[Floats, ...]:
    """The sums of the powers from what lies `d` below the means; the last only where it is given."""
    square, part = d * d, rows * (d * d)
    sums = m2 + part, m3 + 3 * d * m2 + part * d
    return sums if m4 is None else (*sums, m4 + 4 * d * m3 + 6 * square * m2 + part * square)


def _placed(numbers: NDArray[Any], places: NDArray[np.intp], strata: int) -> NDArray[Any]:
    placed = np.zeros(strata, dtype=numbers.dtype)
    placed[places] = numbers
    return placed
