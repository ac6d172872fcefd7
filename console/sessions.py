"""Server-side sessions: random tokens of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from console import users
from console.database import reading, transaction
from console.users import User
from etl_batch.security.audit import AuditLog

COOKIE = "etl_session"
IDLE_SECONDS = 12 * 3600.0
ABSOLUTE_SECONDS = 7 * 24 * 3600.0
TOUCH_SECONDS = 60.0
"""A session's last use is written at most this often."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is good now, and whose it is."""

    user: User
    created_at: float
    seen_at: float


def digest(token: str) -> bytes:
    """What is stored of a token. A plain hash suffices: a token has 256 random bits, so nobody can guess it."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(cookie: str) -> str:
    """The form token that belongs to a cookie's value: a page of another site can compute neither."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def start(home: Path, user: User, address: str, now: float | None = None) -> str:
    """Open a session and return its token, the cookie's value; ended sessions are swept out on the way."""
    moment = time.time() if now is None else now
    with transaction(home) as connection:
        connection.execute(
            "DELETE FROM sessions WHERE seen_at <= ? OR created_at <= ?",
            (moment - IDLE_SECONDS, moment - ABSOLUTE_SECONDS),
        )
        return insert(connection, user.name, address, moment)


def insert(connection: sqlite3.Connection, name: str, address: str, now: float) -> str:
    """Write a new session's row inside the caller's transaction and return its token."""
    token = secrets.token_urlsafe(32)
    connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (digest(token), name, now, now, address))
    connection.execute("UPDATE users SET seen_at = ? WHERE name = ?", (now, name))
    return token


def look_up(home: Path, token: str | None, now: float | None = None, touch: bool = True) -> Session | None:
    """The session of a token while it is good: not idle for 12 h, not older than 7 days, its user not disabled.

    `touch`: whether this counts as use of the session.
    """
    if not token:
        return None
    moment = time.time() if now is None else now
    with reading(home) as connection:
        row = connection.execute(
            "SELECT u.*, s.created_at, s.seen_at FROM sessions s JOIN users u ON u.name = s.user_name"
            " WHERE s.token_hash = ? AND NOT u.disabled AND s.seen_at > ? AND s.created_at > ?",
            (digest(token), moment - IDLE_SECONDS, moment - ABSOLUTE_SECONDS),
        ).fetchone()
    if row is None:
        return None
    if touch and moment - row["seen_at"] > TOUCH_SECONDS:
        with transaction(home) as connection:
            connection.execute("UPDATE sessions SET seen_at = ? WHERE token_hash = ?", (moment, digest(token)))
            connection.execute("UPDATE users SET seen_at = ? WHERE name = ?", (moment, row["name"]))
    return Session(users.user_of(row), row["created_at"], row["seen_at"])


def end(home: Path, token: str) -> None:
    """Sign out: forget the session, on the audit log; an unknown token is no error."""
    with transaction(home) as connection:
        row = connection.execute("SELECT user_name FROM sessions WHERE token_hash = ?", (digest(token),)).fetchone()
        if row is not None:
            AuditLog(home).append(user=row["user_name"], action="logout", target="console")
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (digest(token),))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One place where a user is signed in; `number` names it and opens nothing."""

    number: str
    address: str
    created_at: float
    seen_at: float


def number_of(token: str) -> str:
    """The number of a token's session."""
    return digest(token).hex()[:16]


def open_sessions(home: Path, name: str, now: float | None = None) -> list[OpenSession]:
    """The sessions of a user that are good now, the latest used first."""
    moment = time.time() if now is None else now
    with reading(home) as connection:
        rows = connection.execute(
            "SELECT * FROM sessions WHERE user_name = ? AND seen_at > ? AND created_at > ? ORDER BY seen_at DESC",
            (name, moment - IDLE_SECONDS, moment - ABSOLUTE_SECONDS),
        ).fetchall()
    return [
        OpenSession(row["token_hash"].hex()[:16], row["address"], row["created_at"], row["seen_at"]) for row in rows
    ]


def end_number(home: Path, name: str, number: str, by: str) -> int:
    """End one session of a user; returns how many there were (an ended one is no error)."""
    return _end(home, name, by, "substr(lower(hex(token_hash)), 1, 16) = ?", number)


def end_all(home: Path, name: str, by: str, keep: str = "") -> int:
    """End all sessions of a user but the one with the number `keep`; returns how many ended."""
    return _end(home, name, by, "substr(lower(hex(token_hash)), 1, 16) <> ?", keep)


def _end(home: Path, name: str, by: str, which: str, number: str) -> int:
    with transaction(home) as connection:
        user = users.known(connection, name)
        query = f"DELETE FROM sessions WHERE user_name = ? AND {which}"  # noqa: S608  one of the two texts above
        ended = connection.execute(query, (user.name, number)).rowcount
        if ended:
            AuditLog(home).append(user=by, action="session.end", target=user.name, detail={"sessions": ended})
    return ended
