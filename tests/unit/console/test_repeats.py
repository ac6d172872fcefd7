"""Repeated messages: what is written of a flood, and what is never swallowed."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest

from console.repeats import DIFFERENT_AT_MOST, TEXTS_AT_MOST, Repeats, counting_repeats


@pytest.fixture
def written() -> io.StringIO:
    """What the log has."""
    return io.StringIO()


@pytest.fixture
def handler(written) -> logging.Handler:
    """What writes the log."""
    return logging.StreamHandler(written)


@pytest.fixture
def log(handler) -> Iterator[logging.Logger]:
    """A logger of its own with that handler."""
    logger = logging.getLogger("tests.repeats")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


@pytest.fixture
def repeats(handler) -> Repeats:
    """The filter, at the handler."""
    found = Repeats()
    handler.addFilter(found)
    return found


def test_the_same_is_written_once_and_counted(log, repeats, written):
    """A thousand equal messages are two lines, and the next interval begins anew."""
    for _ in range(1000):
        log.warning("Refused.")
    repeats.tell()
    repeats.tell()
    log.warning("Refused.")
    assert written.getvalue() == "Refused.\n999 times more: Refused.\nRefused.\n"


def test_what_is_different_is_written(log, repeats, written):
    """Some messages of one text are written each, because it matters what they name; then they are counted too."""
    for number in range(DIFFERENT_AT_MOST + 5):
        log.error("Run %s could not be started.", number)
    repeats.tell()
    lines = written.getvalue().splitlines()
    assert lines[:-1] == [f"Run {number} could not be started." for number in range(DIFFERENT_AT_MOST)]
    assert lines[-1] == f"5 times more: Run {DIFFERENT_AT_MOST + 4} could not be started."


def test_values_in_the_text_itself_cannot_fill_log_or_memory(log, repeats, written):
    """Code that makes a new text for each message is let through for a while, then counted by its logger."""
    for number in range(5000):
        log.error(f"port {number}")  # noqa: G004 - as others do it
    repeats.tell()
    assert len(written.getvalue().splitlines()) == TEXTS_AT_MOST + DIFFERENT_AT_MOST + 1


def test_one_traceback_for_each_place(log, repeats, written):
    """An error from one line is shown once, whatever it says; one from another line is shown as well."""
    for number in range(10):
        try:
            raise ValueError(number)
        except ValueError:
            log.exception("It failed.")
    try:
        raise ValueError("elsewhere")
    except ValueError:
        log.exception("It failed.")
    assert written.getvalue().count("Traceback") == 2


def test_several_handlers_write_the_same(log, repeats, written):
    """A message that passes at one handler passes at all."""
    second = io.StringIO()
    handler = logging.StreamHandler(second)
    handler.addFilter(repeats)
    log.addHandler(handler)
    for _ in range(3):
        log.warning("Refused.")
    log.removeHandler(handler)
    assert written.getvalue() == second.getvalue() == "Refused.\n"


def test_a_message_that_cannot_be_made_is_not_the_callers_trouble(log, repeats, written, monkeypatch):
    """Arguments that do not fit are the handler's to complain about, and the next message is written."""
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.warning("%d", "no number")
    log.warning("Refused.")
    assert written.getvalue() == "Refused.\n"


def test_while_the_console_serves_every_handler_counts(log, written):
    """The filter comes with the serving and goes with it, and the last count is told."""

    async def serve() -> None:
        async with counting_repeats():
            for _ in range(4):
                log.warning("Refused.")

    asyncio.run(serve())
    log.warning("Refused.")
    assert written.getvalue() == "Refused.\n3 times more: Refused.\nRefused.\n"
