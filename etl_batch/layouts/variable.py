"""Records of variable length in a file: walked from word to word, in spans that a worker reads each alone.

Where a word is damaged, nobody knows where the next record begins: what stands there up to the next place from which
words lead on is a damaged stretch. Where records and stretches begin depends on the file alone, not on the spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.kernels.kernel import LongGrid, Longs, OutLongs
from etl_batch.kernels.record_words import (
    AT,
    BLOCK_END,
    CHANGED,
    IN_A_ROW,
    LONGEST_STRETCH,
    LOST,
    STATES,
    STRETCHES,
    list_records,
    spread_records,
    walk_words,
)
from etl_batch.layouts.cell_types import Array, Mask
from etl_batch.layouts.layout import Layout

Read = Callable[[int, int], Any]
"""Bytes of a file, from their offset and number on; fewer where the file ends."""
_WINDOW = 4 << 20
_STRETCHES = 1024


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `[offset, offset + length)` of a file that are whole records, words and damaged stretches."""

    offset: int
    length: int
    block_end: int
    """Where the block ends that the span begins in, counted from `offset`; at nought or before it a block begins."""
    damaged: tuple[tuple[int, int], ...]
    """Each damaged stretch: its first byte, counted from `offset`, and how many."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Some records of a span in order, and the damaged stretches among them."""

    starts: Longs
    """Where each one's word begins, counted from the span's first byte."""
    lengths: Longs
    """How many bytes each has, its word included."""
    damaged: Mask
    """Which of them are damaged stretches."""


def spans(
    layout: Layout, read: Read, first: int, end: int, wanted: int, *, searching: bool = False, block_end: int = 0
) -> Iterator[Span]:
    """All records between two bytes of a file, in spans of about `wanted` bytes. Memory does not grow with these.

    `searching`: a record may begin anywhere, so what stands before the first that is found is a damaged stretch.
    `block_end`: of the block that the first is in, see `Span`.
    """
    state = np.zeros(STATES, np.int64)
    state[LOST], state[BLOCK_END] = searching, block_end
    walk = _Walk(_words(layout), read, end, LONGEST_STRETCH + (IN_A_ROW + 2) * layout.words[0].most)
    at = first
    while at < end:
        block_end, begin, damaged = int(state[BLOCK_END]), at, list[tuple[int, int]]()
        while at < min(begin + wanted, end) and len(damaged) < _STRETCHES:
            found = walk.step(at, begin + wanted, state)
            damaged += [(at + place - begin, length) for place, length in found]
            at += int(state[AT])
            state[BLOCK_END] -= state[AT]
        yield Span(begin, at - begin, block_end, tuple(damaged))


class _Walk:
    """The words of a file through a window that moves on, so long that it shows what stands at its first byte."""

    def __init__(self, words: LongGrid, read: Read, end: int, needed: int) -> None:
        self._words, self._read, self._end = words, read, end
        self._size = max(_WINDOW, needed)
        self._window, self._begin = np.empty(0, np.uint8), 0

    def step(self, at: int, wanted: int, state: OutLongs) -> list[tuple[int, int]]:
        """Walk from byte `at` as far as the window goes; the damaged stretches found, counted from there."""
        before, damaged = state.copy(), np.empty((_STRETCHES, 2), np.int64)
        for fresh in (False, True):
            if fresh:
                self._window = np.frombuffer(self._read(at, min(self._size, self._end - at)), np.uint8)
                self._begin = at
            data = self._window[at - self._begin :]
            state[:] = before
            state[AT] = 0
            walk_words(data, data.size, self._end - at, wanted - at, self._words, state, damaged)
            if state[AT] or state[LOST] != before[LOST]:
                return [(int(place), int(length)) for place, length in damaged[: state[STRETCHES]]]
        raise AssertionError("a window shows what stands at its first byte")


def list_span(layout: Layout, data: Array, span: Span, most: int) -> Iterator[Listed]:
    """The records of a span whose bytes are `data`, at most so many at a time.

    Raises `InputRefused` when the words are not those that were walked: the file was changed meanwhile.
    """
    state = np.array([0, span.block_end, 0, 0], np.int64)
    damaged = np.array(span.damaged, np.int64).reshape(-1, 2)
    words = _words(layout)
    while True:
        starts, lengths = np.empty(most, np.int64), np.empty(most, np.int64)
        count = list_records(data, span.length, words, damaged, state, starts, lengths)
        if count == CHANGED:
            raise InputRefused(sentences.layouts.WORDS_CHANGED.format(layout=layout.name))
        if not count:
            return
        yield Listed(starts[:count], np.abs(lengths[:count]), lengths[:count] < 0)


def side_by_side(layout: Layout, data: Array, starts: Longs, lengths: Longs) -> tuple[Array, Longs]:
    """Records without their words as a matrix of bytes, shape (records, record_size), and how many bytes each has."""
    word = layout.words[0].size
    rows = np.empty(len(starts) * layout.record_size, np.uint8)
    own = lengths - word
    spread_records(data, starts + word, own, layout.record_size, rows)
    return rows.reshape(-1, layout.record_size), own


def _words(layout: Layout) -> LongGrid:
    """The layout's words as the kernels take them."""
    lines = [
        (one.size, one.offset, one.width, one.big, 0 if one.includes_word else one.size, one.extended, one.most)
        for one in layout.words
    ]
    return np.array(lines, np.int64)
