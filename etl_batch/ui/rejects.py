"""Rejects view: what could not be read, and why."""

from __future__ import annotations

from etl_batch.ui import markup
from etl_batch.ui.doors import Doors

TITLE, LEAD = "Rejects", "Records that could not be read, by reason, with their bytes."
EMPTY = "Nothing to show yet."


def show_rejects(doors: Doors) -> None:
    """Draw the screen."""
    markup.notice(EMPTY)
