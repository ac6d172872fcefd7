"""Who owns a home: the one console that serves it holds a lock there for as long as it lives.

The lock is the kernel's (`flock`), so a console that was killed, or whose machine was switched off, leaves none. What
stands in the file only says who it is. A home without an owner is free to be looked after by whoever uses it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import make_folder
from etl_batch.model import utc_now
from etl_batch.record.values import mapping, read_object, text, whole
from etl_batch.runs.processes import identity

FILE = "console.lock"
LOOKS, LOOK_SECONDS = 20, 0.05
"""Whoever asks for the owner holds the lock for a moment: a console that starts just then looks again."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The console that serves a home; a note that lacks a part has its default."""

    pid: int = 0
    birth: str = ""
    """Start of the process as the kernel counts it."""
    machine: str = ""
    since: str = ""
    """RFC 3339 in UTC."""
    address: str = ""
    """Where browsers find it."""


def lock_file(home: Path) -> Path:
    """Where the lock of a home stands."""
    return home / ".secrets" / FILE


def owner(home: Path) -> Owner | None:
    """The console that serves a home now; None when there is none, or nobody here may see it."""
    try:
        descriptor = os.open(lock_file(home), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _noted(home)
    except OSError:  # a file system without locks
        return None
    finally:
        os.close(descriptor)
    return None


@contextmanager
def owning(home: Path, address: str) -> Iterator[None]:
    """Be the console of a home while the block runs.

    Raises `UsageError` that names the owner when there is one, and `OutputFailed` when the home cannot be locked.
    """
    descriptor = _lock(home)
    try:
        me = identity.note_of_self()
        note = Owner(me.pid, me.birth, me.machine, utc_now(), address)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(note)).encode() + b"\n", 0)
        yield
    finally:
        os.close(descriptor)


def refuse_second(home: Path) -> None:
    """Raise `UsageError` when a console serves this home already; nothing is touched."""
    found = owner(home)
    if found is not None:
        raise _taken(home, found)


def _lock(home: Path) -> int:
    try:
        make_folder(home / ".secrets", 0o700)
        descriptor = os.open(lock_file(home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise OutputFailed(sentences.runs.HOME_NOT_LOCKED.format(home=home, reason=error.strerror)) from error
    try:
        for look in range(LOOKS):
            if look:
                time.sleep(LOOK_SECONDS)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return descriptor
    except OSError as error:
        os.close(descriptor)
        raise OutputFailed(sentences.runs.HOME_NOT_LOCKED.format(home=home, reason=error.strerror)) from error
    os.close(descriptor)
    raise _taken(home, _noted(home))


def _noted(home: Path) -> Owner:
    given = mapping(read_object(lock_file(home)))
    return Owner(
        whole(given.get("pid")),
        text(given.get("birth")),
        text(given.get("machine")),
        text(given.get("since")),
        text(given.get("address")),
    )


def _taken(home: Path, found: Owner) -> UsageError:
    if not found.pid:
        return UsageError(sentences.runs.HOME_TAKEN_BY_SOMEBODY.format(home=home))
    return UsageError(
        sentences.runs.HOME_TAKEN.format(
            home=home, address=found.address, pid=found.pid, machine=found.machine.partition(" ")[0], since=found.since
        )
    )
