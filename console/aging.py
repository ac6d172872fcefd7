"""What the database keeps for some days of what is over: finished jobs, and alerts that wait for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console import settings
from console.database import transaction


def forget_old(home: Path, now: float) -> int:
    """Drop the rows that are older than the setting says; returns how many. `now` is in seconds since the epoch.

    A run's own directory is kept or deleted by the settings for runs, and an end that was told is never told again.
    """
    days: int = settings.get(home, "keep_rows_days")
    if not days:
        return 0
    before = (datetime.fromtimestamp(now, UTC) - timedelta(days=days)).isoformat()
    with transaction(home) as connection:
        jobs = connection.execute("DELETE FROM queue WHERE state = 'done' AND enqueued_at < ?", (before,))
        alerts = connection.execute(
            "DELETE FROM alert_messages WHERE created_at < ? AND id NOT IN"
            " (SELECT message_id FROM alert_deliveries WHERE state = 'waiting')",
            (before,),
        )
        return jobs.rowcount + alerts.rowcount
