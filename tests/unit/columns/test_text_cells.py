"""The cells of a column by their places in a text."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns.text_cells import TextCells
from etl_batch.kernels.bits import PADDING
from tests.unit.kernels.laid_out import laid_out


@given(st.lists(st.one_of(st.none(), st.text(max_size=70)), max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_arrow_and_back(cells: list[str | None], first: int, count: int) -> None:
    """Any slice of an array comes back, with empty cells for nulls; bytes that mean nothing stand behind its text."""
    array = pa.array(cells, pa.string()).slice(first, count)
    view = TextCells.from_arrow(array)
    assert len(view) == len(array)
    assert all(view.ends + PADDING <= len(view.data))
    assert view.to_arrow().to_pylist() == [cell or "" for cell in array.to_pylist()]


def test_bytes_are_not_copied_where_others_may_be_read_behind_them() -> None:
    """Of a slice of a long array the text stays where it is; of the end of one it cannot."""
    array = pa.array(["text"] * 100)
    assert TextCells.from_arrow(array.slice(10, 20)).data.base is not None
    assert len(TextCells.from_arrow(array.slice(10, 20)).data) == array.buffers()[2].size
    assert len(TextCells.from_arrow(array.slice(90)).data) == 4 * 10 + PADDING


def test_a_null_has_no_text() -> None:
    """Even where its place in the buffer holds some."""
    array = pa.array(["a", "secret", "b"])
    buffers = [pa.py_buffer(b"\x05"), *array.buffers()[1:]]
    masked = pa.StringArray.from_buffers(3, buffers[1], buffers[2], buffers[0])
    assert TextCells.from_arrow(masked).to_arrow().to_pylist() == ["a", "", "b"]


def test_rows_of_cells() -> None:
    """Some of them, quotes and all."""
    view = laid_out([b"a", b'b"', b"", b"d"], [True, True, False, False])
    assert view.rows(1, 3).to_arrow().to_pylist() == ['b"', ""]
    assert view.rows(2, 2).to_arrow().to_pylist() == []
