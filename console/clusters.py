"""The cluster that this server offers: asked in a thread of its own, since a scheduler that is away takes seconds."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

from etl_batch.errors import UsageError
from etl_batch.record.cluster import ClusterState

FRESH_SECONDS = 2.0
_DASHBOARD_SECONDS = 1.0


class _Look:
    """What one scheduler has said last, and the question under way."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.last: ClusterState | str | None = None
        self.asked_at = -FRESH_SECONDS
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def refresh(self) -> None:
        """Ask again when the answer is old and no question is under way."""
        with self.lock:
            if self.thread is not None and self.thread.is_alive():
                return
            if time.monotonic() - self.asked_at >= FRESH_SECONDS:
                self.thread = threading.Thread(target=self._ask, name="cluster", daemon=True)
                self.thread.start()

    def _ask(self) -> None:
        from etl_batch.parallel.cluster import ask_scheduler  # it brings Dask, and few servers have a cluster

        try:
            state = ask_scheduler(self.address)
            self.last = state if _answers(state.dashboard) else replace(state, dashboard=None)
        except UsageError as error:
            self.last = error.message
        self.asked_at = time.monotonic()


_looks: dict[str, _Look] = {}
_looks_lock = threading.Lock()


def look(address: str, seconds: float = 0.0) -> ClusterState | str | None:
    """The cluster as it was within some seconds, or why it does not answer; None while it is asked for the first time.

    `seconds`: how long to wait for a question that is under way.
    """
    with _looks_lock:
        one = _looks.setdefault(address, _Look(address))
    one.refresh()
    if one.last is None and one.thread is not None:
        one.thread.join(seconds)
    return one.last


def _answers(dashboard: str | None) -> bool:
    """Whether somebody listens at Dask's own page."""
    if dashboard is None:
        return False
    found = urlsplit(dashboard)
    try:
        socket.create_connection((found.hostname or "", found.port or 80), _DASHBOARD_SECONDS).close()
    except OSError:
        return False
    return True
