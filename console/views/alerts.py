"""Alerts view."""

from __future__ import annotations

from pathlib import Path

from console.users import User
from etl_batch.ui import markup

TITLE, LEAD = "Alerts", "Who is told when a run fails, rejects too much or estimates something odd."
EMPTY = "Nothing to show yet."


def show_alerts(home: Path, user: User) -> None:
    """Draw the screen for a user who may see it."""
    markup.notice(EMPTY)
