"""Records of a text by counting quotes and by walking: the same rows, in the same places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.text.found import Found, Text, count_cells, walk_cells
from etl_batch.kernels import grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.model import Dialect


def text_of(content: str, **how: object) -> Text:
    """A text of two columns."""
    raw = content.encode()
    text = Text(np.frombuffer(raw + bytes(PADDING), np.uint8), len(raw), Dialect(), 2)
    return replace(text, **how)  # type: ignore[arg-type]


def rows_of(found: Found) -> list[tuple[str, ...]]:
    """Its rows as cells."""
    columns = [found.lines.column(place).to_arrow().to_pylist() for place in range(2)]
    return list(zip(*columns, strict=True))


CELL = st.text(alphabet='ab,"\n\ré', max_size=5).map(lambda cell: '"' + cell.replace('"', '""') + '"')
BARE = st.text(alphabet="abé;", min_size=1, max_size=5)


@given(st.lists(st.tuples(CELL | BARE, CELL | BARE), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_both_ways_find_the_same(rows, newline):
    """As long as no quote stands astray: rows, places, numbers and bad records."""
    content = "".join(",".join(row) + newline for row in rows) + "lonely" + newline + newline
    counted, walked = count_cells(text_of(content), 0), walk_cells(text_of(content), 0)
    assert not counted.astray
    assert rows_of(counted) == rows_of(walked)
    assert counted.spans.tolist() == walked.spans.tolist()
    assert counted.numbers.tolist() == walked.numbers.tolist()
    assert counted.bad.tolist() == walked.bad.tolist()
    assert (counted.records, counted.blank, counted.stop) == (walked.records, walked.blank, walked.stop)


def test_repairs_are_counted():
    """Short rows that are filled, long ones that are cut."""
    found = walk_cells(text_of("1\n2,a\n3,b,c\n", ragged=grammar.PAD | grammar.TRUNCATE), 0)
    assert rows_of(found) == [("1", ""), ("2", "a"), ("3", "b")]
    assert found.repaired == {"padded": 1, "truncated": 1}


def test_rows_that_are_output_already():
    """Their very bytes are kept, the last one ended like the others."""
    assert bytes(count_cells(text_of("1,a\n2,b"), 0).lines.own) == b"1,a\n2,b\n"
    assert count_cells(text_of('1,"a"\n'), 0).lines.own is None
    assert walk_cells(text_of("1,a\n"), 0).lines.own is None
