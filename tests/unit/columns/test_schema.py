"""The types of the output columns: what holds every value of two types, and the way from one to the other."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations_with_replacement, permutations

import pyarrow as pa
import pytest

from etl_batch.columns import text_forms
from etl_batch.columns.schema import (
    OutputColumn,
    convert,
    decoded,
    empty_column,
    join_all,
    join_types,
    settle,
    settled_type,
    value_type,
    with_nulls,
)

JOINS = [
    (pa.int8(), pa.int64(), pa.int64()),
    (pa.uint8(), pa.uint32(), pa.uint32()),
    (pa.int8(), pa.uint32(), pa.int64()),
    (pa.int64(), pa.uint64(), pa.string()),
    (pa.float32(), pa.float64(), pa.float64()),
    (pa.int32(), pa.float64(), pa.float64()),
    (pa.int16(), pa.float32(), pa.float64()),
    (pa.int64(), pa.float64(), pa.string()),
    (pa.uint32(), pa.float32(), pa.float64()),
    (pa.decimal128(5, 2), pa.decimal128(9, 2), pa.decimal128(9, 2)),
    (pa.decimal128(5, 2), pa.decimal128(5, 3), pa.string()),
    (pa.decimal128(38, 2), pa.decimal256(50, 2), pa.decimal256(50, 2)),
    (pa.decimal256(60, 2), pa.decimal256(50, 2), pa.decimal256(60, 2)),
    (pa.decimal128(5, 2), pa.float64(), pa.string()),
    (pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("us")),
    (pa.timestamp("ns", "UTC"), pa.timestamp("ms", "UTC"), pa.timestamp("ns", "UTC")),
    (pa.timestamp("ms"), pa.timestamp("ms", "UTC"), pa.string()),
    (pa.date32(), pa.timestamp("ms"), pa.string()),
    (pa.bool_(), pa.int8(), pa.string()),
    (pa.null(), pa.date32(), pa.date32()),
    (pa.binary(), pa.string(), pa.string()),
]
TYPES = list(dict.fromkeys(kind for first, second, _ in JOINS for kind in (first, second)))


@pytest.mark.parametrize(("first", "second", "joined"), JOINS, ids=lambda kind: str(kind))
def test_joined_types(first: pa.DataType, second: pa.DataType, joined: pa.DataType) -> None:
    """Two types have one that holds the values of both, whichever comes first; text where there is none."""
    assert join_types(first, second) == join_types(second, first) == joined
    assert join_types(joined, first) == join_types(joined, second) == joined


def test_the_order_of_the_files_makes_no_difference() -> None:
    """Any three types join to the same one in every order."""
    for three in combinations_with_replacement(TYPES, 3):
        found = {str(join_all(order)) for order in permutations(three)}
        assert len(found) == 1, f"{three} join to {found}"


def test_no_types_have_no_join() -> None:
    """A column that no source has with a type of its own."""
    assert join_all([]) is None
    assert join_all(iter([pa.int8()])) == pa.int8()


DAY, WHOLE, SHORT = text_forms.DATE, text_forms.INTEGER | text_forms.SHORT, text_forms.SHORT
SETTLED = [
    (text_forms.ALL, None, pa.string()),
    (WHOLE, None, pa.int64()),
    (SHORT, None, pa.float64()),
    (text_forms.TEXT, None, pa.string()),
    (text_forms.ALL, pa.int8(), pa.int8()),
    (WHOLE, pa.int8(), pa.int64()),
    (SHORT, pa.int32(), pa.float64()),
    (SHORT, pa.int64(), pa.string()),
    (DAY, pa.date32(), pa.date32()),
    (text_forms.TEXT, pa.int8(), pa.string()),
]


@pytest.mark.parametrize(("forms", "typed", "kind"), SETTLED)
def test_text_and_types_settle_together(forms: int, typed: pa.DataType | None, kind: pa.DataType) -> None:
    """What text cells allow and what typed values need are joined; text that was never seen has no say."""
    assert settled_type(forms, typed) == OutputColumn("c", forms, typed).type == kind


SETTLES = [
    # the column as encoded, its form, from text, the final type, the final form, the values
    (pa.array([1, None]), text_forms.INTEGER, True, pa.int64(), text_forms.INTEGER, [1, None]),
    (pa.array([1, None]), text_forms.INTEGER, True, pa.float64(), text_forms.SHORT, [1.0, None]),
    (pa.array([1, None]), text_forms.INTEGER, True, pa.string(), text_forms.TEXT, ["1", ""]),
    (pa.array([1.0, 2.5]), text_forms.POINT, True, pa.string(), text_forms.TEXT, ["1.0", "2.5"]),
    (pa.array([True, None]), text_forms.BOOLEAN_TITLE, True, pa.string(), text_forms.TEXT, ["True", ""]),
    (pa.array(["1", ""]), text_forms.TEXT, True, pa.int64(), text_forms.INTEGER, [1, None]),
    (pa.array(["", ""]), text_forms.TEXT, True, pa.float64(), text_forms.SHORT, [None, None]),
    (pa.array(["1", ""]), text_forms.TEXT, True, pa.string(), text_forms.TEXT, ["1", ""]),
    (pa.array([1, None], pa.int8()), text_forms.TEXT, False, pa.int64(), text_forms.TEXT, [1, None]),
    (pa.array([1.5, None]), text_forms.TEXT, False, pa.string(), text_forms.TEXT, ["1.5", None]),
    (pa.array(["a", None]).dictionary_encode(), text_forms.TEXT, False, pa.string(), text_forms.TEXT, ["a", None]),
    (pa.nulls(2, pa.int8()), text_forms.TEXT, False, pa.string(), text_forms.TEXT, [None, None]),
]


@pytest.mark.parametrize(("column", "form", "from_text", "to", "final", "values"), SETTLES)
def test_a_column_is_settled(
    column: pa.Array, form: int, from_text: bool, to: pa.DataType, final: int, values: list[object]
) -> None:
    """Encoded early by a narrower form, a column has the final type in the end, with the very cells it came with."""
    settled = settle(column, form, from_text, to, final)
    assert (settled.type, settled.to_pylist()) == (to, values)


def test_dictionaries_come_off() -> None:
    """The type in the file is that of the values, and a table's dictionaries become plain columns in their place."""
    column = pa.array(["a", "b", "a"]).dictionary_encode()
    assert value_type(column.type) == pa.string()
    assert value_type(pa.int8()) == pa.int8()
    table = decoded(pa.table({"n": [1, 2, 3], "c": column}))
    assert table.equals(pa.table({"n": [1, 2, 3], "c": ["a", "b", "a"]}))


def test_converting_keeps_values_or_fails() -> None:
    """A number never changes on its way to another type: what does not fit is an error."""
    wide = convert(pa.array([Decimal("1.50")], pa.decimal128(3, 2)), pa.decimal128(9, 2))
    assert wide.to_pylist() == [Decimal("1.50")]
    with pytest.raises(pa.ArrowInvalid):
        convert(pa.array([300]), pa.int8())


def test_missing_cells() -> None:
    """A column that a source lacks is all nulls of its type; empty text cells are nulls to numbers."""
    assert empty_column(2, pa.date32()).equals(pa.array([None, None], pa.date32()))
    assert with_nulls(pa.array(["", "0"])).to_pylist() == [None, "0"]
