"""A heartbeat: a thread that says once a second that the process lives, however long its stages take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from etl_batch import stopping
from etl_batch.errors import EtlError

BEAT_SECONDS = 1.0


class Heartbeat:
    """Calls `beat` once a second between `start` and `stop`; both may be called again and again.

    No other thread may live while workers are forked, so it is stopped before and started again afterwards. An error
    of the beat is dropped: the main thread meets the same disk, and tells.
    """

    def __init__(self, beat: Callable[[], None], seconds: float = BEAT_SECONDS) -> None:
        self.beat, self.seconds = beat, seconds
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to beat; raises `Cancelled` when a signal came meanwhile."""
        if self._thread is not None:
            return
        # An exception out of a signal handler would leave the thread half started.
        with stopping.held():
            self._over.clear()
            self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)
            self._thread.start()
        stopping.check()

    def stop(self) -> None:
        """Stop, and return when the thread is gone."""
        if self._thread is None:
            return
        with stopping.held():
            self._over.set()
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while not self._over.wait(self.seconds):
            with suppress(EtlError):
                self.beat()
