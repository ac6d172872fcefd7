"""Layouts view: record layouts, their editor, and a file seen through one."""

from __future__ import annotations

from etl_batch.ui import markup
from etl_batch.ui.doors import Doors

TITLE, LEAD = "Layouts", "How the bytes of a record are read: list, edit, try on a file."
EMPTY = "Nothing to show yet."


def show_layouts(doors: Doors) -> None:
    """Draw the screen."""
    markup.notice(EMPTY)
