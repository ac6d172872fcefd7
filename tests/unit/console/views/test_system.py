"""The System screen's figures in words."""

from __future__ import annotations

import pytest

from etl_batch.reporting.formatting import long_duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5.0, "5.00"), (3700.0, "1 h 01 min"), (90_000.0, "1 day 1 h"), (200_000.0, "2 days 7 h")],
)
def test_long_times(seconds, words):
    """Two units at most."""
    assert long_duration(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ").startswith(words)
