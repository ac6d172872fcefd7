"""Bytes of a file for a piece of it, and places spread over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats.content import Content
from etl_batch.formats.reading import read_bytes, spread_places


def test_a_buffer_is_kept_and_filled_again(tmp_path: Path) -> None:
    """The bytes stand at its start, whatever a longer reading left behind them."""
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    first = read_bytes(Content(str(path)), 0, 8, 0)
    assert first[:8] == b"01234567"
    again = read_bytes(Content(str(path)), 7, 3, 0)
    assert again is first
    assert again[:3] == b"789"


def test_a_file_that_became_shorter(tmp_path: Path) -> None:
    """The bytes that are missing are no transient error."""
    path = tmp_path / "x"
    path.write_bytes(b"0123")
    with pytest.raises(InputRefused, match="became shorter"):
        read_bytes(Content(str(path)), 2, 3, 5)


@pytest.mark.parametrize(
    ("length", "each", "most", "places"),
    [
        (0, 10, 4, []),
        (10, 10, 4, [0]),
        (25, 10, 4, [0, 10, 20]),
        (40, 10, 4, [0, 10, 20, 30]),
        (100, 10, 4, [0, 30, 60, 90]),
    ],
)
def test_places(length: int, each: int, most: int, places: list[int]) -> None:
    """All of what is short; else from the first byte to the last, evenly."""
    assert spread_places(length, each, most) == places
