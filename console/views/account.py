"""My account view."""

from __future__ import annotations

from pathlib import Path

from console.users import User
from etl_batch.ui import markup

TITLE, LEAD = "My account", "Your password and the places you are signed in."
EMPTY = "Nothing to show yet."


def show_account(home: Path, user: User) -> None:
    """Draw the screen for a user who may see it."""
    markup.notice(EMPTY)
