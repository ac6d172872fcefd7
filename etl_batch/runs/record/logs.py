"""The run's own log file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s"
_MAX_BYTES = 16 << 20


class _Log(RotatingFileHandler):
    """A line that a disk does not take is lost, and nothing else: what matters stands in files that must be written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - of logging
        """Say nothing on stderr, which has one sentence of the run itself."""

    def close(self) -> None:
        """Close it, whatever becomes of its last line."""
        with suppress(OSError):
            super().close()


@contextmanager
def run_log(path: Path) -> Iterator[logging.Logger]:
    """A logger that writes to `path` (rotated at 16 MB, three old files kept) as long as the run lasts."""
    logger = logging.getLogger(f"etl_batch.run.{path.parent.name}")
    try:
        handler = _Log(path, maxBytes=_MAX_BYTES, backupCount=3, encoding="utf-8")
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_WRITTEN.format(path=path, reason=error.strerror)) from error
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        handler.close()
