"""Text of a file as UTF-8, and from places in it back to the bytes of the file."""

from __future__ import annotations

import numpy as np

from etl_batch.formats.text.code_tables import UNITS, tables_of
from etl_batch.kernels import encodings
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.encodings import IN_FILE, IN_TEXT
from etl_batch.kernels.kernel import Bytes, Ints

_ENDLESS = 1 << 62
_UTF_8 = "utf-8"


class Transcoder:
    """A stretch of a file, from byte `base` on, in an encoding by Python's name of its codec.

    What it is given must stay as it is as long as it is asked. Text in UTF-8 is taken as it stands.
    """

    def __init__(self, base: int, encoding: str) -> None:
        self.base, self.encoding = base, encoding
        self.raw: memoryview = memoryview(b"")
        self.text: bytearray | memoryview = self.raw
        self._seen = np.zeros(2, np.int64)

    def to_utf8(self, raw: memoryview) -> bytearray:
        """The text of the whole code units, which begins with a character.

        Each byte that belongs to no character of the encoding, and each unit of UTF-16 or UTF-32, is one byte 0xFF.
        """
        self.raw = raw
        self._seen = np.zeros(2, np.int64)
        self.text = bytearray(raw) if self.encoding == _UTF_8 else self._transcoded(np.frombuffer(raw, np.uint8))
        return self.text

    def in_file(self, position: int) -> int:
        """The byte offset in the file of a byte of the text that begins a character; asked in rising order."""
        return self.base + self._in_raw(position)

    def all_in_file(self, positions: Ints) -> Ints:
        """From byte `base` on, the bytes of several places in the text that begin characters, in rising order."""
        if self.encoding == _UTF_8:
            return positions
        places = np.empty(len(positions), np.int32)
        if self.encoding in UNITS:
            size, text = UNITS[self.encoding][0], np.frombuffer(self.text, np.uint8)
            encodings.units_before(text, positions, 2 if size == 2 else 1, places)
            return places * np.int32(size)
        data = np.frombuffer(self.raw, np.uint8)
        encodings.walk_to_all(data, len(data), positions, *tables_of(self.encoding).arguments, places)
        return places

    def as_in_file(self, start: int, end: int) -> bytes:
        """The bytes of the file whose text stands between two places, each of them no lower than any asked before."""
        begin = self._in_raw(start)
        return self.raw[begin : self._in_raw(end)].tobytes()

    def _transcoded(self, data: Bytes) -> bytearray:
        if self.encoding in UNITS:
            size, big = UNITS[self.encoding]
            units = len(data) // size
            text = bytearray(_most_bytes(data[: units * size], size, big) + PADDING)
            convert = encodings.utf_16_to_utf8 if size == 2 else encodings.utf_32_to_utf8
            length = convert(data, units, big, np.frombuffer(text, np.uint8))
        else:
            tables = tables_of(self.encoding)
            end = np.zeros(2, np.int64)
            encodings.walk(data, len(data), _ENDLESS, *tables.arguments, end)
            text = bytearray(int(end[IN_TEXT]) + PADDING)
            length = encodings.to_utf8(data, len(data), *tables.arguments, np.frombuffer(text, np.uint8))
        del text[length:]
        return text

    def _in_raw(self, position: int) -> int:
        """From a place in the text to one in `raw`, from the last one on that was asked for."""
        if self.encoding == _UTF_8:
            return position
        seen = self._seen
        if position < seen[IN_TEXT]:
            seen[:] = 0  # once more from the start
        if self.encoding in UNITS:
            size, text = UNITS[self.encoding][0], np.frombuffer(self.text, np.uint8)
            seen[IN_FILE] += size * encodings.count_units(text, int(seen[IN_TEXT]), position, 2 if size == 2 else 1)
            seen[IN_TEXT] = position
        else:
            data = np.frombuffer(self.raw, np.uint8)
            encodings.walk(data, len(data), position, *tables_of(self.encoding).arguments, seen)
        return int(seen[IN_FILE])


def _most_bytes(data: Bytes, size: int, big: int) -> int:
    """How long the UTF-8 of UTF-16 or UTF-32 is at most: exactly so long, but for two bytes less a pair of surrogates.

    It is counted, for room that is not used is cleared all the same.
    """
    units = data.view(f"{'>' if big else '<'}u{size}")
    longer = (0x80, 0x800) if size == 2 else (0x80, 0x800, 0x10000)
    return len(units) + sum(int(np.count_nonzero(units >= first)) for first in longer)
