"""IDX, the files of the MNIST digits: a type, sizes of axes, and numbers, the highest byte first.

Source: "THE IDX FILE FORMAT" of the MNIST database.
"""

from __future__ import annotations

import math
from typing import Any

from etl_batch import sentences
from etl_batch.formats.records.headers.head import Head
from etl_batch.layouts.layout import MAX_COLUMNS

_TYPES = {0x08: "u8", 0x09: "i8", 0x0B: "i16", 0x0C: "i32", 0x0D: "f32", 0x0E: "f64"}


def idx(head: Head) -> dict[str, Any] | None:
    """One record an element of the first axis. The size of the file must be exactly that of its numbers."""
    start = head.read(0, 4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not start[3]:
        return None
    kind, axes = _TYPES[start[2]], start[3]
    begin = 4 + 4 * axes
    if head.size < begin:
        return None
    sizes = head.numbers(f">{axes}I", 4)
    inner = math.prod(sizes[1:])
    # Four bytes are little to know a file by.
    if begin + sizes[0] * inner * int(kind[1:]) // 8 != head.size or not inner:
        return None
    if inner > MAX_COLUMNS:
        raise head.refusal(sentences.layouts.TOO_MANY_VALUES.format(count=inner, most=MAX_COLUMNS))
    one = {"name": "value", "type": kind}
    return {
        "endian": "big",
        "fields": [one if inner == 1 else {**one, "count": inner}],
        "header_bytes": begin,
        "record_count": sizes[0],
        "description": f"An IDX array of {' x '.join(map(str, sizes))}.",
    }
