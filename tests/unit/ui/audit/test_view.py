"""The days of the audit's search."""

from __future__ import annotations

from datetime import date

import pytest

from etl_batch.ui.audit import view as audit


@pytest.mark.parametrize(
    ("day", "later", "moment"),
    [
        (date(2026, 1, 31), 0, "2026-01-31T00:00:00.000Z"),
        (date(2026, 1, 31), 1, "2026-02-01T00:00:00.000Z"),
        (None, 1, ""),
    ],
)
def test_days_are_whole_days_in_utc(day, later, moment):
    """A day begins at midnight and the last one asked for is included."""
    assert audit._midnight(day, later) == moment
