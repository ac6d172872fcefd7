"""The thrift compact protocol as far as Parquet needs it: stepping over values, numbers in and out.

Footers and page headers are walked only to find the few numbers that matter; everything else stays the bytes that it
is. So there is no model of the format here, and a field that a later Parquet adds passes through untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12
STOP = b"\0"
TRUE, FALSE = 1, 2
"""Types of a field that is a truth: its value. In a list, whose type is TRUE, a byte each."""
_BYTE, _I16, _DOUBLE, _SET, _MAP, _UUID = 3, 4, 7, 10, 11, 13
_FIXED_SIZES = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}
_LONG_LIST = 15
"""From here on a list's length does not fit into its header."""
_ONE_BYTE = 0x80
_HEADERS = [bytes((value,)) for value in range(256)]
_SHORT = _HEADERS[:_ONE_BYTE]


class Walker:
    """A place in serialised values, moved forward by reading or skipping them.

    It raises `IndexError` past the end, and `KeyError` at a type that there is not, whatever the bytes are.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field of a struct; whoever asks for the next one has read or skipped its value."""
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self.integer()
            yield number, head & 15

    def integer(self) -> int:
        """A signed integer of 16 to 64 bits."""
        value = self.length()
        return (value >> 1) ^ -(value & 1)

    def length(self) -> int:
        """An unsigned integer, which is how sizes are written."""
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def binary(self) -> bytes:
        """Bytes behind their length."""
        size = self.length()
        self._step(size)
        return self.data[self.at - size : self.at]

    def list_header(self) -> tuple[int, int]:
        """Number and type of the elements that follow."""
        head = self._byte()
        size = head >> 4
        return (self.length() if size == _LONG_LIST else size), head & 15

    def skip(self, kind: int) -> None:
        """Step over the value of a field."""
        if kind not in (TRUE, FALSE):  # the type of such a field is its value
            self._skip_value(kind)

    def _skip_value(self, kind: int) -> None:
        if kind in (_I16, I32, I64):
            self.length()
        elif kind == BINARY:
            self._step(self.length())
        elif kind in (LIST, _SET):
            self._skip_elements()
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner)
        elif kind == _MAP:
            self._skip_map()
        else:
            self._step(_FIXED_SIZES[kind])

    def _skip_elements(self) -> None:
        size, kind = self.list_header()
        for _ in range(size):
            self._skip_element(kind)

    def _skip_map(self) -> None:
        size = self.length()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._skip_element(kinds >> 4)
            self._skip_element(kinds & 15)

    def _skip_element(self, kind: int) -> None:
        self._skip_value(_BYTE if kind in (TRUE, FALSE) else kind)

    def _step(self, size: int) -> None:
        self.at += size
        if self.at > len(self.data):  # or a list that says it is endless would be walked to its end
            raise IndexError(self.at)

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]


def number(value: int) -> bytes:
    """A signed integer of up to 64 bits."""
    return length((value << 1) ^ (value >> 63))


def length(value: int) -> bytes:
    """An unsigned integer."""
    if value < _ONE_BYTE:
        return _SHORT[value]
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(step: int, kind: int) -> bytes:
    """The header of a field whose number is `step` (1 to 15) past that of the one before."""
    return _HEADERS[step << 4 | kind]


def structs(values: Sequence[bytes]) -> bytes:
    """A list of structs, each serialised already."""
    return listed(STRUCT, values)


def listed(kind: int, values: Sequence[bytes]) -> bytes:
    """A list of values of one type, each serialised already."""
    size = len(values)
    head = bytes((size << 4 | kind,)) if size < _LONG_LIST else bytes((_LONG_LIST << 4 | kind,)) + length(size)
    return head + b"".join(values)


def binary(value: bytes) -> bytes:
    """Bytes behind their length."""
    return length(len(value)) + value


def struct(*fields: tuple[int, int, bytes], before: int = 0) -> bytes:
    """A struct of fields, each its number (at most 15 past the last one's), type and serialised value.

    `before`: the number of the field that stands before these.
    """
    parts = []
    for number_, kind, value in fields:
        parts += [field(number_ - before, kind), value]
        before = number_
    return b"".join((*parts, STOP))
