"""Forms of text columns: what may become a number or a date, and the exact way back."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns import text_forms as tt
from etl_batch.columns.text_cells import TextCells
from etl_batch.kernels import times
from etl_batch.kernels.kernel import KernelFault
from tests.unit.kernels.laid_out import laid_out

CASES = [
    (["1", "-20", "0", ""], tt.INTEGER),
    (["007"], tt.TEXT),
    (["+3"], tt.TEXT),
    (["-0"], tt.TEXT),
    (["0x10"], tt.TEXT),
    (["1_000"], tt.TEXT),
    ([" 1"], tt.TEXT),
    (["9223372036854775807", "-9223372036854775808"], tt.INTEGER),
    (["9223372036854775808", "0"], tt.UNSIGNED),
    (["18446744073709551615"], tt.UNSIGNED),
    (["9223372036854775808", "-1"], tt.WIDE_0),
    (["18446744073709551616"], tt.WIDE_0),
    (["9" * 38, "-" + "9" * 38], tt.WIDE_0),
    (["1" + "0" * 38], tt.TEXT),
    (["1234567890123456789.25"], tt.WIDE_0 << 2),
    (["12345678901234567.25", "-0.50"], tt.WIDE_0 << 2),
    (["0." + "1" * 18, ""], tt.WIDE_0 << 18),
    (["0." + "1" * 19], tt.TEXT),
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
    (["0.1234567890123456"], tt.WIDE_0 << 16),
    (["0.1234567890123456", "0.5"], tt.TEXT),
    (["2024-02-29"], tt.DATE),
    (["2023-02-29"], tt.TEXT),
    (["2024-02-29 23:59:59"], tt.STAMP_SPACE),
    (["2024-02-29T23:59:59", ""], tt.STAMP_T),
    (["2024-02-29 23:59:59", "2024-02-29T23:59:59"], tt.TEXT),
    (["2024-02-29 23:59:59.123", ""], tt.stamp_form(" ", 3)),
    (["2024-02-29T23:59:59.123456Z"], tt.stamp_form("T", 6, "Z")),
    (["2024-02-29T23:59:59+00:00"], tt.stamp_form("T", 0, "+00:00")),
    (["2024-02-29T23:59:59", "2024-02-29T23:59:59.100"], tt.TEXT),
    (["2024-02-29T23:59:59Z", "2024-02-29T23:59:59"], tt.TEXT),
    (["2024-02-29T23:59:59+02:00"], tt.TEXT),
    (["3024-02-29 23:59:59.123456789"], tt.TEXT),
    (["00:00:00", "23:59:59"], tt.CLOCK),
    (["24:00:00"], tt.TEXT),
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
PRECISE = st.builds(
    lambda moment, digits, zone: f"{moment.isoformat('T', 'seconds')}.{moment.microsecond:09}"[: 20 + digits] + zone,
    st.datetimes(),
    st.sampled_from([3, 6, 9]),
    st.sampled_from(times.ZONES),
)
LARGE = st.from_regex(r"\A-?[0-9]{17,39}(\.[0-9]{2})?\Z")
COLUMNS = [
    *(NUMBERS, STAMPS, st.dates().map(str), st.text(max_size=5), PRECISE, LARGE),
    st.sampled_from(["0.0000000", "0.0000001", "-0.0000001"]),
    st.times().map(lambda one: one.isoformat("seconds")),
]
CELLS = st.sampled_from(COLUMNS).flatmap(lambda cell: st.lists(cell, max_size=4))


@given(CELLS, st.integers(0, 3))
def test_every_form_is_reversible(cells: list[str], cut: int) -> None:
    """Whatever forms a column is said to have, each of them gives back the very same cells."""
    array = pa.array(["skipped"] * cut + cells, pa.string()).slice(cut)
    mask = tt.forms(array)
    assert mask & ~tt.ALL == 0
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


MOMENTS = ["1969-12-31 23:59:59", "2024-02-29 00:00:00", "1700-01-01 12:30:00"]


def stamp(moment: str, separator: str, digits: int) -> str:
    """A moment with so many digits of a second."""
    return moment.replace(" ", separator) + ".0010020030"[: digits + 1] * bool(digits)


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
            [f"1.{'0' * (k + 1)}", "1", f"-0.{'0' * k}", f"{'9' * (19 - k)}.{'0' * k}"],
        )
        for k in range(1, 10)
    ),
    *(
        (
            tt.WIDE_0 << k,
            pa.decimal128(38, k),
            [f"-1.{'0' * k}"[: None if k else -1], f"{'9' * (38 - k)}.{'9' * k}"[: None if k else -1]],
            [f"1.{'0' * (k + 1)}", f"{'9' * (39 - k)}.{'0' * k}"[: None if k else -1], f"-0.{'0' * k}", "1e5"],
        )
        for k in range(19)
    ),
    (tt.UNSIGNED, pa.uint64(), ["0", "18446744073709551615"], ["-1", "18446744073709551616", "00", "1.0"]),
    (tt.CLOCK, pa.time32("ms"), ["00:00:00", "23:59:59"], ["24:00:00", "23:59:60", "1:00:00", "12:00", "12:00:00Z"]),
    *(
        (
            tt.stamp_form(separator, digits, zone),
            pa.timestamp({0: "ms", 3: "ms", 6: "us", 9: "ns"}[digits], "UTC" if zone else None),
            [stamp(moment, separator, digits) + zone for moment in MOMENTS],
            [
                stamp(MOMENTS[0], separator, digits + 1) + zone,
                stamp("2023-02-29 23:59:59", separator, digits) + zone,
                stamp(MOMENTS[0], separator, digits) + zone + " ",
                stamp(MOMENTS[0], separator, digits) + ("Z" if zone == "" else ""),
            ],
        )
        for separator in times.SEPARATORS
        for digits in times.FRACTIONS
        for zone in times.ZONES
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


def test_every_form_has_a_bit_of_its_own():
    """And all of them fit one word beside a sign."""
    groups = [tt.INTEGER, tt.SHORT, tt.POINT, tt.FIXED, tt.UNSIGNED, tt.WIDE, tt.TIMES, tt.BOOLEAN, tt.BOOLEAN_TITLE]
    assert sum(groups) == tt.ALL == 2**60 - 1
    assert len({tt.stamp_form(*parts) for parts in STAMP_PARTS}) == len(STAMP_PARTS) == 24


STAMP_PARTS = [(mark, digits, zone) for mark in times.SEPARATORS for digits in times.FRACTIONS for zone in times.ZONES]
ONE_KIND = [
    ["1", "22"],
    ["1.5", "2"],
    ["1.50", "22.25"],
    ["2024-01-01"],
    ["12:00:00"],
    ["true"],
    ["18446744073709551615"],
]


@given(st.data())
def test_typed_is_forms_and_parse_in_one(data: st.DataObject) -> None:
    """Whatever was wanted: the forms of a census, the best of them, and the values that it has."""
    known = data.draw(st.sampled_from(ONE_KIND))
    cell = st.one_of(
        st.sampled_from(known), st.sampled_from(known), st.just(""), st.sampled_from(["x", "1.25", "12345678901234567"])
    )
    cells = pa.array(data.draw(st.lists(cell, max_size=4)), pa.string())
    wanted = data.draw(st.sampled_from([tt.ALL, tt.NUMERIC, tt.forms(pa.array(known)), tt.SHORT | tt.POINT, tt.DATE]))
    values, form, mask = tt.typed(cells, wanted)
    assert (mask, form) == (tt.forms(cells, wanted), tt.pick(mask))
    assert values.equals(tt.parse(cells, form) if form else cells)
    values.validate(full=True)


def test_cells_in_quotes_are_typed_and_gathered() -> None:
    """As they stand in a text; what stays text loses its quotes."""
    view = laid_out([b"12", b"", b"3"], [True, True, False])
    assert tt.typed(view, tt.ALL)[0].equals(pa.array([12, None, 3]))
    assert tt.forms(view) == tt.forms(pa.array(["12", "", "3"]))
    words = laid_out([b'a "b"', b"1"], [True, False])
    assert tt.typed(words, tt.ALL) == (pa.array(['a "b"', "1"]), tt.TEXT, tt.TEXT)
    assert tt.forms(pa.array(['"12"'])) == tt.TEXT


def test_parsing_by_a_form_that_does_not_fit_is_a_fault() -> None:
    """Half a column is never handed out."""
    with pytest.raises(KernelFault, match="do not satisfy form"):
        tt.parse(pa.array(["1", "x"]), tt.INTEGER)


@pytest.mark.parametrize("missing", [0, 1, 8, 9])
def test_missing_values_are_counted(missing: int) -> None:
    """An array without an empty cell has no bitmap."""
    cells = TextCells.from_arrow(pa.array(["1"] * 17 + [""] * missing))
    values = tt.parse(cells, tt.INTEGER)
    assert (values.null_count, values.buffers()[0] is None) == (missing, not missing)
    assert values.to_pylist() == [1] * 17 + [None] * missing
