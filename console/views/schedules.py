"""Schedules view."""

from __future__ import annotations

from pathlib import Path

from console.users import User
from etl_batch.ui import markup

TITLE, LEAD = "Schedules", "Runs that start by themselves, and when."
EMPTY = "Nothing to show yet."


def show_schedules(home: Path, user: User) -> None:
    """Draw the screen for a user who may see it."""
    markup.notice(EMPTY)
