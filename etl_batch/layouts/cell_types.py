"""What the column decoders hand to each other: parsed values, failed checks, finished columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Failure:
    """The rows that failed one check, and why, as one snake_case word."""

    reason: str
    mask: Mask


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """A column of all rows and its failures in the order of the checks; a failing row's value is undefined."""

    array: pa.Array
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """Values as stored. With `indices`, `stored` and the masks are about dictionary entries, and rows point at them."""

    stored: pa.Array
    invalid: Mask | None = None
    """Values that could not be read, for `reason`."""
    reason: str = ""
    blank: Mask | None = None
    """Values of nothing but padding."""
    indices: Array | None = None
    distinct: bool = False
    """Whether no two values are the same, as those of a dictionary must be."""


def mask_of(flags: pa.Array) -> Mask:
    """A boolean array as a numpy mask; null counts as false."""
    filled = pc.fill_null(flags, False) if flags.null_count else flags
    return filled.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def fixed_strings(cells: Array) -> pa.FixedSizeBinaryArray:
    """Cells of one size, side by side, as an Arrow array over the same memory."""
    kind = pa.binary(cells.dtype.itemsize)
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(cells), [None, pa.py_buffer(cells)])


def byte_matrix(cells: Array) -> Array:
    """The bytes of the cells, shape (cells, size), over the same memory."""
    return cells.view(np.uint8).reshape(len(cells), cells.dtype.itemsize)


def any_byte(flags: Array) -> Mask:
    """The cells of which some byte has the flag; `flags` has shape (cells, size)."""
    return np.logical_or.reduce(flags, axis=1)  # type: ignore[no-any-return]


def all_bytes(flags: Array) -> Mask:
    """The cells of which every byte has the flag; `flags` has shape (cells, size)."""
    return np.logical_and.reduce(flags, axis=1)  # type: ignore[no-any-return]
