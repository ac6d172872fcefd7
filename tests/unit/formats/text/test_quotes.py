"""Where the records of a window in the middle of a text file begin, told by its quotes and by the number of fields."""

from __future__ import annotations

import pytest

from etl_batch.formats.text.quotes import BlockWindow, MoreNeeded, PlacedRecords, Placer
from etl_batch.formats.text.units import units_of
from etl_batch.model import Dialect


def placed(before: str, block: str, after: str, *, first: bool = False, last: bool = False) -> str | None:
    """The records that begin in a block between what stands around it."""
    text = before + block + after
    window = BlockWindow(0, len(text), len(before), len(before) + len(block), first, last)
    units = units_of(text.encode(), "utf-8")
    (found,) = Placer(Dialect(), 2).place(units, [window], trusting=True)
    assert not isinstance(found, MoreNeeded)
    return None if found is None else text[found.begin : found.end]


ROW = "1,a\n"
CASES = [
    ("", ROW * 2, ROW, True, False, ROW * 2),
    (ROW, ROW * 2, ROW, False, False, ROW * 2),
    ("0,b", "c\n1,a\n2,", "b\n", False, False, "1,a\n2,b\n"),
    ('"two\n', 'lines",x\n1,a\n', "2,b\n", False, False, "1,a\n"),
    ('0,"x\n', 'y"\n1,"a\nb"\n2,', '"c"\n', False, True, '1,"a\nb"\n2,"c"\n'),
    ("0,b\n", '1,5" a\n', "2,b\n", False, True, '1,5" a\n'),
    ("0,", "bcd", "e\n", False, False, ""),
    ("0,b\n", "1,a", "", False, True, "1,a"),
    ("\n", '",x\n1,a\n2,b\n', "", False, True, "1,a\n2,b\n"),
]


@pytest.mark.parametrize(("before", "block", "after", "first", "last", "expected"), CASES)
def test_the_records_of_a_block(before: str, block: str, after: str, first: bool, last: bool, expected: str) -> None:
    """A record belongs to the block in which it begins, quoted line ends and stray quotes notwithstanding."""
    assert placed(before, block, after, first=first, last=last) == expected


def test_a_window_that_ends_too_soon() -> None:
    """The last record's end is not in it: more is to be read."""
    window = BlockWindow(0, 7, 4, 7, first=False, last=False)
    (found,) = Placer(Dialect(), 2).place(units_of(b"0,b\n1,a", "utf-8"), [window], trusting=True)
    assert isinstance(found, MoreNeeded)


@pytest.mark.parametrize(("trusting", "told"), [(True, True), (False, False)])
def test_few_records_without_quotes_say_little(trusting: bool, told: bool) -> None:
    """Lines inside a quoted cell may look like records: they are taken for such where trusted, and it is said."""
    window = BlockWindow(0, 12, 4, 8, first=False, last=False)
    (found,) = Placer(Dialect(), 2).place(units_of(b"0,b\n1,a\n2,c\n", "utf-8"), [window], trusting=trusting)
    assert found == (PlacedRecords(4, 8, assumed=True) if told else None)


def test_stray_quotes_at_the_start_of_a_file() -> None:
    """There the records are known to begin: a block is never left out for its quotes, nor for its fields."""
    assert placed("", 'a" b",c\n1\n', "2,b\n", first=True) == 'a" b",c\n1\n'
    assert placed('"x\n" y,c\n', '1" z,a\n', "2,b\n", first=True) == '1" z,a\n'


def test_windows_one_behind_the_other() -> None:
    """Each is looked at as if it stood alone."""
    texts = [b'0,"b\n1,a\n2"\n', b"0,b\n1,a\n"]
    windows = [BlockWindow(0, 12, 0, 4, first=True, last=False), BlockWindow(12, 8, 4, 8, first=False, last=True)]
    found = Placer(Dialect(), 2).place(units_of(b"".join(texts), "utf-8"), windows, trusting=True)
    assert found == [PlacedRecords(0, 12), PlacedRecords(4, 8, assumed=True)]
