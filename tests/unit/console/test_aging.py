"""What the database forgets of what is over, and what it never does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console import aging, settings
from console.database import reading, transaction

DAY = 86_400.0
NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


def moment(days: float) -> str:
    """So many days before now, as it is written everywhere."""
    return datetime.fromtimestamp(NOW - days * DAY, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def rows(home):
    """Jobs and alerts of every state, 89 and 91 days old."""
    with transaction(home) as connection:
        for days in (89, 91):
            for state in ("queued", "running", "done"):
                connection.execute(
                    "INSERT INTO queue (run_id, user_name, config, state, enqueued_at) VALUES (?, 'ada', '{}', ?, ?)",
                    (f"{state}-{days}", state, moment(days)),
                )
            for state in ("waiting", "accepted", "given_up"):
                number = connection.execute(
                    "INSERT INTO alert_messages (run_id, rule_id, rule_name, facts, created_at)"
                    " VALUES (?, 1, 'x', '{}', ?)",
                    (f"{state}-{days}", moment(days)),
                ).lastrowid
                delivery = connection.execute(
                    "INSERT INTO alert_deliveries (message_id, channel_id, channel_name, state, next_at)"
                    " VALUES (?, 1, 'x', ?, 0)",
                    (number, state),
                ).lastrowid
                connection.execute(
                    "INSERT INTO alert_attempts (delivery_id, at, accepted, words) VALUES (?, '', 0, '')", (delivery,)
                )
    return home


def kept(home) -> dict[str, set[str]]:
    """The rows that are there."""
    with reading(home) as connection:
        jobs = {row["run_id"] for row in connection.execute("SELECT run_id FROM queue")}
        alerts = {row["run_id"] for row in connection.execute("SELECT run_id FROM alert_messages")}
        attempts = connection.execute("SELECT count(*) FROM alert_attempts").fetchone()[0]
    assert attempts == len(alerts)
    return {"jobs": jobs, "alerts": alerts}


def test_what_is_over_ages_out(rows):
    """Finished jobs and alerts past the 90 days go, with their attempts; what waits or runs stays at any age."""
    before = kept(rows)
    assert aging.forget_old(rows, NOW) == 3
    assert before["jobs"] - kept(rows)["jobs"] == {"done-91"}
    assert before["alerts"] - kept(rows)["alerts"] == {"accepted-91", "given_up-91"}


def test_nought_keeps_everything(rows):
    """The setting decides."""
    settings.put(rows, "keep_rows_days", 0)
    assert aging.forget_old(rows, NOW) == 0
    settings.put(rows, "keep_rows_days", 1)
    assert aging.forget_old(rows, NOW) == 6
