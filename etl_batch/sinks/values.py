"""The values of a column as data pages hold them, in one class an encoding.

They are without nulls, which stand in the definition levels, and of the types that Parquet keeps (`physical`). Each
class cuts its values into pages, and knows the least and the largest of a page where Parquet is to tell them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch.columns.schema import plain
from etl_batch.columns.text_cells import bytes_of
from etl_batch.kernels import parquet_pages
from etl_batch.kernels.kernel import Bytes, Ints
from etl_batch.sinks.encodings import DICTIONARY, PACKED, PLAIN, TEXTS, Way

Part = memoryview | bytes
Extremes = tuple[Any, Any]
"""The least and the largest of some values."""

_DICTIONARY_BYTES = 1 << 20
"""A row group whose dictionary would be larger keeps the values as they are."""
_LONGEST = 4096
"""Bytes of the longest text that is worth a place in the footer."""


class Scratch:
    """Room in which a page is put together; the next one overwrites it."""

    def __init__(self) -> None:
        self.block, self.extremes = np.empty(parquet_pages.BLOCK, np.uint64), np.empty(2, np.int64)
        self._bytes = np.empty(0, np.uint8)

    def bytes(self, size: int) -> Bytes:
        """Room for so many bytes."""
        if len(self._bytes) < size:
            self._bytes = np.empty(size, np.uint8)
        return self._bytes


class Values(ABC):
    """All values of one column of a row group."""

    physical: str
    encoding: str
    ordered = True
    """Whether the least and the largest are told."""
    dictionary: bytes | None = None
    """The distinct values, one behind the other, and how many they are."""
    distinct = 0

    @abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @property
    @abstractmethod
    def size(self) -> int:
        """About how many bytes they are before they are encoded."""

    @abstractmethod
    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:
        """The bytes of a page with the values `[first, last)`, and their extremes, such that pages can be compared.

        Without values, of which a page of nulls has none, or but for NaN, there are no extremes.
        """

    @abstractmethod
    def as_bytes(self, extreme: Any) -> bytes:
        """An extreme value as the footer has it."""


class _Packed(Values):
    """Numbers as packed differences."""

    encoding = PACKED

    def __init__(self, numbers: NDArray[Any]) -> None:
        self.bits, self.physical = 8 * numbers.itemsize, _PHYSICAL[numbers.dtype.name]
        self.unsigned = -1 << self.bits - 1 if numbers.dtype.kind == "u" else 0
        self.numbers = numbers.view(f"int{self.bits}")

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size(self) -> int:
        return int(self.numbers.nbytes)

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:
        return [_packed(self.numbers[first:last], scratch, self.unsigned)], _extremes(scratch, last - first)

    def as_bytes(self, extreme: Any) -> bytes:
        return int(extreme ^ self.unsigned).to_bytes(self.bits // 8, "little", signed=True)


class _Plain(Values):
    """Numbers as they are."""

    encoding = PLAIN

    def __init__(self, numbers: NDArray[Any]) -> None:
        self.numbers, self.physical = numbers, _PHYSICAL[numbers.dtype.name]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size(self) -> int:
        return int(self.numbers.nbytes)

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:  # noqa: ARG002 - they stand ready
        numbers = self.numbers[first:last]
        return [numbers.view(np.uint8).data], self.extremes(numbers)

    def extremes(self, numbers: NDArray[Any]) -> Extremes | None:
        """Of a page's numbers, as numbers."""
        if not len(numbers):
            return None
        if numbers.dtype.kind != "f":
            return numbers.min(), numbers.max()
        least, largest = np.fmin.reduce(numbers), np.fmax.reduce(numbers)
        if np.isnan(least):
            return None
        # A reader that looks for one nought must not miss the other.
        return least if least else -abs(least), largest if largest else abs(largest)

    def as_bytes(self, extreme: Any) -> bytes:
        return bytes(extreme.tobytes())


class _CodedNumbers(_Plain):
    """Numbers by their places in a dictionary."""

    encoding = DICTIONARY

    def __init__(self, numbers: NDArray[Any], codes: Ints, distinct: NDArray[Any]) -> None:
        super().__init__(numbers)
        self.codes, self.distinct, self.dictionary = codes, len(distinct), distinct.tobytes()

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:
        return _packed_codes(self.codes[first:last], self.distinct, scratch), self.extremes(self.numbers[first:last])


class _CodedTexts(Values):
    """Texts by their places in a dictionary that is in order, so that codes compare as the texts do."""

    physical = "BYTE_ARRAY"
    encoding = DICTIONARY

    def __init__(self, codes: Ints, texts: pa.Array) -> None:
        self.codes, self.distinct = codes, len(texts)
        self.data, self.places = bytes_of(texts)
        self.dictionary = _with_lengths(self.data, self.places)
        self.ordered = int(np.diff(self.places).max(initial=0)) <= _LONGEST

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def size(self) -> int:
        return int(self.codes.nbytes)

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:
        return _packed_codes(self.codes[first:last], self.distinct, scratch), _extremes(scratch, last - first)

    def as_bytes(self, extreme: Any) -> bytes:
        return self.data[self.places[extreme] : self.places[extreme + 1]].tobytes()


class _Texts(Values):
    """Texts or bytes: their lengths, and behind these all of them. Extremes of long ones would fill the footer."""

    physical = "BYTE_ARRAY"
    encoding = TEXTS
    ordered = False

    def __init__(self, texts: pa.Array) -> None:
        self.data, self.places = bytes_of(texts)

    def __len__(self) -> int:
        return len(self.places) - 1

    @property
    def size(self) -> int:
        return int(self.places[-1] - self.places[0])

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:
        places = self.places[first : last + 1]
        return [_packed(np.diff(places), scratch), self.data[places[0] : places[-1]].data], None

    def as_bytes(self, extreme: Any) -> bytes:
        raise NotImplementedError(extreme)


class _PlainTexts(_Texts):
    """Each behind its length: what a column is that has a dictionary elsewhere.

    Arrow's reader, asked for such a column as a dictionary, makes one of these, and of the other texts it does not.
    """

    encoding = PLAIN

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:  # noqa: ARG002 - rare
        return [_with_lengths(self.data, self.places[first : last + 1])], None


class _Truths(Values):
    """Booleans, a bit each."""

    physical = "BOOLEAN"
    encoding = PLAIN

    def __init__(self, truths: NDArray[np.bool_]) -> None:
        self.truths = truths

    def __len__(self) -> int:
        return len(self.truths)

    @property
    def size(self) -> int:
        return len(self.truths) // 8

    def page(self, first: int, last: int, scratch: Scratch) -> tuple[list[Part], Extremes | None]:  # noqa: ARG002 - they are few
        truths = self.truths[first:last]
        extremes = (bool(truths.all()), bool(truths.any())) if len(truths) else None
        return [np.packbits(truths, bitorder="little").tobytes()], extremes

    def as_bytes(self, extreme: Any) -> bytes:
        return bytes((extreme,))


_PHYSICAL = {
    "int32": "INT32",
    "uint32": "INT32",
    "int64": "INT64",
    "uint64": "INT64",
    "float32": "FLOAT",
    "float64": "DOUBLE",
}
_DTYPES = {
    **{getattr(pa, f"{sign}int{bits}")(): f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    pa.float32(): "float32",
    pa.float64(): "float64",
    pa.date32(): "int32",
    pa.time32("ms"): "int32",
    **{pa.time64(unit): "int64" for unit in ("us", "ns")},
}
"""The types whose values are in memory as Parquet keeps them, or narrower."""
_FEW_DIGITS, _MANY_DIGITS = 9, 18
"""Decimals of so many digits are kept as integers of 32 and of 64 bits."""


def values_of(column: pa.Array, way: Way) -> Values | None:
    """The values of a column without nulls, encoded this way; None where Arrow's writer knows how, and nobody else."""
    if not pa.types.is_dictionary(column.type):
        found = _values_of(column, way.encoding)
    elif way.encoding == DICTIONARY and _is_text(column.type.value_type) and not column.dictionary.null_count:
        found = _coded_texts(column) or _PlainTexts(plain(column))
    else:
        found = _values_of(plain(column), way.encoding)
    return found if found is not None and found.physical == way.physical else None


def _values_of(column: pa.Array, encoding: str) -> Values | None:
    if _is_text(column.type):
        if encoding != DICTIONARY:
            return _Texts(column)
        return _coded_texts(column.dictionary_encode()) or _PlainTexts(column)
    if pa.types.is_boolean(column.type):
        return _Truths(column.to_numpy(zero_copy_only=False).astype(np.bool_))
    numbers = _numbers(column)
    if numbers is None:
        return None
    coded_numbers = _coded_numbers(numbers) if encoding == DICTIONARY else None
    return coded_numbers or (_Packed(numbers) if encoding == PACKED else _Plain(numbers))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _numbers(column: pa.Array) -> NDArray[Any] | None:
    """The values as Parquet keeps them; None for types that are no numbers there or are kept as others."""
    kind = column.type
    if pa.types.is_decimal128(kind) and kind.precision <= _MANY_DIGITS:
        lower_halves = _in_memory(column, "int64", 2)[::2]
        return lower_halves.astype(np.int32 if kind.precision <= _FEW_DIGITS else np.int64)
    stamp = (pa.types.is_timestamp(kind) and kind.unit != "s") or pa.types.is_duration(kind)
    name = "int64" if stamp else _DTYPES.get(kind)
    if name is None:
        return None
    numbers = _in_memory(column, name)
    return numbers if numbers.itemsize >= np.dtype(np.int32).itemsize else numbers.astype(np.int32)


def _in_memory(column: pa.Array, dtype: str, each: int = 1) -> NDArray[Any]:
    """What the array's values stand in, `each` numbers a value."""
    if not len(column):
        return np.zeros(0, dtype)
    return np.frombuffer(
        column.buffers()[1], dtype, each * len(column), each * column.offset * np.dtype(dtype).itemsize
    )


def _coded_numbers(numbers: NDArray[Any]) -> _CodedNumbers | None:
    """With a dictionary of their bits, so that one nought is not taken for the other; None when that is too large."""
    coded = pa.array(numbers.view(f"int{8 * numbers.itemsize}")).dictionary_encode()
    distinct = coded.dictionary.to_numpy()
    return _CodedNumbers(numbers, _codes(coded), distinct) if distinct.nbytes <= _DICTIONARY_BYTES else None


def _coded_texts(coded: pa.DictionaryArray) -> _CodedTexts | None:
    if coded.dictionary.nbytes > _DICTIONARY_BYTES:
        return None
    order = pc.array_sort_indices(coded.dictionary)
    ranks = np.empty(len(order), np.int32)
    ranks[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return _CodedTexts(ranks[_codes(coded)], coded.dictionary.take(order))


def _codes(coded: pa.DictionaryArray) -> Ints:
    codes: Ints = coded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return codes


def _packed(numbers: NDArray[Any], scratch: Scratch, unsigned: int = 0) -> Part:
    """Signed numbers as packed differences; those without a sign may be handed over as if they had one."""
    wide = numbers.astype(np.int64, copy=False)
    out = scratch.bytes(parquet_pages.packed_room(len(wide)))
    unused = 64 - 8 * numbers.itemsize
    size = parquet_pages.pack_differences(wide, unused, unsigned, scratch.block, out, scratch.extremes)
    return out[:size].data


def _packed_codes(codes: Ints, distinct: int, scratch: Scratch) -> list[Part]:
    """Behind the number of their bits."""
    width = max((distinct - 1).bit_length(), 1)
    out = scratch.bytes(parquet_pages.codes_room(len(codes), width))
    return [bytes((width,)), out[: parquet_pages.pack_codes(codes, width, out, scratch.extremes)].data]


def _extremes(scratch: Scratch, count: int) -> Extremes | None:
    """Those that a kernel found among so many values."""
    least, largest = scratch.extremes.tolist()
    return (least, largest) if count else None


def _with_lengths(data: Bytes, places: Ints) -> bytes:
    out = np.empty(parquet_pages.prefixed_room(len(places) - 1, int(places[-1] - places[0])), np.uint8)
    return out[: parquet_pages.prefix_lengths(data, places, out)].tobytes()
