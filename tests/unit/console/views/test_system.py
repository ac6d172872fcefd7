"""The System screen's figures in words."""

from __future__ import annotations

import pytest

from console.views.system.view import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5.0, "5.00"), (3700.0, "1 h 01 min"), (90_000.0, "1 day 1 h"), (200_000.0, "2 days 7 h")],
)
def test_long_times(seconds, words):
    """Two units at most."""
    assert span(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ").startswith(words)
