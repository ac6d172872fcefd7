"""Where the records of a file begin and end: headers, footers, record counts, trailing bytes, magic."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.layouts import Extent, Layout, extent

Make = Callable[..., Layout]
WORD = [{"name": "a", "type": "u32"}]


def at(offset: int, kind: str = "u16") -> dict[str, Any]:
    """A number to be read from the file."""
    return {"offset": offset, "type": kind}


CASES = [
    ({}, bytes(12), Extent(0, 3, 12, 0)),
    ({}, bytes(14), Extent(0, 3, 12, 2)),
    ({"header_bytes": 3}, bytes(11), Extent(3, 2, 11, 0)),
    ({"header_bytes": 3, "footer_bytes": 2}, bytes(14), Extent(3, 2, 11, 1)),
    ({"header_bytes": at(0)}, b"\x06\0" + bytes(8), Extent(6, 1, 10, 0)),
    ({"header_bytes": at(0), "endian": "big"}, b"\0\x06" + bytes(8), Extent(6, 1, 10, 0)),
    ({"footer_bytes": at(-2)}, bytes(8) + b"\x02\0", Extent(0, 2, 8, 0)),
    ({"record_count": 2}, bytes(13), Extent(0, 2, 8, 5)),
    ({"record_count": at(0, "u8"), "header_bytes": 1}, b"\x02" + bytes(12), Extent(1, 2, 9, 4)),
    ({"record_count": at(-1, "u8"), "footer_bytes": 1}, bytes(8) + b"\x02", Extent(0, 2, 8, 0)),
    ({"record_count": at(0, "u8"), "header_bytes": 1}, b"\0", Extent(1, 0, 1, 0)),
    ({"magic": {"offset": 1, "hex": "ca FE"}}, b"\0\xca\xfe\0", Extent(0, 1, 4, 0)),
    ({"trailing_bytes": "ignore"}, bytes(6), Extent(0, 1, 4, 2)),
]


@pytest.mark.parametrize(("keys", "content", "expected"), CASES)
def test_extent(tmp_path: Path, make_layout: Make, keys: dict[str, Any], content: bytes, expected: Extent) -> None:
    """Records are found from a path and from an open descriptor, and every byte has its place."""
    path = tmp_path / "records.bin"
    path.write_bytes(content)
    layout = make_layout(WORD, **keys)
    assert extent(layout, path, len(content)) == expected
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert extent(layout, descriptor, len(content)) == expected
    finally:
        os.close(descriptor)
    footer = len(content) - expected.trailing_offset - expected.trailing_bytes
    assert footer >= 0
    assert expected.trailing_offset == expected.first + 4 * expected.records


@pytest.mark.parametrize(
    ("keys", "content", "error", "said"),
    [
        ({}, b"", InputRefused, "has 0 bytes for records but one record of layout 'records' takes 4 bytes"),
        ({}, bytes(3), InputRefused, "has 3 bytes for records but one record of layout 'records' takes 4 bytes"),
        ({"header_bytes": 9}, bytes(8), InputRefused, "has 8 bytes, less than the header of 9"),
        ({"header_bytes": 8}, bytes(8), InputRefused, "has 0 bytes for records"),
        ({"header_bytes": at(0)}, b"\xff\xff" + bytes(8), InputRefused, "header of 65535"),
        ({"header_bytes": at(0, "i8")}, b"\xff" + bytes(8), InputRefused, "gives -1 as `header_bytes`"),
        (
            {"header_bytes": at(7)},
            bytes(8),
            InputRefused,
            "`header_bytes` of layout 'records' cannot be read at byte 7",
        ),
        ({"footer_bytes": at(-9)}, bytes(8), InputRefused, "cannot be read at byte -9"),
        ({"record_count": 3}, bytes(10), InputRefused, "announces 3 records of 4 bytes but has room for 2"),
        ({"trailing_bytes": "error"}, bytes(6), InputRefused, "2 bytes follow the last record at byte 4"),
        ({"magic": {"hex": "cafe"}}, bytes(8), FormatRefused, "has 0000 at byte 0 where layout 'records' has cafe"),
        ({"magic": {"hex": "cafe", "offset": 9}}, bytes(8), FormatRefused, "has nothing at byte 9"),
    ],
)
def test_files_that_cannot_be_of_the_layout(
    tmp_path: Path, make_layout: Make, keys: dict[str, Any], content: bytes, error: type[Exception], said: str
) -> None:
    """A file that cannot be right is refused with the numbers that disagree."""
    path = tmp_path / "records.bin"
    path.write_bytes(content)
    with pytest.raises(error) as refused:
        extent(make_layout(WORD, **keys), path, len(content))
    assert said in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path, make_layout: Make) -> None:
    """A path that cannot be opened is an input that is refused."""
    with pytest.raises(InputRefused, match="No such file"):
        extent(make_layout(WORD), tmp_path / "none.bin", 4)
