"""A measure of some rows as numbers that kernels take: nought where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.kernels import rows as kernel

_LARGEST = 1 << 63
_ROUNDING = 2.0**-48


@dataclass(frozen=True, slots=True)
class Numbers:
    """Integers of `10**-scale` or doubles, an entry a row: nought where the measure is null or not finite."""

    data: NDArray[Any]
    """Of 64 bits each, contiguous. Without a sign only where a number is past the range of those with one."""
    scale: int = 0
    nulls: NDArray[np.bool_] | None = None
    """Marks what is null; None when nothing is."""
    not_finite: NDArray[np.bool_] | None = None
    """Marks NaN and infinities; None when there are none."""

    @classmethod
    def of(cls, measure: NDArray[Any], scale: int = 0) -> Numbers:
        """A measure as the columns give it: an integer, bool or float array, masked where it is null."""
        numbers, nulls = _numbers_and_nulls(measure)
        data = _without(numbers, nulls)
        if data.dtype.kind == "f":
            data = np.ascontiguousarray(data, np.float64)
            odd = _not_finite(data)
            return cls(_without(data, odd), scale, nulls, odd)
        if data.dtype == np.uint64 and data.size and int(data.max()) >= _LARGEST:
            return cls(np.ascontiguousarray(data), scale, nulls)
        return cls(np.ascontiguousarray(data, np.int64), scale, nulls)

    @property
    def whole(self) -> bool:
        """Whether these are integers."""
        return self.data.dtype.kind != "f"

    def reals(self, rows: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.float64]:
        """Some of the rows as doubles in real units."""
        data = self.data[rows].astype(np.float64, copy=False)
        return data / 10.0**self.scale if self.scale else data

    def farther_than(self, floor: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows, ascending, whose values in real units lie farther from nought than a floor, and how far."""
        near = self._about_as_far(floor)
        sizes = np.abs(self.reals(near))
        farther = sizes > floor
        return (near, sizes) if farther.all() else (near[farther], sizes[farther])

    def _about_as_far(self, floor: float) -> NDArray[np.int64]:
        """Rows that hold all those farther than the floor."""
        found = np.empty(self.data.size, dtype=np.int64)
        if self.data.dtype != np.int64:
            return found[: kernel.reals_from(self.reals().view(np.uint64), _word_of(floor), found)]
        least = floor * 10.0**self.scale * (1.0 - _ROUNDING)
        return found[: kernel.integers_from(self.data, int(min(least, _LARGEST - 1024)), found)]


def real_values(measure: NDArray[Any], scale: int) -> NDArray[np.float64]:
    """A measure as doubles in real units; nulls, NaN and infinities as nought."""
    return Numbers.of(measure, scale).reals()


def _word_of(number: float) -> int:
    return int(np.float64(number).view(np.uint64))


def _numbers_and_nulls(measure: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """A measure's numbers, and marks of its nulls; None when it has none."""
    if type(measure) is np.ndarray or not np.ma.is_masked(measure):  # to ask numpy.ma would load it
        return measure if type(measure) is np.ndarray else np.ma.getdata(measure), None
    return np.ma.getdata(measure), np.ma.getmaskarray(measure)


def _without(numbers: NDArray[Any], marks: NDArray[np.bool_] | None) -> NDArray[Any]:
    """The numbers with nought in the place of those that are marked."""
    return numbers if marks is None else np.where(marks, numbers.dtype.type(0), numbers)


def _not_finite(numbers: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Marks what is NaN or infinite; None when nothing is."""
    if not numbers.size or (np.isfinite(numbers.max()) and np.isfinite(numbers.min())):
        return None
    return ~np.isfinite(numbers)
