"""What Parquet's definition (parquet.thrift) fixes, as reading and writing share it."""

from __future__ import annotations

import struct

MAGIC = b"PAR1"
"""Opens and closes a file."""
ENCRYPTED_MAGIC = b"PARE"
"""The same for one whose footer is encrypted."""
TAIL_BYTES = 8
"""Behind the footer: its length and the magic."""
SIGNATURE_BYTES = 28
"""Behind a footer that is not encrypted while columns are."""
PHYSICAL = {
    "BOOLEAN": 0,
    "INT32": 1,
    "INT64": 2,
    "INT96": 3,
    "FLOAT": 4,
    "DOUBLE": 5,
    "BYTE_ARRAY": 6,
    "FIXED_LEN_BYTE_ARRAY": 7,
}
"""Numbers of the physical types."""


def footer_bytes(tail: bytes) -> int:
    """The length of the footer, by the last `TAIL_BYTES` of a file."""
    return int.from_bytes(tail[:4], "little")


def closed(footer: bytes) -> bytes:
    """The footer with what stands behind it."""
    return footer + struct.pack("<I", len(footer)) + MAGIC
