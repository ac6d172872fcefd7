"""Refusals and downloads on the audit log: once per user, matter and ten minutes, so that nobody can flood it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from pathlib import Path

from console.users import Forbidden, User
from etl_batch.errors import EtlError
from etl_batch.security.audit import AuditLog

QUIET_SECONDS = 600.0
REMEMBERED = 10_000
_noted: OrderedDict[tuple[Path, str, str, str], float] = OrderedDict()
_lock = threading.Lock()


def refusal(home: Path, user: User | None, error: Forbidden, now: float | None = None) -> None:
    """Record that a role did not suffice. A log out of order changes nothing: the action is refused either way.

    Nobody in particular is not recorded: anybody who reaches the port could write to the log without end.
    """
    if user is None:
        return
    with contextlib.suppress(EtlError):
        _once(home, user.name, "refused", str(error.facts.get("action", "use the console")), "refused", now)


def download(home: Path, user: User, target: str, now: float | None = None) -> None:
    """Record that somebody takes data out; raises `OutputFailed` when it cannot be recorded."""
    _once(home, user.name, "download", target, "ok", now)


def _once(home: Path, name: str, action: str, target: str, outcome: str, now: float | None) -> None:
    moment, key = time.monotonic() if now is None else now, (home, name, action, target)
    with _lock:
        last = _noted.get(key)
        if last is not None and moment - last < QUIET_SECONDS:
            return
    AuditLog(home).append(user=name, action=action, target=target, outcome=outcome)
    with _lock:
        _noted[key] = moment
        _noted.move_to_end(key)
        while len(_noted) > REMEMBERED:
            _noted.popitem(last=False)
