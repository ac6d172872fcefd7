"""Stopping a command by a signal: SIGINT, SIGTERM and SIGHUP all end in `Cancelled`."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

from etl_batch.errors import Cancelled

_received: list[signal.Signals] = []


def listen() -> None:
    """Turn the signals into `Cancelled`, raised where the main thread stands."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _cancel)


def check() -> None:
    """Raise `Cancelled` for a signal whose exception was lost: Python drops those raised in hooks, as around a fork."""
    if _received:
        raise _cancelled(_received[0])


def _cancel(number: int, _frame: FrameType | None) -> NoReturn:
    _received.append(signal.Signals(number))
    raise _cancelled(_received[-1])


def _cancelled(number: signal.Signals) -> Cancelled:
    return Cancelled(f"The run was stopped by {number.name}; nothing was published.")
