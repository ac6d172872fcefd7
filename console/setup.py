"""The first start: a one-time token that lets its holder create the first super_admin."""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import time
from pathlib import Path

from console import passwords, sentences, sessions, users
from console.database import reading, transaction
from console.users import Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

SETTING = "setup_token_sha256"


def new_token(home: Path) -> str | None:
    """A fresh token for `/setup` that replaces the last one, or None when a super_admin exists already."""
    with transaction(home) as connection:
        if users.super_admins(connection):
            return None
        token = secrets.token_urlsafe(32)
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (SETTING, sessions.digest(token).hex()))
        return token


def token_good(home: Path, token: str) -> bool:
    """Whether a setup token is the current one and no super_admin exists yet."""
    with reading(home) as connection:
        return _good(connection, token)


def _good(connection: sqlite3.Connection, token: str) -> bool:
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (SETTING,)).fetchone()
    if row is None or users.super_admins(connection):
        return False
    return hmac.compare_digest(row["value"], sessions.digest(token).hex())


def set_up(home: Path, token: str, name: str, password: str, address: str) -> str:
    """Create the first super_admin, burn the setup token, and return the token of a session for that user.

    Raises `UsageError` for a token that is not good, a bad name, a bad or weak password; the setup token stays good
    then.
    """
    users.check_name(name)
    passwords.check_strength(password, name)
    password_hash = passwords.hash_password(password)
    try:
        with transaction(home) as connection:
            if not _good(connection, token):
                raise UsageError(sentences.SETUP_LINK_USED)
            users.insert(connection, name, Role.SUPER_ADMIN, password_hash)
            connection.execute("DELETE FROM settings WHERE key = ?", (SETTING,))
            AuditLog(home).append(user=name, action="user.setup", target=name, detail={"address": address})
            return sessions.insert(connection, name, address, time.time())
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.FIRST_USER_EXISTS.format(name=name)) from error
