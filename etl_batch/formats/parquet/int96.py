"""Moments of 96 bits, which hold more than any 64 do: a day, and the nanosecond in it.

Arrow reads them as a count of one unit, and in silence as another moment where that overflows. So the columns that have
them are looked through once. One that is within the years 1677 to 2262 is read as nanoseconds. One that is not is read
twice, as seconds, which always fit, and as nanoseconds, whose digits below a second are right even when the count is
not: it becomes a column of microseconds, or of text where it needs nanoseconds too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch.columns.moments import FIRST_SECOND, LAST_SECOND, counts

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_SECOND, _NANO, _MICRO = 1_000_000_000, 1, 1_000
COARSE = "s"
"""The unit that holds every moment of 96 bits."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the moments of a column need; those of no year from 1 to 9999 apart, which become no cell."""

    beyond: bool = False
    """Whether some are no count of nanoseconds in 64 bits."""
    distant: bool = False
    """Whether some of these are within the years 1 to 9999."""
    fine: bool = False
    """Whether some stand between two microseconds."""

    def __add__(self, other: Extent) -> Extent:
        return Extent(self.beyond | other.beyond, self.distant | other.distant, self.fine | other.fine)

    def type_for(self, zone: str | None) -> pa.DataType:
        """The type that holds them."""
        if self.distant and self.fine:
            return pa.string()
        return pa.timestamp("us" if self.distant else "ns", zone)


def int96_places(schema: pq.ParquetSchema, kinds: Sequence[pa.DataType]) -> list[int]:
    """Which of the columns, whose types as they are in the file follow each other, hold such moments."""
    found, leaf = [], 0
    for place, kind in enumerate(kinds):
        behind = leaf + _leaves_of(kind)
        if any(schema.column(at).physical_type == "INT96" for at in range(leaf, behind)):
            found.append(place)
        leaf = behind
    return found


def _leaves_of(kind: pa.DataType) -> int:
    """Columns of the file that a type is made of."""
    if isinstance(kind, pa.BaseExtensionType):
        return _leaves_of(kind.storage_type)
    if pa.types.is_dictionary(kind) or not pa.types.is_nested(kind):
        return 1
    return sum(_leaves_of(kind.field(at).type) for at in range(kind.num_fields))


def extent(nanoseconds: pa.Array, seconds: pa.Array) -> Extent:
    """Of a column read both ways; of a nested one those of all moments in it."""
    kind = seconds.type
    if kind == nanoseconds.type:
        return Extent()
    if pa.types.is_nested(kind):
        pairs = zip(_parts(nanoseconds), _parts(seconds), strict=True)
        return sum((extent(*pair) for pair in pairs), Extent())
    moments = Moments.of(nanoseconds, seconds)
    within = moments.in_years
    return Extent(
        bool((~moments.in_64_bits & moments.valid).any()),
        bool((~moments.in_64_bits & within).any()),
        bool((within & (moments.fraction % _MICRO != 0)).any()),
    )


def _parts(column: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_struct(column.type):
        yield from column.flatten()
    elif pa.types.is_map(column.type):
        yield from (column.keys, column.items)
    else:
        yield column.flatten()


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """A column of moments: whole seconds from 1970, and the nanoseconds behind each; of nulls they mean nothing."""

    seconds: NDArray[np.int64]
    fraction: NDArray[np.int64]
    valid: NDArray[np.bool_]
    in_64_bits: NDArray[np.bool_]
    """Which are counts of nanoseconds in 64 bits."""

    @classmethod
    def of(cls, nanoseconds: pa.Array, seconds: pa.Array) -> Moments:
        """From both readings; the count of nanoseconds is right but for a multiple of 2 to the 64th."""
        count, whole = (counts(column).fill_null(0).to_numpy() for column in (nanoseconds, seconds))
        valid = seconds.is_valid().to_numpy(zero_copy_only=False)
        return cls(whole, count - whole * _SECOND, valid, count // _SECOND == whole)

    @classmethod
    def joined(cls, column: pa.StructArray) -> Moments:
        """From what `as_struct` makes."""
        nanoseconds, seconds = column.flatten()
        return cls.of(nanoseconds, seconds)

    @property
    def in_years(self) -> NDArray[np.bool_]:
        """Which are within the years 1 to 9999."""
        return self.valid & (self.seconds >= FIRST_SECOND) & (self.seconds <= LAST_SECOND)

    def convertible(self, kind: pa.DataType) -> NDArray[np.bool_]:
        """Which a type holds, or are null."""
        held = self.in_years
        if pa.types.is_timestamp(kind):
            held &= self.in_64_bits if kind.unit == "ns" else self.fraction % _MICRO == 0
        return held | ~self.valid

    def converted(self, kind: pa.DataType) -> pa.Array:
        """As a column of the type; those that are not `convertible` as null."""
        keep = self.valid & self.convertible(kind)
        if pa.types.is_string(kind):
            texts = [
                f"{moment} {clock}.{fraction:09}"
                for (moment, _, clock), fraction in zip(
                    (text.partition("T") for text in self._written(keep)), self.fraction.tolist(), strict=True
                )
            ]
            return pc.if_else(pa.array(keep), pa.array(texts, pa.string()), pa.scalar(None, pa.string()))
        each = _NANO if kind.unit == "ns" else _MICRO
        numbers = self.seconds * (_SECOND // each) + self.fraction // each
        return pa.array(numbers, pa.int64(), mask=~keep).view(kind)

    def _written(self, keep: NDArray[np.bool_]) -> list[str]:
        moments = np.where(keep, self.seconds, 0).astype("M8[s]")
        written: list[str] = np.datetime_as_string(moments, unit="s").tolist()
        return written

    def raw(self, row: int) -> str:
        """A moment as the seconds that it counts."""
        seconds, fraction = int(self.seconds[row]), int(self.fraction[row])
        return f"{seconds * _SECOND + fraction}e-9"


def as_struct(nanoseconds: pa.Array, seconds: pa.Array) -> Any:
    """Both readings of a column as one, until it is known which rows are good."""
    return pa.StructArray.from_arrays([nanoseconds, seconds], ["nanoseconds", "seconds"])
