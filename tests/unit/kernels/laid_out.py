"""Cells as they stand in a text, for kernels that take their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as st

from etl_batch.columns.text_cells import TextCells
from etl_batch.kernels.bits import PADDING


def laid_out(cells: Sequence[bytes], in_quotes: Sequence[bool] | None = None, lead: bytes = b"") -> TextCells:
    """A text of the cells with a byte between them; those `in_quotes` stand in some, all others as they are.

    `lead` stands before all of them: a kernel may take cells otherwise that have little before them.
    """
    written = [
        b'"' + cell.replace(b'"', b'""') + b'"' if quotes else cell
        for cell, quotes in zip(cells, in_quotes or [False] * len(cells), strict=True)
    ]
    ends = np.cumsum([len(cell) + 1 for cell in written], dtype=np.int64) - 1 + len(lead)
    before = np.concatenate([[len(lead) - 1], ends[:-1]]) if len(ends) else ends
    data = lead + b"".join(cell + b"0" for cell in written) + b"9." * (PADDING // 2)
    return TextCells(
        np.frombuffer(data, np.uint8), before.astype(np.int32), ends.astype(np.int32), in_quotes is not None
    )


def columns_of(cell: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[list[bytes], list[bool]]]:
    """Columns of cells that mostly are what a strategy makes; some are empty, near misses or bytes of any kind."""
    near = st.builds(_spoilt, cell, st.integers(0, 60), st.sampled_from(HOSTILE))
    good, other = cell.map(str.encode), st.one_of(st.just(b""), near, near, st.binary(max_size=45))
    one = st.one_of(*[good] * 9, st.just(b""), other)
    # A cell that has quotes about it and does not stand in quotes is no text that a reader would leave so.
    fair = one.filter(lambda cell: not cell.startswith(b'"'))
    return st.lists(st.tuples(fair, st.booleans()), max_size=5).map(
        lambda pairs: ([cell for cell, _ in pairs], [quotes for _, quotes in pairs])
    )


LEADS = [b"", b"-0.7" * 5]
HOSTILE = [b"\0", b"-", b"+", b".", b"/", b":", b"e", b" ", b"0", b"9", b"Z", b"\xc3\xa9", b"\xd9\xa3", b"\xff", b"'"]
"""Bytes that make a cell another one, the neighbours of the digits and digits of another script among them."""


def _spoilt(cell: str, place: int, byte: bytes) -> bytes:
    known = cell.encode()
    place = min(place, len(known))
    return known[:place] + byte + known[place + place % 2 :]


def first_unfit(cells: Sequence[bytes], fits: Callable[[bytes], bool]) -> int:
    """The row of the first cell that is not empty and does not fit; their number when all do."""
    return next((row for row, cell in enumerate(cells) if cell and not fits(cell)), len(cells))


def utc(text: str) -> datetime:
    """A moment as Python reads it."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
