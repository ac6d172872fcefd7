"""The start of a file, for functions that know headers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from etl_batch import sentences
from etl_batch.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Head:
    """A file whose header is looked at for one format."""

    name: str
    """The format."""
    path: str
    size: int
    read: Callable[[int, int], bytes]
    """Bytes from an offset on, at most so many; fewer at the end of the file."""

    def numbers(self, form: str, offset: int) -> tuple[Any, ...]:
        """Numbers in the form of Python's `struct` that stand somewhere. Raises `InputRefused` where the file ends."""
        wanted = struct.calcsize(form)
        raw = self.read(offset, wanted)
        if len(raw) < wanted:
            raise self.refusal(sentences.layouts.HEADER_CUT_OFF)
        return struct.unpack(form, raw)

    def refusal(self, reason: str) -> InputRefused:
        """The error for a header of this format that cannot be read."""
        return InputRefused(sentences.layouts.BAD_HEADER.format(path=self.path, name=self.name, reason=reason))


def skipped(size: int) -> list[dict[str, Any]]:
    """Bytes that are read over, if there are any."""
    return [{"type": "bytes", "size": size, "skip": True}] if size else []
