"""One-time links: their holder gives an account its password, once, within a day."""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from console import guesses, login, passwords, sentences, sessions, users
from console.clock import SLACK_SECONDS
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

VALID_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is shown once: only its hash is stored."""

    user: str
    token: str
    expires_at: float

    @property
    def path(self) -> str:
        """The address below the console's own."""
        return f"/reset?token={self.token}"


def create(home: Path, name: str, by: str, now: float | None = None) -> Link:
    """A fresh link that replaces the account's last one. The old password, if any, works until the link is used."""
    token, expires_at = secrets.token_urlsafe(32), (time.time() if now is None else now) + VALID_SECONDS
    with transaction(home) as connection:
        user = users.known(connection, name)
        if user.disabled:
            raise UsageError(sentences.USER_DISABLED.format(name=user.name))
        users.check_own_password(connection, user.name)
        _check_passwords_taken(home, user)
        row = (user.name, sessions.digest(token), expires_at)
        connection.execute("INSERT OR REPLACE INTO reset_links VALUES (?, ?, ?)", row)
        AuditLog(home).append(user=by, action="user.link", target=user.name)
    return Link(user.name, token, expires_at)


def _check_passwords_taken(home: Path, user: User) -> None:
    if not login.may_use_passwords(home, user):
        raise UsageError(sentences.PASSWORDS_NOT_TAKEN)


def holder(home: Path, token: str, now: float | None = None) -> str | None:
    """Whose account a link opens; None when it is not good."""
    with reading(home) as connection:
        return _holder(connection, token, time.time() if now is None else now)


def _holder(connection: sqlite3.Connection, token: str, now: float) -> str | None:
    query = (
        "SELECT u.name FROM reset_links l JOIN users u ON u.name = l.user_name"
        " WHERE l.token_hash = ? AND l.expires_at > ? AND l.expires_at <= ? AND NOT u.disabled"
    )
    # One that would be good for more than a day was made before the clock was set back.
    row = connection.execute(query, (sessions.digest(token), now, now + VALID_SECONDS + SLACK_SECONDS)).fetchone()
    return None if row is None else str(row["name"])


def use(home: Path, token: str, password: str, address: str, now: float | None = None) -> User:
    """Give the account its password, burn the link and end the account's sessions; returns whose it is.

    Raises `UsageError` for a link that is not good, a bad or weak password; a good link stays good then.
    """
    moment = time.time() if now is None else now
    name = holder(home, token, moment)
    if name is None:
        raise UsageError(sentences.LINK_NOT_GOOD)
    passwords.check_strength(password, name)
    password_hash = passwords.hash_password(password)
    with transaction(home) as connection:
        # The slow part is over: by now somebody else may have used the link.
        if _holder(connection, token, moment) != name:
            raise UsageError(sentences.LINK_NOT_GOOD)
        _check_passwords_taken(home, users.known(connection, name))
        connection.execute("UPDATE users SET password_hash = ? WHERE name = ?", (password_hash, name))
        connection.execute("DELETE FROM reset_links WHERE user_name = ?", (name,))
        connection.execute("DELETE FROM sessions WHERE user_name = ?", (name,))
        guesses.forgive(connection, name)
        AuditLog(home).append(user=name, action="user.link.used", target=name, detail={"address": address})
        return users.known(connection, name)
