"""Repeated messages: the log says one once in a while, and how often it came since, so that no flood fills a disk.

What is the same is told from the text a message was made of and from where its error came: the requests of a flood
differ in ports and paths. Of messages that are made of one text and say different things some are let through all the
same, because it matters which runs could not be started.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

INTERVAL_SECONDS = 60.0
DIFFERENT_AT_MOST = 20
"""So many different messages of one text are written in an interval."""
TEXTS_AT_MOST = 100
"""So many texts are told apart in an interval: some code puts values into its texts."""
_TOLD = "told"
"""The attribute of a record that says whether it is written."""


@dataclass(slots=True)
class _Text:
    """What came of one text in this interval: the messages that were written, and how many were not."""

    said: set[str] = field(default_factory=set)
    last: str = ""
    untold: int = 0


class Repeats(logging.Filter):
    """Lets a message pass that is new in this interval, and counts it when it is not."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, int, str, str], _Text] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; several handlers of one message get the same answer."""
        told = getattr(record, _TOLD, None)
        if told is None:
            told = self._new(record)
            setattr(record, _TOLD, told)
        return bool(told)

    def _new(self, record: logging.LogRecord) -> bool:
        words = _words(record)
        key = (record.name, record.levelno, str(record.msg), _error(record))
        with self._lock:
            if key not in self._texts and len(self._texts) >= TEXTS_AT_MOST:
                key = (record.name, record.levelno, "", "")
            text = self._texts.setdefault(key, _Text())
            if words in text.said or len(text.said) >= DIFFERENT_AT_MOST:
                text.untold, text.last = text.untold + 1, words
                return False
            text.said.add(words)
            return True

    def tell(self) -> None:
        """Write how often what was written once came again, and begin the next interval."""
        with self._lock:
            texts, self._texts = self._texts, {}
        for (name, level, _message, _place), text in texts.items():
            if text.untold:
                words = (text.untold, text.last)
                logging.getLogger(name).log(level, "%d times more: %s", *words, extra={_TOLD: True})


@asynccontextmanager
async def counting_repeats() -> AsyncIterator[Repeats]:
    """Count what any logger of this process says again, and tell it once an interval and at the end."""
    repeats, handlers = Repeats(), _handlers()
    for handler in handlers:
        handler.addFilter(repeats)
    telling = asyncio.create_task(_tell(repeats))
    try:
        yield repeats
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        repeats.tell()
        for handler in handlers:
            handler.removeFilter(repeats)


async def _tell(repeats: Repeats) -> None:
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        repeats.tell()


def _handlers() -> set[logging.Handler]:
    """Those that write: of every logger, and the one for loggers without any."""
    known = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    found = {handler for logger in (logging.getLogger(), *known) for handler in logger.handlers}
    return found | ({logging.lastResort} if logging.lastResort else set())


def _words(record: logging.LogRecord) -> str:
    try:
        return record.getMessage().strip()
    except (TypeError, ValueError):  # the handler says what is wrong with it
        return str(record.msg)


def _error(record: logging.LogRecord) -> str:
    """The error that a message carries, by its kind and the line it was raised in."""
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    trace = record.exc_info[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return f"{record.exc_info[0].__name__} {place}"
