"""Lines of a log, marked where they fit the search."""

from __future__ import annotations

import pytest

from etl_batch.ui.shared import logs


@pytest.mark.parametrize(
    ("line", "text", "pieces"),
    [
        ("one", "", [("one", False)]),
        ("", "x", []),
        ("One two ONE", "one", [("One", True), (" two ", False), ("ONE", True)]),
        ("aaa", "aa", [("aa", True), ("a", False)]),
        ("İstanbul x", "x", [("İstanbul x", False)]),
    ],
)
def test_marking(line, text, pieces):
    """Every piece of a line is there once; where letters change their length nothing is marked."""
    assert list(logs.mark(line, text)) == pieces
