"""Code units of a text, one byte each: where quotes, delimiters and line ends are looked for, whatever the encoding."""

from __future__ import annotations

import numpy as np

from etl_batch.formats.text.code_tables import UNITS, signs_of, tables_of
from etl_batch.kernels import encodings
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes

_BYTE = (1, 0)


def unit_size(encoding: str) -> int:
    """Bytes of a code unit: 2 in UTF-16, 4 in UTF-32, else 1."""
    return UNITS.get(encoding, _BYTE)[0]


def are_bytes(encoding: str) -> bool:
    """Whether the bytes of a text are its units as they stand: then nothing needs to be made of them."""
    if encoding == "utf-8":
        return True
    return encoding not in UNITS and tables_of(encoding).plain and not tables_of(encoding).has_trails


def units_of(raw: bytes | bytearray | memoryview, encoding: str) -> Bytes:
    """The whole code units of a text that begins with a character, and `PADDING` bytes behind them.

    Units that are no sign a dialect can have, those past 255 and the further bytes of a character, are the letter x.
    Behind a line end, a comma or a blank a character begins in every encoding.
    """
    return _cut_units(raw, encoding)[0]


def whole_bytes(raw: bytes | bytearray | memoryview, encoding: str) -> int:
    """Bytes of a text that begins with a character, without those of a last one that would go on behind it.

    UTF-8 is whole everywhere: no byte of its characters looks like another one.
    """
    return _cut_units(raw, encoding)[1]


def _cut_units(raw: bytes | bytearray | memoryview, encoding: str) -> tuple[Bytes, int]:
    """Both at once."""
    data = np.frombuffer(raw, np.uint8)
    size, big = UNITS.get(encoding, _BYTE)
    count = len(data) // size
    units = np.empty(count + PADDING, np.uint8)
    units[count:] = ord("x")
    whole = count * size
    if size > 1:
        encodings.narrow(data, count, size, big, units)
    elif are_bytes(encoding):
        units[:count] = data
    elif tables_of(encoding).has_trails:
        whole = encodings.hide_trails(data, count, tables_of(encoding).kinds, units)
    else:
        units[:count] = np.frombuffer(bytes(raw).translate(signs_of(encoding)), np.uint8)
    return units, whole
