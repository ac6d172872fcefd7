"""The walk over records of any grammar against a twin that matches cells by regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.columns.text_cells import TextLines
from etl_batch.formats.text.grammar import signs_of
from etl_batch.kernels import grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.model import Dialect

DIALECTS = [
    Dialect(),
    Dialect(delimiter=";", quotechar="'"),
    Dialect(quotechar=None),
    Dialect(escape="\\"),
    Dialect(delimiter="||", escape="\\"),
    Dialect(delimiter=" ", run=1),
    Dialect(delimiter=" ", run=2, quotechar="'"),
    Dialect(spaced=1),
    Dialect(spaced=2, comment="#"),
    Dialect(comment="#", tail=True),
]
EACH = pytest.mark.parametrize("dialect", DIALECTS, ids=str)
HOSTILE = st.text(alphabet="a,;|\"' \t\n\r\\#é", max_size=60)
"""Nothing but what means something to some grammar, and little else."""


@dataclass(frozen=True)
class SlowRecord:
    """A record as the twin sees it; no cells: a blank one or a comment."""

    begin: int
    stop: int
    behind: int
    cells: list[bytes]
    astray: bool


def slow_records(text: bytes, dialect: Dialect) -> list[SlowRecord]:
    """All records of a text."""
    cell = _Cells(dialect)
    records, at = [], 0
    while at < len(text):
        begin, cells, astray = at, [], False
        if dialect.comment and text.startswith(dialect.comment.encode(), at):
            at = _line_end(text, at)
        else:
            at = _behind(rb"[ \t]*", text, at) if dialect.run else at
            blank = at == len(text) or text[at : at + 1] in (b"\r", b"\n")
            while not blank:
                content, at, odd = cell.at(text, at)
                cells.append(content)
                astray |= odd
                more = cell.delimiter.match(text, at)
                if more is None or (dialect.run and _line_end(text, more.end()) == more.end()):
                    break
                at = more.end()
            at = _line_end(text, at)
        behind = _behind(rb"\r\n|\r|\n|\Z", text, at)
        records.append(SlowRecord(begin, at, behind, cells, astray))
        at = behind
    return records


def _line_end(text: bytes, at: int) -> int:
    return _behind(rb"[^\r\n]*", text, at)


def _behind(pattern: bytes, text: bytes, at: int) -> int:
    found = re.compile(pattern).match(text, at)
    assert found is not None
    return found.end()


class _Cells:
    """Matches one cell of a dialect."""

    def __init__(self, dialect: Dialect) -> None:
        mark = re.escape(dialect.delimiter.encode())
        mark = rb"[ \t]{%d,}" % dialect.run if dialect.run else mark
        quote = re.escape(dialect.quotechar.encode()) if dialect.quotechar else b"(?!)"
        escape = re.escape(dialect.escape.encode()) if dialect.escape else b"(?!)"
        # Only the first sign of a delimiter is a letter behind an escape: the rest follows as it stands.
        letter = rb"%b(?=%b|%b|%b)." % (escape, quote, escape, mark)
        space = b" *" if dialect.spaced else b""
        self.dialect, self.delimiter = dialect, re.compile(mark)
        self.letter = re.compile(letter, re.DOTALL)
        inside = rb"(?:%b|%b%b|(?!%b).)*+" % (letter, quote, quote, quote)
        self.quoted = re.compile(rb"%b%b(%b)%b(?!%b)" % (space, quote, inside, quote, quote), re.DOTALL)
        self.proper = re.compile(space + rb"(?=%b|\r|\n|\Z)" % mark)
        self.opening = re.compile(space + quote)
        self.bare = re.compile(rb"(?:%b|(?!%b)[^\r\n])*" % (letter, mark), re.DOTALL)

    def at(self, text: bytes, at: int) -> tuple[bytes, int, bool]:
        """What the cell says, where it ends, and whether its quotes cannot be understood."""
        opened, first = self.opening.match(text, at), at
        if opened is not None:
            quoted = self.quoted.match(text, at)
            proper = self.proper.match(text, quoted.end()) if quoted else None
            if quoted is not None and proper is not None:
                return self._meant(quoted[1], doubled=True), proper.end(), False
            one_line = quoted is not None and not re.search(rb"[\r\n]", text[opened.end() : quoted.end()])
            at = quoted.end() if quoted is not None and one_line else opened.end()
        elif self.dialect.spaced == 2:
            first = at = _behind(b" *", text, at)
        found = self.bare.match(text, at)
        assert found is not None
        content = text[first : found.end()]
        return self._meant(content.rstrip(b" ") if self.dialect.run else content), found.end(), opened is not None

    def _meant(self, content: bytes, *, doubled: bool = False) -> bytes:
        quote = self.dialect.quotechar.encode() if self.dialect.quotechar else b""
        out, at = b"", 0
        while at < len(content):
            if self.letter.match(content, at) or (doubled and content[at : at + 1] == quote):
                at += 1
            out += content[at : at + 1]
            at += 1
        return out


def padded(text: bytes) -> np.ndarray:
    """The text, and quotes and line ends behind it that mean nothing."""
    return np.frombuffer(text + b'\n"' * (PADDING // 2), np.uint8)


def taken(text: bytes, dialect: Dialect, columns: int, ragged: int, room: int, step: int):
    """What `take_cells` makes of a text, asked again while it goes on."""
    rows, bad, blank, padded_rows, cut, at, number = [], [], 0, 0, 0, 0, 0
    while at < len(text):
        marks, numbers = np.zeros((columns + 1, room), np.int32), np.zeros(room, np.int32)
        spans, faults, state = (
            np.zeros((2, room), np.int64),
            np.zeros((2, 4), np.int64),
            np.zeros(grammar.STATES, np.int64),
        )
        out = np.zeros(4 * len(text) + marks.size + 2 * PADDING, np.uint8)
        state[grammar.NEXT] = at
        signs = signs_of(dialect)
        grammar.take_cells(padded(text), len(text), at + step, signs, ragged, out, marks, numbers, spans, faults, state)
        count = int(state[grammar.ROWS])
        lines = TextLines(out, count, marks, ",", '"', quoted=True, closely=True, own=None)
        columns_of = [lines.column(place).to_arrow().to_pylist() for place in range(columns)]
        for row in range(count):
            cells = [column[row].encode() for column in columns_of]
            rows.append((number + int(numbers[row]), int(spans[0, row]), int(spans[1, row]), cells))
        bad += [(begin, stop, number + no, found) for begin, stop, no, found in faults[: state[grammar.BAD]].tolist()]
        blank, number = blank + int(state[grammar.BLANK]), number + int(state[grammar.RECORDS])
        padded_rows, cut = padded_rows + int(state[grammar.PADDED]), cut + int(state[grammar.TRUNCATED])
        assert state[grammar.NEXT] > at
        at = int(state[grammar.NEXT])
    return rows, bad, blank, padded_rows, cut


def expected(text: bytes, dialect: Dialect, columns: int, ragged: int):
    """The same by the twin."""
    rows, bad, blank, padded_rows, cut = [], [], 0, 0, 0
    for number, record in enumerate(slow_records(text, dialect)):
        found, cells = len(record.cells), record.cells
        if not cells:
            blank += 1
            continue
        if ragged & grammar.TAIL and found == columns + 1 and not cells[-1]:
            cells = cells[:-1]
        elif ragged & grammar.PAD and found < columns:
            cells = cells + [b""] * (columns - found)
        elif ragged & grammar.TRUNCATE and found > columns:
            cells = cells[:columns]
        if record.astray or len(cells) != columns:
            bad.append((record.begin, record.stop, number, grammar.MALFORMED if record.astray else found))
            continue
        padded_rows += found < columns
        cut += found > columns and not (ragged & grammar.TAIL and found == columns + 1 and not record.cells[-1])
        rows.append((number, record.begin, record.stop, cells))
    return rows, bad, blank, padded_rows, cut


@EACH
@given(
    text=HOSTILE, columns=st.integers(1, 3), ragged=st.integers(0, 7), room=st.integers(1, 4), step=st.integers(1, 80)
)
@example(text='a,"b\n""c",d\r\n' * 4, columns=3, ragged=0, room=4, step=80)
@example(text='1,"abc\n2,x\n3,"y"\n', columns=2, ragged=0, room=4, step=80)
def test_rows_are_those_of_the_twin(dialect, text, columns, ragged, room, step):
    """Rows, rejects, blanks and repairs, whatever stands in the text and however little room there is."""
    content = text.encode()
    assert taken(content, dialect, columns, ragged, room, step) == expected(content, dialect, columns, ragged)


@EACH
@given(text=HOSTILE, wanted=st.integers(1, 70), columns=st.integers(1, 3), known=st.integers(1, 70))
def test_breaks_are_ends_of_records(dialect, text, wanted, columns, known):
    """The first record end far enough; in a text that goes on, that one or where a record begins before it."""
    content = text.encode()
    records, signs, others = slow_records(content, dialect), signs_of(dialect), np.full(1, 99, np.int64)
    whole = grammar.find_break_by(padded(content), 0, len(content), wanted, 1, signs, columns, others)
    ends = [record.behind for record in records]
    assert whole == next((end for end in ends if end >= min(wanted, len(content))), 0)
    passed = [record for record in records if record.behind <= whole]
    comments = [dialect.comment and content.startswith(dialect.comment.encode(), r.begin) for r in passed]
    odd = [len(r.cells or [b""]) != columns for r, comment in zip(passed, comments, strict=True) if not comment]
    assert others[0] == sum(odd)
    part = content[:known]
    found = grammar.find_break_by(padded(part), 0, len(part), wanted, 0, signs, columns, others)
    assert found in [0, *ends]
    assert found <= whole


@EACH
@given(text=HOSTILE, most=st.integers(1, 9))
def test_cells_are_noted(dialect, text, most):
    """Each cell's content and each record's place, up to as many as there is room for."""
    content = text.encode()
    cells, records, state = np.zeros((500, 3), np.int64), np.zeros((most, 4), np.int64), np.zeros(3, np.int64)
    grammar.note_cells(padded(content), len(content), signs_of(dialect), cells, records, state)
    slow = slow_records(content, dialect)[:most]
    noted = records[: state[1]].tolist()
    assert [(begin, end, count) for _, count, begin, end in noted] == [(r.begin, r.stop, len(r.cells)) for r in slow]
    for (first, count, _, _), record in zip(noted, slow, strict=True):
        hows = cells[first : first + count, 2]
        assert bool((hows & grammar.ASTRAY).any()) == record.astray


@given(text=st.text(alphabet='a,"\n', max_size=60), steps=st.integers(1, 9))
def test_a_long_record_ends_where_it_is_seen_to_end(text, steps):
    """Stretch by stretch the same line end as in one, which is the record's own, unless a line ends in stray quotes."""
    content, signs = text.encode(), signs_of(Dialect())
    state, at, found = np.zeros(grammar.LINE_STATES, np.int64), 0, grammar.NOT_HERE
    state[grammar.MAY_OPEN] = 1
    while at < len(content) and found == grammar.NOT_HERE:
        size = min(steps, len(content) - at)
        found = grammar.find_line_end(padded(content)[at:], size, signs, state)
        at += found if found >= 0 else size if found == grammar.NOT_HERE else 0
    first = next(iter(slow_records(content, Dialect())), None)
    if found >= 0:
        assert first is not None
        assert at == first.stop
    elif found == grammar.STRAY:
        assert first is not None
        assert first.astray
        opened = at + state[grammar.OPENED]
        assert content[opened] == ord('"')
        assert b"\n" in content[opened:]
