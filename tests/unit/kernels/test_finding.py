"""The finder of cells against a twin that matches records and cells by regular expressions."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels import finding
from etl_batch.kernels.bits import PADDING

COLUMNS = 3
HOSTILE = st.text(alphabet="a,;\"\n\r'é\x00", max_size=200)
"""Nothing but what means something to the finders, and little else."""


def slow_records(text: bytes, delimiter: bytes = b",") -> list[tuple[int, int, list[tuple[int, int]] | None]]:
    """Each record's begin, end and cells; None for cells whose quotes cannot be understood."""
    mark = re.escape(delimiter)
    cell = rb'(?:"(?:[^"]|"")*+"(?!")[^\r\n%b]*|[^\r\n%b]*)' % (mark, mark)
    record = re.compile(rb"(%b(?:%b%b)*)(?:\r\n|\n|\r|\Z)" % (cell, mark, cell))
    records, at = [], 0
    while at < len(text):
        found = record.match(text, at)
        assert found is not None
        records.append((at, found.end(1), slow_cells(found.group(1), at, re.compile(cell), delimiter)))
        at = found.end()
    return records


def slow_cells(record: bytes, begin: int, cell: re.Pattern[bytes], delimiter: bytes) -> list[tuple[int, int]] | None:
    """Where the cells of a record stand in the text."""
    places, at = [], 0
    while True:
        found = cell.match(record, at)
        assert found is not None
        content = found.group()
        if content.startswith(b'"') and not re.fullmatch(rb'"(?:[^"]|"")*"', content):
            return None
        places.append((begin + at, begin + found.end()))
        at = found.end()
        if at == len(record):
            return places
        assert record[at : at + 1] == delimiter
        at += 1


def found(text: bytes, *, room: int = 1000, most_bad: int = 1000, step: int | None = None):
    """What a kernel finds: cells of the records that fit, the bad ones, and the state; asked again while it goes on."""
    data = np.frombuffer(text + b'\n"' * (PADDING // 2), np.uint8)
    marks = np.zeros((COLUMNS + 1, 0), np.int32)
    numbers, bad = np.zeros(0, np.int32), np.zeros((0, 4), np.int64)
    state = np.zeros(finding.STATES, np.int64)
    state[finding.ASTRAY] = -1
    until = len(text) if step is None else step
    while state[finding.NEXT] < len(text) and state[finding.ASTRAY] < 0:
        more, more_bad = (
            np.zeros((COLUMNS + 1, marks.shape[1] + room), np.int32),
            np.zeros((len(bad) + most_bad, 4), np.int64),
        )
        more[:, : marks.shape[1]], more_bad[: len(bad)] = marks, bad
        more_numbers = np.zeros(more.shape[1], np.int32)
        more_numbers[: len(numbers)] = numbers
        found_in = (more, more_numbers, more_bad, state)
        scratch = np.zeros((2, finding.least_scratch(COLUMNS)), np.int32)
        finding.find_cells(data, len(text), until, ord(","), ord('"'), scratch, *found_in)
        until = max(until, state[finding.NEXT] + (step or 0))
        numbers = more_numbers[: state[finding.ROWS]]
        marks, bad = more[:, : state[finding.ROWS]], more_bad[: state[finding.BAD]]
    rows = [[(int(before) + 1, int(end)) for before, end in pairwise(line)] for line in marks.T]
    assert sorted([*numbers.tolist(), *bad[:, 2].tolist()]) == sorted({*numbers.tolist(), *bad[:, 2].tolist()})
    return list(zip(numbers.tolist(), rows, strict=True)), [tuple(line) for line in bad.tolist()], state


def expected(text: bytes, delimiter: bytes = b","):
    """The same by the twin, and the number of blank records."""
    rows, bad, blank = [], [], 0
    for number, (begin, end, places) in enumerate(slow_records(text, delimiter)):
        if begin == end:
            blank += 1
        elif places is not None and len(places) == COLUMNS:
            rows.append((number, places))
        else:
            bad.append((begin, end, number, finding.MALFORMED if places is None else len(places)))
    return rows, bad, blank


def check(text: bytes, **room: int) -> None:
    """Compare a kernel with the twin; the fast one as far as no quote stands astray."""
    rows, bad, state = found(text, **room)
    if state[finding.ASTRAY] >= 0:
        text = text[: state[finding.NEXT]]
    assert (rows, bad, state[finding.BLANK]) == expected(text)
    assert state[finding.RECORDS] == len(rows) + len(bad) + state[finding.BLANK]
    if text and state[finding.ASTRAY] < 0:
        seen = [bool(state[place]) for place in (finding.QUOTES, finding.RETURNS, finding.HIGH)]
        assert seen == [b'"' in text, b"\r" in text, not text.isascii()]


@given(HOSTILE)
@example('a,"b\n""c",d\r\n' * 20)
@example("\r" * 63 + "\n")
@example('a,b,c\n"a,b,c')
def test_hostile_text(text):
    """Quotes, delimiters and line ends in any order; the same is said as far as anything is."""
    content = text.encode()
    check(content)


@given(HOSTILE, st.integers(1, 3), st.integers(1, 2))
def test_little_room(text, room, most_bad):
    """Asked again and again for a record or two, the same is found."""
    check(text.encode(), room=room, most_bad=most_bad)
    check(text.encode(), step=room)


@given(st.lists(st.tuples(st.text(alphabet='a,"\n\r', max_size=6), st.integers(1, 150)), max_size=8))
@example([(",", 400), ("\n", 1), ("a,b,c\n", 30), ("\r\n", 70)])
def test_more_than_is_taken_at_once(parts):
    """Records of any number of cells, more than fit in what has to be at hand, and many records side by side."""
    check("".join(part * times for part, times in parts).encode())


CELL = st.text(alphabet='ab,"\n\r é', max_size=30)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_written_tables_come_back(rows, newline):
    """Whatever a cell holds, quoted as RFC 4180 says, is found in one piece, across blocks of 64 bytes."""
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = "".join(",".join(row) + newline for row in quoted).encode()
    places, bad, state = found(text)
    assert state[finding.ASTRAY] == -1
    assert [[text[begin:end].decode() for begin, end in row] for _, row in places] == quoted
    assert bad == []


@pytest.mark.parametrize("astray", ['5" pipe', 'a "b" c', '"a"b', '"a" ', '"open'])
@pytest.mark.parametrize("before", [0, 1, 30, 61, 62, 63, 64, 127])
def test_a_quote_astray_is_told_where_it_stands(astray, before):
    """Of the records before it those are found that end in an earlier block; the walk goes on from there."""
    fits = b"x" * before + b",b,c\n"
    text = fits * 2 + b"a," + astray.encode() + b",c\n" + fits
    rows, bad, state = found(text)
    block = state[finding.ASTRAY] // 64 * 64
    assert 2 * len(fits) <= state[finding.ASTRAY] <= len(text)
    if astray != '"open':  # which is known at the end alone
        assert len(rows) == sum((number + 1) * len(fits) <= block for number in range(2))
    assert (state[finding.NEXT], bad) == (len(rows) * len(fits), [])


def test_text_without_quotes():
    """With no quote character, quotes are letters."""
    text = b'a,"b,c\n"a",b",c\n'
    data = np.frombuffer(text + bytes(PADDING), np.uint8)
    marks, bad, state = np.zeros((COLUMNS + 1, 9), np.int32), np.zeros((9, 4), np.int64), np.zeros(9, np.int64)
    scratch = np.zeros((2, finding.scratch_size(COLUMNS)), np.int32)
    finding.find_cells(data, len(text), len(text), ord(","), -1, scratch, marks, np.zeros(9, np.int32), bad, state)
    assert (state[finding.ROWS], state[finding.BAD], state[finding.QUOTES]) == (2, 0, 0)
