"""Forms of text columns: what may become a number or a date, and the exact way back."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns import text_forms as tt

CASES = [
    (["1", "-20", "0", ""], tt.INTEGER),
    (["007"], tt.TEXT),
    (["+3"], tt.TEXT),
    (["-0"], tt.TEXT),
    (["0x10"], tt.TEXT),
    (["1_000"], tt.TEXT),
    ([" 1"], tt.TEXT),
    (["9223372036854775807", "-9223372036854775808"], tt.INTEGER),
    (["9223372036854775808"], tt.TEXT),
    (["3", "2.5"], tt.SHORT),
    (["3.0", "2.5"], tt.POINT),
    (["1.50", "2.25"], tt.FIXED_1 << 1),
    (["1.50", "2"], tt.TEXT),
    (["1.50"], tt.FIXED_1 << 1),
    (["1.", "2.5"], tt.TEXT),
    ([".5"], tt.TEXT),
    (["00.5"], tt.TEXT),
    (["-0.50"], tt.FIXED_1 << 1),
    (["-0.00"], tt.TEXT),
    (["-0.0"], tt.POINT),
    (["1e5"], tt.TEXT),
    (["nan"], tt.TEXT),
    (["1.2.3"], tt.TEXT),
    (["1.", ".1"], tt.TEXT),
    (["0.1234567890123456"], tt.TEXT),
    (["2024-02-29"], tt.DATE),
    (["2023-02-29"], tt.TEXT),
    (["2024-02-29 23:59:59"], tt.STAMP_SPACE),
    (["2024-02-29T23:59:59", ""], tt.STAMP_T),
    (["2024-02-29 23:59:59", "2024-02-29T23:59:59"], tt.TEXT),
    (["true", "false"], tt.BOOLEAN),
    (["True"], tt.BOOLEAN_TITLE),
    (["TRUE"], tt.TEXT),
    (["", ""], tt.TEXT),
    (["é"], tt.TEXT),
    (["1", "x"], tt.TEXT),
]


@pytest.mark.parametrize(("cells", "form"), CASES)
def test_the_form_of_a_column(cells: list[str], form: int) -> None:
    """A column takes the narrowest form that all its cells survive, else it stays text."""
    assert tt.pick(tt.forms(pa.array(cells, pa.string()))) == form


def test_long_integers_are_no_doubles() -> None:
    """An integer past fifteen digits may not survive as a double, so a later fraction makes its column text."""
    assert tt.forms(pa.array(["12345678901234567"])) & tt.SHORT == 0
    assert tt.forms(pa.array(["123456789012345"])) & tt.SHORT


NUMBERS = st.from_regex(r"\A[+-]?[0-9]{0,6}(\.[0-9]{0,4})?\Z")
STAMPS = st.datetimes().map(lambda moment: moment.isoformat(" ", timespec="seconds"))
CELLS = st.one_of(st.lists(NUMBERS), st.lists(STAMPS), st.lists(st.dates().map(str)), st.lists(st.text(max_size=5)))


@given(CELLS, st.integers(0, 3))
def test_every_form_is_reversible(cells: list[str], cut: int) -> None:
    """Whatever forms a column is said to have, each of them gives back the very same cells."""
    array = pa.array(["skipped"] * cut + cells, pa.string()).slice(cut)
    mask = tt.forms(array)
    for form in (1 << bit for bit in range(tt.ALL.bit_length())):
        if mask & form:
            back = tt.to_text(tt.parse(array, form), form)
            assert back.fill_null("").to_pylist() == cells


@given(st.lists(st.sampled_from(["1", "2.5", "3.0", "x", "", "1.50", "2024-01-01"]), min_size=1), st.data())
def test_forms_add_up(cells: list[str], data: st.DataObject) -> None:
    """The forms of a column are the AND over any split of it."""
    cut = data.draw(st.integers(0, len(cells)))
    whole = tt.forms(pa.array(cells, pa.string()))
    parts = tt.forms(pa.array(cells[:cut], pa.string())) & tt.forms(pa.array(cells[cut:], pa.string()))
    assert whole == parts


NEAR_MISSES = [
    (tt.INTEGER, pa.int64(), ["0", "-1", "9223372036854775807"], ["-0", "01", "+1", "1 ", "9223372036854775808"]),
    (tt.SHORT, pa.float64(), ["2", "-2.5", "0.25"], ["2.50", "2.", ".5", "-0", "1234567890.1234567", "1e5", "nan"]),
    (tt.POINT, pa.float64(), ["2.0", "-2.5", "-0.0"], ["2", "2.00", "2.50", "00.5", "1.2.3", "-.5"]),
    (
        tt.DATE,
        pa.date32(),
        ["2024-02-29", "0001-01-01"],
        ["2023-02-29", "0000-01-01", "2024-2-9", "20240229", "2024/02/29"],
    ),
    (tt.STAMP_SPACE, pa.timestamp("ms"), ["2024-02-29 23:59:59"], ["2024-02-29T23:59:59", "2024-02-29 24:00:00"]),
    (
        tt.STAMP_T,
        pa.timestamp("ms"),
        ["2024-02-29T00:00:00"],
        ["2024-02-29 00:00:00", "2024-02-29T00:00", "2024-02-29T00-00-00"],
    ),
    (tt.BOOLEAN, pa.bool_(), ["true", "false"], ["True", "FALSE", "yes", "1", "t"]),
    (tt.BOOLEAN_TITLE, pa.bool_(), ["True", "False"], ["true", "TRUE", "Yes", "False "]),
    *(
        (
            tt.FIXED_1 << k - 1,
            pa.decimal128(18, k),
            [f"-1.{'0' * k}", f"0.{'5' * k}"],
            [f"1.{'0' * (k + 1)}", "1", f"-0.{'0' * k}"],
        )
        for k in range(1, 10)
    ),
]


@pytest.mark.parametrize(("form", "kind", "cells", "misses"), NEAR_MISSES, ids=[str(row[0]) for row in NEAR_MISSES])
def test_each_form_and_its_near_misses(form: int, kind: pa.DataType, cells: list[str], misses: list[str]) -> None:
    """Cells of a form have its type and come back to the character; one near miss among them and the form is gone."""
    column = pa.array([*cells, ""])
    assert tt.forms(column, form) == form
    assert tt.form_type(form) == tt.parse(column, form).type == kind
    assert tt.to_text(tt.parse(column, form), form).to_pylist() == [*cells, None]
    for miss in misses:
        assert tt.forms(pa.array([*cells, miss]), form) == tt.TEXT, miss


def test_only_wanted_forms_are_looked_for() -> None:
    """A form that an earlier cell has broken is not found again, and an empty column keeps what is left."""
    column = pa.array(["1", "2"])
    assert tt.forms(column, tt.SHORT | tt.DATE) == tt.SHORT
    assert tt.forms(column, tt.DATE) == tt.TEXT
    assert tt.forms(pa.array(["", ""]), tt.DATE) == tt.DATE
    assert tt.forms(pa.array([], pa.string())) == tt.ALL


def test_a_slice_is_read_through_its_own_offsets() -> None:
    """What stands before and behind a slice in its buffers has no say."""
    column = pa.array(["x", "12", "", "3", "y.z"]).slice(1, 3)
    assert tt.pick(tt.forms(column)) == tt.INTEGER
    assert tt.parse(column, tt.INTEGER).to_pylist() == [12, None, 3]
