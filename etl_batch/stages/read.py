"""The stage that reads: a part of a chunk to slabs of records, in the way of its format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

from etl_batch.formats.content import supplied
from etl_batch.formats.source import Part, Slab


def read_slabs(part: Part, retries: int) -> Iterator[Slab]:
    """The part's records in input order, good ones as columns and bad ones as rejects.

    Raises `InputRefused` or `FormatRefused` when the file is not what it was when the chunk was planned.
    """
    if part.given_up is not None:
        yield part.source.unread(part.place, part.given_up)
        return
    with supplied(*part.supply) if part.supply is not None else nullcontext():
        yield from part.source.read(part.place, retries)
