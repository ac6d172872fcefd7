"""Refusals and downloads on the audit log: a refusal once a minute, a download once in ten, so that nobody floods it.

Refusals that come again within the minute are counted, and the next record of theirs has their number.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.users import User
from etl_batch.errors import EtlError
from etl_batch.security.audit import ORIGIN, AuditLog

REFUSAL_SECONDS, DOWNLOAD_SECONDS = 60.0, 600.0
"""How long the same matter is recorded no second time."""
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Matter:
    """What makes two records the same: everything in them but the moment."""

    home: Path
    user: str
    action: str
    target: str
    outcome: str
    detail: tuple[tuple[str, str], ...]

    def record(self, repeats: int) -> None:
        """Put it on the log; `repeats`: how often it came again since its last record."""
        detail: Mapping[str, object] = dict(self.detail) | ({"repeats": repeats} if repeats else {})
        AuditLog(self.home).append(
            user=self.user, action=self.action, target=self.target, outcome=self.outcome, detail=detail
        )


@dataclass(slots=True)
class _Seen:
    """When a matter was recorded last, and how often it has come since."""

    moment: float
    repeats: int = 0


_noted: OrderedDict[_Matter, _Seen] = OrderedDict()
_lock = threading.Lock()


def refusal(home: Path, name: str, action: str, place: str, screen: str = "", now: float | None = None) -> None:
    """Record that a user may not do what they asked for at a place, `screen`: of which title.

    A log out of order lets nobody through.
    """
    detail = {name: said for name, said in (("place", place), ("screen", screen)) if said}
    with contextlib.suppress(EtlError):
        _once(_matter(home, name, "refused", action, "refused", detail), REFUSAL_SECONDS, now)


def sign_on_refusal(home: Path, name: str, detail: dict[str, str], now: float | None = None) -> None:
    """Record that somebody who came from the provider was not let in, and why."""
    with contextlib.suppress(EtlError):
        _once(_matter(home, name, "login", "console", "refused", detail), REFUSAL_SECONDS, now)


def download(home: Path, user: User, target: str, now: float | None = None) -> None:
    """Record that somebody takes data out; raises `OutputFailed` when it cannot be recorded."""
    _once(_matter(home, user.name, "download", target, "ok", {}), DOWNLOAD_SECONDS, now)


def record_repeats(home: Path, now: float | None = None) -> None:
    """Record the refusals that came again within their minute and not after it; called now and then."""
    moment = time.monotonic() if now is None else now
    with _lock:
        due = [
            (matter, seen)
            for matter, seen in _noted.items()
            if matter.home == home
            and matter.outcome == "refused"
            and seen.repeats
            and moment - seen.moment >= REFUSAL_SECONDS
        ]
    for matter, seen in due:
        repeats = seen.repeats
        with contextlib.suppress(EtlError):
            matter.record(repeats)
            with _lock:
                seen.moment, seen.repeats = moment, seen.repeats - repeats


def _matter(home: Path, user: str, action: str, target: str, outcome: str, detail: Mapping[str, str]) -> _Matter:
    where = {"address": ORIGIN.get()} if ORIGIN.get() else {}
    return _Matter(home, user, action, target, outcome, tuple({**where, **detail}.items()))


def _once(matter: _Matter, quiet: float, now: float | None) -> None:
    moment = time.monotonic() if now is None else now
    with _lock:
        seen = _noted.get(matter)
        if seen is not None and moment - seen.moment < quiet:
            seen.repeats += 1
            return
    matter.record(seen.repeats if seen is not None and matter.outcome == "refused" else 0)
    with _lock:
        _noted[matter] = _Seen(moment)
        _noted.move_to_end(matter)
        while len(_noted) > REMEMBERED:
            _noted.popitem(last=False)
