"""Waiting for what other processes and threads do."""

from __future__ import annotations

import threading
from collections.abc import Callable

from etl_batch import background

PATIENCE_SECONDS, LOOK_SECONDS = 180.0, 0.005


def until(condition: Callable[[], object]) -> None:
    """Look again and again until something holds; how long that takes says something about the machine only."""
    pause, looks = threading.Event(), int(PATIENCE_SECONDS / LOOK_SECONDS)
    assert any(condition() or pause.wait(LOOK_SECONDS) for _ in range(looks)), "it never came to hold"


def finish_probes() -> None:
    """Wait for every probe under way."""
    for key in list(background._TASKS):
        task = background.find(key)
        assert task is None or task.wait(60)
