"""How well files fit layouts: right ones high, shifted, foreign and empty ones low."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest

from etl_batch.layouts import Layout, load_layouts, plausibility

Make = Callable[..., Layout]
DEFAULT = load_layouts(None)["default"]


def sales(records: int, padding: bytes = b"\0") -> bytes:
    """Records of the default layout, as a shop would write them."""
    numbers = random.Random(1)
    return b"".join(
        struct.pack(
            "<IQIq32s",
            number,
            1_700_000_000 + number,
            numbers.randrange(1, 100),
            numbers.randrange(-10_000, 10_000_000),
            f"Product {numbers.randrange(50)}".encode().ljust(32, padding),
        )
        for number in range(1, records + 1)
    )


def score(sample: bytes, layout: Layout = DEFAULT, name: str = "sales.bin") -> float:
    """The plausibility of a whole small file."""
    return plausibility(layout, sample, len(sample), name)


@pytest.mark.parametrize("padding", [b"\0", b" "])
def test_the_right_file_scores_full_and_every_shift_low(padding: bytes) -> None:
    """A file of the layout scores 1; the same file read from any other byte of the record scores next to nothing."""
    content = sales(1000, padding)
    assert score(content) == 1.0
    assert max(score(content[shift:]) for shift in range(1, 56)) < 0.3


def test_damaged_and_cut_off_files_are_still_known() -> None:
    """One bad record in twenty, or a partial record at the end, do not hide what a file is."""
    content = bytearray(sales(1000))
    for record in range(0, 1000, 20):
        content[record * 56 + 24] = 0xFF
    assert score(bytes(content)) == pytest.approx(0.9)
    assert score(sales(1000)[:-20]) == pytest.approx(0.9)


@pytest.mark.parametrize(
    "content",
    [
        random.Random(2).randbytes(56_000),
        b"id,timestamp,quantity,value,product\n" + b"1,1700000000,3,499,Product 7\n" * 2000,
        b"{'json': 'lines', 'of': 'text without any line feed'}, " * 1000,
        b"",
        sales(1)[:50],
    ],
    ids=["random", "csv", "one long line", "empty", "half a record"],
)
def test_foreign_files_score_nothing(content: bytes) -> None:
    """Random bytes, text and files without a whole record do not fit."""
    assert score(content) == 0.0


def test_a_file_of_zeros_proves_nothing() -> None:
    """Blank text fits every layout: the score says "possible" and no more."""
    assert score(bytes(5600)) == 0.5


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "u8", "const": 7}, b"\x07", b"\x08"),
        ({"type": "u8", "min": 3, "max": 9}, b"\x03", b"\x0a"),
        ({"type": "u8", "enum": {"1": "one"}}, b"\x01", b"\x02"),
        ({"type": "char", "size": 2, "pattern": "[A-Z]+"}, b"AB", b"ab"),
        ({"type": "ascii_int", "size": 2}, b" 7", b"x7"),
        ({"type": "packed", "size": 2}, b"\x12\x3c", b"\x12\x34"),
        ({"type": "bool"}, b"\x01", b"\x02"),
        ({"type": "u8", "const": 7, "on_error": "null"}, b"\x07", b"\x08"),
        ({"type": "u8", "const": 7, "skip": True}, b"\x07", b"\x08"),
        ({"type": "datetime"}, bytes(8), b"\xff" * 7 + b"\x7f"),
    ],
)
def test_each_check_tells(make_layout: Make, field: dict[str, Any], good: bytes, bad: bytes) -> None:
    """Whatever a layout says about a field's values speaks for or against a file."""
    layout = make_layout([{"name": "a", **field}, {"name": "n", "type": "u8"}])
    assert score((good + b"\0") * 50, layout) >= 0.5
    assert score((bad + b"\0") * 50, layout) == 0.0


@pytest.mark.parametrize(
    ("keys", "size", "name", "expected"),
    [
        ({}, 40, "a.bin", 0.5),
        ({}, 41, "a.bin", 0.25),
        ({"footer_bytes": 1}, 41, "a.bin", 0.5),
        ({"record_count": 10}, 41, "a.bin", 0.5),
        ({"match": ["*.bin"]}, 40, "dir/a.bin", 0.75),
        ({"match": ["*.dat"]}, 40, "a.bin", 0.475),
        ({"match": ["in/*.bin"]}, 40, "in/a.bin", 0.75),
        ({"magic": {"hex": "00"}}, 40, "a.bin", 1.0),
        ({"magic": {"hex": "01"}}, 40, "a.bin", 0.0),
        ({"magic": {"hex": "01"}, "header_bytes": 4}, 40, "a.bin", 1.0),
    ],
)
def test_without_a_checkable_field(
    make_layout: Make, keys: dict[str, Any], size: int, name: str, expected: float
) -> None:
    """Where any bytes are numbers, size, magic and file name are all there is to go by."""
    layout = make_layout([{"name": "a", "type": "u32"}], **keys)
    assert plausibility(layout, bytes(40), size, name) == pytest.approx(expected)


def test_a_name_never_saves_wrong_content(make_layout: Make) -> None:
    """A matching glob adds nothing to a file that does not fit."""
    layout = make_layout([{"name": "a", "type": "u16", "const": 7}], match=["*"])
    assert score(b"\x08\0" * 50, layout) == 0.0
    assert score(b"\x07\0" * 50, layout) == 1.0


def test_text_codes_in_one_byte_numbers_are_no_text_file(make_layout: Make) -> None:
    """A record of text with a one-byte number that happens to be printable stays a record."""
    layout = make_layout([{"name": "kind", "type": "u8"}, {"name": "name", "type": "char", "size": 3}])
    assert score(b"Aabc" * 50, layout) == 1.0
