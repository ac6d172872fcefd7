"""Declared conventions of cells: what they are read as, and which forms they may have then."""

from __future__ import annotations

import pyarrow as pa
import pytest

from etl_batch.columns import text_forms
from etl_batch.columns.conventions import AS_WRITTEN, Conventions, canonical, canonical_text, forms, signed_numbers
from etl_batch.columns.text_cells import TextCells
from etl_batch.errors import UsageError
from etl_batch.reading_options import ReadingOptions

GERMAN = Conventions(",", ".", "dmy", ("k.A.", "-"))
NNBSP = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("conventions", "cell", "read"),
    [
        (GERMAN, "2.554,94", "2554.94"),
        (GERMAN, "1.234.567", "1234567"),
        (GERMAN, "-0,50", "-0.50"),
        (GERMAN, "1.234.5", "1.234.5"),
        (GERMAN, "12.34,5", "12.34,5"),
        (GERMAN, "007", "007"),
        (GERMAN, "+3,5", "+3,5"),
        (GERMAN, "1.5", "1.5"),
        (GERMAN, "1.6.2024", "2024-06-01"),
        (GERMAN, "01/06/2024 9:05", "2024-06-01 09:05:00"),
        (GERMAN, "29.02.2023", "29.02.2023"),
        (GERMAN, "01.06.24", "01.06.24"),
        (GERMAN, "01.06/2024", "01.06/2024"),
        (GERMAN, "01.06.2024 24:00", "01.06.2024 24:00"),
        (GERMAN, "01.06.2024T10:00:00,250Z", "2024-06-01T10:00:00.250Z"),
        (GERMAN, "2024-06-01", "2024-06-01"),
        (GERMAN, "k.A.", ""),
        (GERMAN, "-", ""),
        (Conventions(thousands=","), "1,234.5", "1234.5"),
        (Conventions(",", " "), f"1{NNBSP}234,5", "1234.5"),
        (Conventions(",", NNBSP), "1 234,5", "1 234,5"),
        (Conventions(".", "'"), "1\N{RIGHT SINGLE QUOTATION MARK}234.5", "1234.5"),
        (Conventions(date_order="mdy"), "6/1/2024", "2024-06-01"),
        (Conventions(date_order="mdy"), "13/1/2024", "13/1/2024"),
        (Conventions(date_order="ymd"), "2024/6/1", "2024-06-01"),
        (Conventions(date_order="ymd"), "1.234,5", "1.234,5"),
        (AS_WRITTEN, "1.234,5", "1.234,5"),
    ],
)
def test_what_a_cell_is_read_as(conventions: Conventions, cell: str, read: str) -> None:
    """As an array, and where it stands in a text, alone and between others."""
    cells = pa.array(["", cell, "word", cell])
    assert canonical_text(cells, conventions).to_pylist() == ["", read, "word", read]


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2.554,94", "12,50", ""], text_forms.FIXED_1 << 1),
        (["1.234", "5.678.901", "-"], text_forms.INTEGER),
        (["1.5", "2.25"], text_forms.TEXT),
        (["12,5", "1.5"], text_forms.TEXT),
        (["01.06.2024", "2024-06-02"], text_forms.DATE),
        (["01.06.2024 10:00", "k.A."], text_forms.stamp_form(" ")),
        (["01.06.2024", "12,5"], text_forms.TEXT),
    ],
)
def test_the_form_of_a_column(cells: list[str], form: int) -> None:
    """A point where decimals stand behind a comma makes no number, though it would elsewhere."""
    assert text_forms.pick(forms(pa.array(cells), GERMAN)) == form


def test_cells_that_nothing_is_done_to_are_the_same_object() -> None:
    """Nothing is copied for nothing."""
    cells = TextCells.from_arrow(pa.array(["a", "12", "", "2024-06-01"]))
    assert canonical(cells, AS_WRITTEN).cells is cells
    assert canonical(cells, Conventions(date_order="dmy")).cells is cells


def test_numbers_that_begin_like_a_formula() -> None:
    """Only those that are numbers by these signs."""
    cells = pa.array(["-1.234,50", "-5", "-x", "=1", "-1.5", ""])
    marks = signed_numbers(TextCells.from_arrow(cells), GERMAN)
    assert marks is not None
    assert marks.tolist() == [1, 1, 0, 0, 0, 0]
    assert signed_numbers(TextCells.from_arrow(cells), AS_WRITTEN) is None


def test_what_contradicts_itself() -> None:
    """One sign cannot stand for both."""
    for options in (ReadingOptions(thousands="."), ReadingOptions(decimal=",", thousands=",")):
        with pytest.raises(UsageError, match="--thousands and --decimal"):
            Conventions.of(options)
