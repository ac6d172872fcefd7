"""Trouble of a thread of the console: once, in a line, or where a bug comes from."""

from __future__ import annotations

import logging

from console.standstill import Standstill
from etl_batch.errors import OutputFailed

LOGGER = logging.getLogger(__name__)


def test_trouble_is_told_once_in_a_line(caplog):
    """The same trouble once, another one when it comes, and the first again after it was over."""
    standstill = Standstill(LOGGER, "It stands still.")
    for error in ("full", "full", "locked", "locked"):
        standstill.tell(OutputFailed(error))
    standstill.over()
    standstill.tell(OutputFailed("locked"))
    assert [each.getMessage() for each in caplog.records] == [
        f"It stands still. {word}" for word in ("full", "locked", "locked")
    ]
    assert not any(each.exc_info for each in caplog.records)


def test_a_bug_is_told_with_where_it_comes_from(caplog):
    """The traceback is there for whoever mends it."""
    try:
        raise KeyError("x")
    except KeyError as error:
        Standstill(LOGGER, "It stands still.").tell(error)
    assert "test_standstill.py" in caplog.text
    assert caplog.records[0].getMessage() == "It stands still."
