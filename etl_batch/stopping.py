"""Stopping before the end: a signal (SIGINT, SIGTERM, SIGHUP) ends in `Cancelled`, a deadline in `TimedOut`.

Neither comes in the middle of what must stay whole: whatever may take long calls `check` again and again.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from etl_batch import sentences
from etl_batch.errors import Cancelled, EtlError, TimedOut

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 0.1
_noted: list[int] = []
_deadlines: list[float] = []
_demands: list[EtlError] = []
_listeners: list[Callable[[], None]] = []


def listen() -> None:
    """Turn the signals into `Cancelled`, raised where the main thread stands."""
    for number in _heard():
        signal.signal(number, _cancel)


def _heard() -> list[signal.Signals]:
    """The signals without a hang-up that whoever started this process has it ignore: `nohup` outlives its terminal."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in _SIGNALS if not (ignored and number == signal.SIGHUP)]


@contextmanager
def held() -> Iterator[None]:
    """Only note the signals while the block runs; `check` raises for one that came.

    An exception out of a signal handler leaves a lock taken or a thread half started wherever it strikes. Masking the
    signals is not enough: they then go to another thread, and Python runs the handler in the main one all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, _note) for number in _heard()}
    if _note not in previous.values():
        _noted.clear()
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)


def forget() -> None:
    """Forget the signals that were noted: they were for an earlier run of this process."""
    _noted.clear()


@contextmanager
def before(deadline: float) -> Iterator[None]:
    """Have `check` raise `TimedOut` past a moment of the monotonic clock while the block runs."""
    _deadlines.append(deadline)
    try:
        yield
    finally:
        _deadlines.remove(deadline)


def demand(error: EtlError) -> None:
    """Have `check` raise this from now on: another thread has found out that the run may not go on."""
    _demands.append(error)


def withdraw() -> None:
    """Forget what was demanded: the run it was demanded of is over."""
    _demands.clear()


@contextmanager
def telling(listener: Callable[[], None]) -> Iterator[None]:
    """Have `check` tell somebody that this process goes on, while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def check() -> None:
    """Raise `Cancelled` for a signal that was noted, what was demanded, and `TimedOut` past the deadline."""
    for listener in _listeners:
        listener()
    if _noted:
        raise _cancelled(_noted[0])
    if _demands:
        raise _demands[0]
    if _deadlines and time.monotonic() > min(_deadlines):
        raise TimedOut(sentences.runs.TOO_LONG)


def pause(seconds: float) -> None:
    """Wait for so long; raises what `check` raises as soon as it would."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check()
        time.sleep(min(left, _LOOK_SECONDS))
    check()


def _note(number: int, _frame: FrameType | None) -> None:
    _noted.append(number)


def _cancel(number: int, _frame: FrameType | None) -> NoReturn:
    raise _cancelled(number)


def _cancelled(number: int) -> Cancelled:
    return Cancelled(sentences.runs.STOPPED_BY.format(signal=signal.Signals(number).name))
