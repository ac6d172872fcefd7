"""Home's cards: what counts, and what needs somebody."""

from __future__ import annotations

from datetime import UTC, datetime

from etl_batch.model import RunStatus
from etl_batch.runs.history.index import RunRow
from etl_batch.ui.home import view as home


def row(run_id="20260101T000000Z-aaaaaa", status=RunStatus.SUCCESS, **changes) -> RunRow:
    """One line of the history."""
    values = {"user": "ada", "started_at": "2026-01-01T00:00:00Z", "seconds": 1.0, "inputs": ("/d/sales.csv",)}
    return RunRow(run_id=run_id, status=status, **{**values, "written": 5, "rejected": 0, "error": None, **changes})


def test_home_counts_the_last_seven_days():
    """Older runs do not count, running ones are neither success nor failure, and an id tells a missing start."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [
        row(status=RunStatus.RUNNING),
        row(status=RunStatus.SUCCESS),
        row(status=RunStatus.TIMED_OUT, started_at=""),
        row("20250101T000000Z-aaaaaa", status=RunStatus.FAILED, started_at="2025-01-01T00:00:00Z"),
        row("odd", status=RunStatus.FAILED, started_at=""),
    ]
    assert [card.value for card in home.home_cards(rows, now)] == ["1", "1", "1", "5"]
    assert home.failures(rows, now) == [rows[2]]
