"""Where the records of a window in the middle of a text file begin, told by its quotes and by the number of fields."""

from __future__ import annotations

import numpy as np
import pytest

from etl_batch.formats.text.quotes import BlockWindow, MoreNeeded, PlacedRecords, place_records
from etl_batch.model import Dialect


def placed(before: str, block: str, after: str, *, first: bool = False, last: bool = False) -> tuple[str, int] | None:
    """The records that begin in a block between what stands around it, and how many line ends they have."""
    text = before + block + after
    units = np.frombuffer(text.encode(), np.uint8)
    window = BlockWindow(units, len(before), len(before) + len(block), first, last)
    found: PlacedRecords | None = place_records(window, Dialect(), 2, final=True)
    return None if found is None else (text[found.begin : found.end], found.lines)


ROW = "1,a\n"
CASES = [
    ("", ROW * 2, ROW, True, False, (ROW * 2, 2)),
    (ROW, ROW * 2, ROW, False, False, (ROW * 2, 2)),
    ("0,b", "c\n1,a\n2,", "b\n", False, False, ("1,a\n2,b\n", 2)),
    ('"two\n', 'lines",x\n1,a\n', "2,b\n", False, False, ("1,a\n", 1)),
    ('0,"x\n', 'y"\n1,"a\nb"\n2,', '"c"\n', False, True, ('1,"a\nb"\n2,"c"\n', 2)),
    ("0,b\n", '1,5" a\n', "2,b\n", False, True, ('1,5" a\n', 1)),
    ("0,", "bcd", "e\n", False, False, ("", 0)),
    ("0,b\n", "1,a", "", False, True, ("1,a", 1)),
    ("\n", '",x\n1,a\n2,b\n', "", False, True, ("1,a\n2,b\n", 2)),
]


@pytest.mark.parametrize(("before", "block", "after", "first", "last", "expected"), CASES)
def test_the_records_of_a_block(
    before: str, block: str, after: str, first: bool, last: bool, expected: tuple[str, int]
) -> None:
    """A record belongs to the block in which it begins, quoted line ends and stray quotes notwithstanding."""
    assert placed(before, block, after, first=first, last=last) == expected


def test_a_window_that_ends_too_soon() -> None:
    """The last record's end is not in it: more is to be read."""
    with pytest.raises(MoreNeeded):
        placed("0,b\n", "1,a", "")
