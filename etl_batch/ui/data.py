"""Data view: the outputs and their backups."""

from __future__ import annotations

from etl_batch.ui import markup
from etl_batch.ui.doors import Doors

TITLE, LEAD = "Data", "Outputs and backups: look inside, download, restore."
EMPTY = "Nothing to show yet."


def show_data(doors: Doors) -> None:
    """Draw the screen."""
    markup.notice(EMPTY)
