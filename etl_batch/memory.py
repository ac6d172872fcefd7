"""How much memory reading may take: a share of it for each chunk, which the system holds while rows are decoded.

What a file promises is checked before it is decoded, but a file may lie. So the system is told the largest data segment
that the process may have meanwhile: an allocation past it fails, and says so, however few bytes have asked for it. The
address space would be the wrong measure: Arrow and the kernels map much that they never use.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from etl_batch import sentences
from etl_batch.defaults import CHUNK_BYTES, MAX_RECORD_BYTES
from etl_batch.errors import InputRefused

LEAST_BYTES = 32 << 20
"""Of rows in memory: a smaller chunk may become so many nevertheless, for a column takes some whatever it holds."""
DECODING = 2
"""Times the rows themselves: the page and the dictionary that they stand in are there at the same time."""
_PAGE_BYTES = resource.getpagesize()
_STATM_DATA = 5
_RECORDS = 8
"""Times the longest record: a chunk holds one at least, as it was read, as cells, and as each of the outputs has it."""
_share, _record = CHUNK_BYTES, MAX_RECORD_BYTES
T = TypeVar("T")


def share(chunk_bytes: int, record_bytes: int) -> None:
    """Say what the rows of one chunk may become in this process, and how long a record may be."""
    global _share, _record
    _share, _record = max(chunk_bytes, LEAST_BYTES), record_bytes


def row_bytes() -> int:
    """What the rows of one chunk may become in memory."""
    return _share


@contextmanager
def limited(more: int) -> Iterator[None]:
    """Let this process take so many bytes more than it has; past that what asks for memory raises `MemoryError`."""
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = data_bytes() + more
    limits = [limit for limit in (before, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Let this process take what a chunk may; more becomes the refusal of the file. Raises `InputRefused`."""
    try:
        with limited(DECODING * _share + _RECORDS * _record):
            yield
    except MemoryError as error:
        refusal = sentences.inputs.TOO_MUCH_MEMORY_AT_ONCE.format(path=path, most=_record)
        raise InputRefused(refusal, source=path) from error


def decoded(values: Iterator[T]) -> Iterator[T]:
    """The values, each made within what decoding may take. Raises `MemoryError`."""
    nothing = object()
    while True:
        with limited(DECODING * _share):
            value = next(values, nothing)
        if value is nothing:
            return
        yield value  # type: ignore[misc]


def data_bytes() -> int:
    """The data segment of this process, whether its pages are in use or not."""
    return int(Path("/proc/self/statm").read_bytes().split()[_STATM_DATA]) * _PAGE_BYTES
