"""Secrets at rest: what `console.db` keeps of them is sealed with a key that stands beside it, `.secrets/console.key`.

Statements seal and open by the SQL functions `sealed(TEXT)` and `unsealed(TEXT)`, so that no row is written or migrated
past them. Sealing is Fernet of the library `cryptography` (AES-128-CBC and HMAC-SHA256), which also says when a value
was changed. Whoever has the database without the key, as in a copy of it or a backup of it alone, reads nothing.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from console import sentences
from etl_batch.files.replacing import make_once

MARK = "sealed:"
_log = logging.getLogger(__name__)


def key_path(home: Path) -> Path:
    """Where the key of a home stands; it is made with the first secret."""
    return home / ".secrets" / "console.key"


def teach(connection: sqlite3.Connection, home: Path) -> None:
    """Give a connection the two functions. What cannot be opened is NULL."""
    connection.create_function("sealed", 1, lambda text: _seal(home, text))
    connection.create_function("unsealed", 1, lambda text: _open(home, text))


def _seal(home: Path, text: str) -> str:
    if text.startswith(MARK):
        return text
    return MARK + Fernet(_key(home) or _new_key(home)).encrypt(text.encode()).decode("ascii")


def _open(home: Path, text: str) -> str | None:
    if not text.startswith(MARK):
        return text
    try:
        key = _key(home)
        return None if key is None else Fernet(key).decrypt(text[len(MARK) :]).decode()
    except (InvalidToken, ValueError):
        _log.error(sentences.SECRET_LOST.format(path=key_path(home)))
        return None


def _key(home: Path) -> bytes | None:
    """The key, None when there is none."""
    try:
        descriptor = os.open(key_path(home), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
        return file.read(128).strip()


def _new_key(home: Path) -> bytes:
    """Make the key, unless another process was quicker: then its key counts."""
    make_once(key_path(home), Fernet.generate_key() + b"\n")
    key = _key(home)
    assert key is not None
    return key
