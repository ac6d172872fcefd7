"""Cells that stay text: gathered without their quotes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import text
from etl_batch.kernels.bits import PADDING
from tests.unit.kernels.laid_out import laid_out

CELLS = st.one_of(st.binary(max_size=200), st.text('"a', max_size=80).map(str.encode), st.just(b""))


def gathered(view) -> list[bytes]:
    """The cells as the kernel has them, in an array that has not a byte more than it asks for."""
    room = int((view.ends - view.before - 1).sum()) + PADDING
    offsets, out = np.zeros(len(view) + 1, np.int32), np.full(room, 99, np.uint8)
    assert text.gather(*view.places, offsets, out) == offsets[-1]
    places = offsets.tolist()
    return [out[start:end].tobytes() for start, end in pairwise(places)]


@given(st.lists(st.tuples(CELLS, st.booleans()), max_size=12), st.booleans())
def test_what_stood_in_quotes_stands_without_them(pairs, spared):
    """Whatever a cell holds comes back; one that holds a quote has to stand in quotes."""
    cells = [cell for cell, _ in pairs]
    in_quotes = [quotes or (b'"' in cell and not spared) for cell, quotes in pairs]
    expected = [
        cell if quotes or len(cell) < 2 or not cell.startswith(b'"') or not cell.endswith(b'"') else _undoubled(cell)
        for cell, quotes in zip(cells, in_quotes, strict=True)
    ]
    assert gathered(laid_out(cells, in_quotes)) == expected


def _undoubled(cell: bytes) -> bytes:
    return cell[1:-1].replace(b'""', b'"')


@given(st.lists(CELLS, max_size=12))
def test_where_no_quotes_are_to_come_off_none_do(cells):
    """A cell that begins with a quote is what it is."""
    assert gathered(laid_out(cells)) == cells
