"""Refusals and downloads on the audit log: once a user, address, matter and ten minutes, so that nobody floods it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from pathlib import Path

from console.users import User
from etl_batch.errors import EtlError
from etl_batch.security.audit import ORIGIN, AuditLog

QUIET_SECONDS = 600.0
REMEMBERED = 10_000
_noted: OrderedDict[tuple[object, ...], float] = OrderedDict()
_lock = threading.Lock()


def refusal(home: Path, name: str, action: str, place: str, now: float | None = None) -> None:
    """Record that a user may not do what they asked for at a place. A log out of order lets nobody through."""
    with contextlib.suppress(EtlError):
        _once(home, name, "refused", action, "refused", {"place": place} if place else {}, now)


def sign_on_refusal(home: Path, name: str, detail: dict[str, str], now: float | None = None) -> None:
    """Record that somebody who came from the provider was not let in, and why."""
    with contextlib.suppress(EtlError):
        _once(home, name, "login", "console", "refused", detail, now)


def download(home: Path, user: User, target: str, now: float | None = None) -> None:
    """Record that somebody takes data out; raises `OutputFailed` when it cannot be recorded."""
    _once(home, user.name, "download", target, "ok", {}, now)


def _once(
    home: Path, name: str, action: str, target: str, outcome: str, detail: dict[str, str], now: float | None
) -> None:
    moment = time.monotonic() if now is None else now
    key = (home, name, action, target, *detail.items(), ORIGIN.get())
    with _lock:
        last = _noted.get(key)
        if last is not None and moment - last < QUIET_SECONDS:
            return
    AuditLog(home).append(user=name, action=action, target=target, outcome=outcome, detail=detail)
    with _lock:
        _noted[key] = moment
        _noted.move_to_end(key)
        while len(_noted) > REMEMBERED:
            _noted.popitem(last=False)
