"""Records of a CSV file found from any place in it, held against Python's own reader."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.background import Task
from etl_batch.datasets import csv_index, records
from etl_batch.datasets.csv_index import CsvIndex, fill
from etl_batch.datasets.records import cells_of, guess_start, line_ends, read_spans, well_formed

CELLS = st.text(st.sampled_from('ab",\n\r\0é1'), max_size=8)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=40)


def written(rows: list[list[str]]) -> bytes:
    """The rows as RFC 4180 has them, with LF."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """A file to be written again and again."""
    return tmp_path_factory.mktemp("records") / "x.csv"


def opened(path: Path, content: bytes) -> int:
    """A descriptor of a file with that content."""
    path.write_bytes(content)
    return os.open(path, os.O_RDONLY)


@given(TABLES, st.integers(1, 64), st.integers(0, 40), st.integers(1, 40))
def test_any_page_is_what_the_whole_file_has_there(scratch, rows, piece, skip, take):
    """Whatever the size of the pieces, the records that were skipped and taken are those of Python's reader."""
    content = written(rows)
    descriptor = opened(scratch, content)
    former, records.PIECE_BYTES = records.PIECE_BYTES, piece
    try:
        spans = read_spans(descriptor, 0, skip, take, 1 << 20, 1 << 20)
    finally:
        records.PIECE_BYTES = former
        os.close(descriptor)
    assert [cells_of(span.content) for span in spans] == rows[skip : skip + take]
    assert all(content[span.begin : span.end] == span.content for span in spans)


@given(TABLES, st.integers(1, 64))
def test_every_mark_of_the_index_is_the_record_it_says(scratch, rows, piece):
    """From each mark the file goes on with the record of that number, and the rows are counted."""
    content = written([["h", "h"], *rows])
    first = len(written([["h", "h"]]))
    descriptor = opened(scratch, content)
    former, csv_index.PIECE_BYTES = csv_index.PIECE_BYTES, piece
    try:
        index = fill(CsvIndex(first), descriptor, first, len(content), Task(len(content)))
        assert index.rows == len(rows)
        for row in range(len(rows)):
            mark = index.before(row)
            (span,) = read_spans(descriptor, mark.offset, row - mark.row, 1, 1 << 20, 1 << 20)
            assert cells_of(span.content) == rows[row]
    finally:
        csv_index.PIECE_BYTES = former
        os.close(descriptor)


def test_an_index_that_is_not_there_yet_knows_no_later_row(scratch):
    """Rows that were not counted yet have no mark, so that no page claims to be exact by mistake."""
    index = CsvIndex(10)
    assert index.before(0) is None
    index.add(100, 5)
    index.rows = 8
    assert index.before(7).offset == 100
    assert index.before(4).offset == 10
    assert index.before(8) is None


def test_the_last_record_needs_no_line_end(scratch):
    """A file that was cut off after its last cell still shows it."""
    descriptor = opened(scratch, b"a,b\n1,2\n3,4")
    spans = read_spans(descriptor, 0, 0, 10, 100, 100)
    index = fill(CsvIndex(4), descriptor, 4, 11, Task(11))
    os.close(descriptor)
    assert [cells_of(span.content) for span in spans] == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert index.rows == 2


def test_a_record_longer_than_the_budget_is_cut_and_ends_where_it_ends(scratch):
    """A cell of 3 MB costs what is kept of it, and the next page begins after it."""
    content = b'h\n"' + b"x\n" * 1_500_000 + b'"\nnext\n'
    descriptor = opened(scratch, content)
    (span,) = read_spans(descriptor, 2, 0, 5, 1000, 64 << 20)
    (after,) = read_spans(descriptor, span.end + 1, 0, 5, 1000, 64 << 20)
    os.close(descriptor)
    assert (len(span.content), content[span.end : span.end + 1], after.content) == (1000, b"\n", b"next")


def test_a_file_without_line_ends_is_not_read_to_its_end(scratch):
    """What has no LF stops after the reading allowed, with its beginning shown."""
    descriptor = opened(scratch, b"x" * (5 << 20))
    (span,) = read_spans(descriptor, 0, 0, 5, 100, 1 << 20)
    os.close(descriptor)
    assert (span.content, span.end) == (b"x" * 100, 1 << 20)


QUOTED = written([[f"{number}", f'a,b\n{number},c\n{number},"d"'] for number in range(2000)])


@pytest.mark.parametrize("share", [0.1, 0.33, 0.5, 0.77, 0.9])
def test_a_jump_into_quotes_finds_a_real_record(scratch, share):
    """The lines inside the quotes look like records of two cells, and none of them is taken for one."""
    descriptor = opened(scratch, QUOTED)
    starts = {span.begin for span in read_spans(descriptor, 0, 0, 10_000, 1 << 24, 1 << 24)}
    position = int(len(QUOTED) * share)
    found = guess_start(descriptor, position, 2)
    os.close(descriptor)
    assert found in starts
    assert position < found < position + 200


def test_well_formed():
    """Quotes belong at both ends of a cell or nowhere."""
    assert well_formed(b'a,"b,""c"', 2)
    assert not well_formed(b'a,b"c', 2)
    assert not well_formed(b'a,"b"c', 2)
    assert not well_formed(b"a,b,c", 2)


def test_line_ends_carries_the_quotes_over():
    """A piece that begins inside quotes has its line ends where the quotes are closed again."""
    ends, inside = line_ends(b'x\ny"\nz\n"', True)
    assert ends.tolist() == [4, 6]
    assert inside


def test_cells_are_kept_by_their_beginning_and_never_fail():
    """Long cells are cut, what is no UTF-8 is replaced, and a cell with stray quotes is taken as it stands."""
    assert cells_of(b'"' + b'""' * 5000 + b'",2') == ['"' * 4096, "2"]
    assert cells_of(b'\xff,"a"b,') == ["\ufffd", '"a"b', ""]
