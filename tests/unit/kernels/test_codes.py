"""Codes of text cells against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels.codes import GIVEN_UP, SLOT, code_cells, renumber

CELLS = st.lists(st.one_of(st.none(), st.text("ab\x00é", max_size=40)), max_size=40)


class Coder:
    """A table of so many places, filled array by array."""

    def __init__(self, places=256, room=8192):
        self.table, self.kept = np.zeros(places * SLOT, np.uint64), np.zeros(room, np.uint8)
        self.offsets, self.known = np.zeros(places // 2 + 1, np.int32), 0

    def code(self, cells):
        """The codes of one array, whose bytes end with the last cell."""
        units = [b"" if cell is None else cell.encode() for cell in cells]
        data = np.frombuffer(b"".join(units), np.uint8) if any(units) else np.zeros(0, np.uint8)
        offsets = np.cumsum([0, *map(len, units)]).astype(np.int32)
        missing = np.array([cell is None for cell in cells], np.uint8)
        codes = np.zeros(len(cells), np.int32)
        marks = missing if missing.any() else np.zeros(0, np.uint8)
        self.known = code_cells(
            data,
            offsets[:-1] - np.int32(1),
            offsets[1:],
            0,
            marks,
            self.known,
            self.table,
            self.kept,
            self.offsets,
            codes,
        )
        return codes.tolist()

    @property
    def cells(self):
        """The distinct cells, by code; nothing for a missing one."""
        return [self.kept[self.offsets[at] : self.offsets[at + 1]].tobytes().decode() for at in range(self.known)]


@given(st.lists(CELLS, max_size=3))
@example([["a" * 24 + "x" + "b" * 8, "a" * 24 + "y" + "b" * 8], ["a" * 16, "a" * 17], ["", None, "\x00", "\x00\x00"]])
def test_codes(parts):
    """The order of first appearance, over several arrays; a missing cell is none of the empty ones."""
    coder, seen = Coder(), {}
    for cells in parts:
        assert coder.code(cells) == [seen.setdefault(cell, len(seen)) for cell in cells]
    assert coder.cells == [cell or "" for cell in seen]


@pytest.mark.parametrize("length", range(34))
def test_cells_that_differ_in_one_byte(length):
    """Wherever it stands, in cells of any length."""
    cells = ["x" * length] + ["x" * at + "y" + "x" * (length - at - 1) for at in range(length)]
    coder = Coder()
    assert coder.code(cells + cells[::-1]) == [*range(length + 1), *range(length, -1, -1)]


def test_more_cells_than_there_is_room_for():
    """Half of the places are taken at most, and no byte is kept past the room there is."""
    numbers = [str(number) for number in range(9)]
    assert Coder(16).code(numbers[:8]) == [*range(8)]
    few = Coder(16)
    few.code(numbers)
    assert few.known == GIVEN_UP
    short = Coder(16, room=5)
    assert short.code(["abcde", "abcde"]) == [0, 0]
    short.code(["f"])
    assert short.known == GIVEN_UP


@pytest.mark.parametrize(
    "cells",
    [
        [None, "", *("\x00" * length for length in range(1, 7))],
        ["\x00" * length for length in range(24, 32)],
        *(["a" * 20 + chr(letter + at) + "b" * 12 for at in range(8)] for letter in range(65, 97, 8)),
    ],
)
def test_cells_that_share_a_place(cells):
    """In a table that is as full as it gets, what only the length or the middle tells apart is told apart."""
    coder = Coder(16)
    assert coder.code([*cells, *cells[::-1]]) == [*range(8), *range(7, -1, -1)]
    assert coder.cells == [cell or "" for cell in cells]


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=60), st.integers(10, 12))
@example([None, None], 10)
def test_renumbering(codes, most):
    """By first appearance; a missing one is none, and what has no row has no number."""
    missing = np.array([code is None for code in codes], np.uint8)
    old = np.array([-5 if code is None else code for code in codes], np.int32)  # of a missing one nothing is read
    places, order, out = np.zeros(most, np.int32), np.zeros(most, np.int32), np.full(len(codes), 7, np.int32)
    known = renumber(old, missing if missing.any() else missing[:0], places, order, out)
    seen = list(dict.fromkeys(code for code in codes if code is not None))
    assert order[:known].tolist() == seen
    assert [None if code is None else int(new) for code, new in zip(codes, out, strict=True)] == [
        None if code is None else seen.index(code) for code in codes
    ]


@pytest.mark.parametrize("code", [3, -1, 2**31 - 1])
def test_a_code_that_is_none(code):
    """It stands for nothing: no answer."""
    places, order, out = np.zeros(3, np.int32), np.zeros(3, np.int32), np.zeros(2, np.int32)
    assert renumber(np.array([0, code], np.int32), np.zeros(0, np.uint8), places, order, out) == GIVEN_UP
