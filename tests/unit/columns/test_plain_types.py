"""Plain types: what a column is without its encodings and extensions, and its values under them."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns.plain_types import as_plain, plain_type

EXTENSIONS = [
    (pa.array([uuid.UUID(int=5).bytes, None], pa.uuid()), [str(uuid.UUID(int=5)), None]),
    (pa.array(['{"a":1}', None], pa.json_()), ['{"a":1}', None]),
    (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([2, None, 0], pa.int8())), [True, None, False]),
    (pa.ExtensionArray.from_storage(pa.opaque(pa.int32(), "t", "v"), pa.array([1, None], pa.int32())), [1, None]),
    (pa.array([Decimal("1.5"), None], pa.decimal32(5, 2)), [Decimal("1.50"), None]),
    (pa.array([Decimal("-1.5"), None], pa.decimal64(15, 1)), [Decimal("-1.5"), None]),
    (pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", None])), ["a", "a", None]),
    (pa.array([b"a", None, b"a"]).dictionary_encode(), [b"a", None, b"a"]),
    (pa.DictionaryArray.from_arrays(pa.array([0, None]), pa.array([b"a"], pa.binary_view())), [b"a", None]),
    (pa.DictionaryArray.from_arrays(pa.array([0, None]), pa.array(["a"], pa.string_view())), ["a", None]),
    (pa.array([86_400_000, None], pa.date64()).dictionary_encode(), None),
]


@pytest.mark.parametrize(("column", "values"), EXTENSIONS, ids=[str(column.type) for column, _ in EXTENSIONS])
def test_values(column: pa.Array, values: list[object] | None) -> None:
    """Those of the storage, under a type that kernels know; a slice too."""
    values = values or column.to_pylist()
    plain = as_plain(column, plain_type(column.type))
    assert plain.type == plain_type(column.type)
    assert plain.to_pylist() == values
    assert as_plain(column[1:], plain.type).to_pylist() == values[1:]


@given(st.lists(st.one_of(st.none(), st.uuids())))
def test_uuids(values: list[uuid.UUID | None]) -> None:
    """As Python writes them."""
    column = pa.array([value and value.bytes for value in values], pa.uuid())
    assert as_plain(column, pa.string()).to_pylist() == [value and str(value) for value in values]


@pytest.mark.parametrize("view", [pa.string_view(), pa.binary_view()], ids=str)
def test_views_in_nested_columns(view: pa.DataType) -> None:
    """They become what can be taken, whatever they stand in."""
    items, places = pa.array(["a", None, "b", "c"], pa.string()).cast(view), pa.array([0, 2, 2, 4], pa.int32())
    lists = pa.ListArray.from_arrays(places, items)
    columns = [
        lists,
        pa.LargeListArray.from_arrays(places.cast(pa.int64()), items),
        pa.FixedSizeListArray.from_arrays(items, 2),
        pa.ListViewArray.from_arrays(pa.array([0, 2], pa.int32()), pa.array([2, 2], pa.int32()), items),
        pa.MapArray.from_arrays(places, pa.array([1, 2, 3, 4]), items),
        pa.ListArray.from_arrays(
            pa.array([0, 3]), pa.StructArray.from_arrays([lists, pa.array([1, 2, 3])], ["s", "n"])
        ),
    ]
    for column in columns:
        found = as_plain(column, plain_type(column.type))
        assert found.take(pa.array([0])).to_pylist() == column[:1].to_pylist()
        assert found.to_pylist() == column.to_pylist()


def test_a_zone_that_nobody_knows() -> None:
    """The moment is what it was."""
    column = pa.array([5], pa.timestamp("us", "Nowhere/City"))
    assert as_plain(column, plain_type(column.type)) == pa.array([5], pa.timestamp("us", "UTC"))
    assert plain_type(pa.timestamp("us", "Europe/Berlin")) == pa.timestamp("us", "Europe/Berlin")
