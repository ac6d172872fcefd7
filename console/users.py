"""Users of the console: their roles, and every change to them, each one on the audit log."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from console import guesses, passwords, sentences
from console.database import reading, transaction
from etl_batch.errors import EtlError, UsageError
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog

NO_PASSWORD = b""
"""The hash of an account that waits for its first password: none fits it."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Forbidden(EtlError):
    """Whoever asks may not do this: the role, or whose it is, does not allow it."""

    exit_code: ClassVar[int] = 2
    kind: ClassVar[str] = "forbidden"


class Role(StrEnum):
    """What a user may do; each role may do everything the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPER_ADMIN = "super_admin"

    @property
    def rank(self) -> int:
        """Place in the order, from 0."""
        return list(Role).index(self)

    def allows(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may do."""
        return self.rank >= needed.rank


@dataclass(frozen=True, slots=True)
class User:
    """One account, as the database has it now."""

    name: str
    role: Role
    disabled: bool = False
    language: str | None = field(default=None, compare=False)
    """That its holder has chosen; None for the browser's."""
    mark: bytes = field(default=b"", compare=False, repr=False)
    """Of the password that the account had when it was looked up to check what was shown; empty for any other look."""


def create(home: Path, name: str, role: Role, password: str, by: str) -> User:
    """Add an account; raises `UsageError` for a bad name, a bad or weak password or a name that is taken."""
    check_name(name)
    passwords.check_strength(password, name)
    return _add(home, name, role, passwords.hash_password(password), by)


def invite(home: Path, name: str, role: Role, by: str) -> User:
    """Add an account that nobody can sign in to until a one-time link (`console.links`) has given it a password."""
    check_name(name)
    return _add(home, name, role, NO_PASSWORD, by)


def _add(home: Path, name: str, role: Role, password_hash: bytes, by: str) -> User:
    try:
        with transaction(home) as connection:
            insert(connection, name, role, password_hash)
            AuditLog(home).append(user=by, action="user.add", target=name, detail={"role": str(role)})
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.USER_EXISTS.format(name=name)) from error
    return User(name, role)


def check_name(name: str) -> None:
    """Raise `UsageError` for a name that cannot be an account's."""
    if not NAME.fullmatch(name):
        raise UsageError(sentences.NO_USER_NAME.format(name=name))


def insert(connection: sqlite3.Connection, name: str, role: Role, password_hash: bytes) -> None:
    """Write a new account's row inside the caller's transaction; `sqlite3.IntegrityError` when the name is taken."""
    connection.execute(
        "INSERT INTO users (name, role, password_hash, created_at) VALUES (?, ?, ?, ?)",
        (name, role, password_hash, utc_now()),
    )


def list_users(home: Path) -> list[User]:
    """All accounts by name."""
    with reading(home) as connection:
        return [user_of(row) for row in connection.execute("SELECT * FROM users ORDER BY name")]


def find(home: Path, name: str) -> User | None:
    """The account of that name, whatever its case, or None."""
    with reading(home) as connection:
        row = connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    return None if row is None else user_of(row)


def mark_of(password_hash: bytes) -> bytes:
    """What tells a password from the next one, and nothing of what it is."""
    return hashlib.sha256(password_hash).digest()


def stands(connection: sqlite3.Connection, shown: User) -> bool:
    """Whether the account still has the password that it had when a user was looked up, and is not disabled."""
    query = "SELECT password_hash FROM users WHERE name = ? AND NOT disabled"
    row = connection.execute(query, (shown.name,)).fetchone()
    return row is not None and mark_of(row["password_hash"]) == shown.mark


def user_of(row: sqlite3.Row) -> User:
    """The account in a row of `users`, with its mark where the row has the password's hash."""
    mark = mark_of(row["password_hash"]) if "password_hash" in row.keys() else b""  # noqa: SIM118  a row is no mapping
    language = row["language"] if "language" in row.keys() else None  # noqa: SIM118
    return User(row["name"], Role(row["role"]), bool(row["disabled"]), language, mark)


def has_super_admin(home: Path) -> bool:
    """Whether a super_admin who can sign in exists."""
    with reading(home) as connection:
        return super_admins(connection) > 0


def super_admins(connection: sqlite3.Connection) -> int:
    """How many super_admins can sign in: they are not disabled and have a password."""
    query = "SELECT count(*) FROM users WHERE role = ? AND NOT disabled AND length(password_hash) > 0"
    return int(connection.execute(query, (Role.SUPER_ADMIN,)).fetchone()[0])


@contextmanager
def one_stays(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """Refuse what is done inside, in the same transaction, with `UsageError` when it takes the last super_admin."""
    before = super_admins(connection)
    yield
    if before and not super_admins(connection):
        raise UsageError(sentences.LAST_SUPER_ADMIN.format(name=name))


def set_role(home: Path, name: str, role: Role, by: str) -> User:
    """Give an account another role, at once for its open pages; refused with `UsageError` for the last super_admin."""
    with transaction(home) as connection:
        user = known(connection, name)
        with one_stays(connection, user.name):
            connection.execute("UPDATE users SET role = ? WHERE name = ?", (role, user.name))
        # A token that was caught while it opened little must not open more.
        connection.execute("UPDATE sessions SET renew = 1 WHERE user_name = ?", (user.name,))
        detail = {"from": str(user.role), "to": str(role)}
        AuditLog(home).append(user=by, action="user.role", target=user.name, detail=detail)
    return User(user.name, role, user.disabled)


def disable(home: Path, name: str, by: str) -> User:
    """Lock an account and end its sessions; refused with `UsageError` for the last super_admin."""
    with transaction(home) as connection:
        user = known(connection, name)
        with one_stays(connection, user.name):
            connection.execute("UPDATE users SET disabled = 1 WHERE name = ?", (user.name,))
        connection.execute("DELETE FROM sessions WHERE user_name = ?", (user.name,))
        AuditLog(home).append(user=by, action="user.disable", target=user.name)
    return User(user.name, user.role, disabled=True)


def enable(home: Path, name: str, by: str) -> User:
    """Unlock an account."""
    with transaction(home) as connection:
        user = known(connection, name)
        connection.execute("UPDATE users SET disabled = 0 WHERE name = ?", (user.name,))
        AuditLog(home).append(user=by, action="user.enable", target=user.name)
    return User(user.name, user.role)


def reset(home: Path, name: str, password: str, by: str) -> User:
    """Give an account a new password, end its sessions and forget its one-time link."""
    passwords.check_strength(password, name)
    password_hash = passwords.hash_password(password)
    with transaction(home) as connection:
        user = known(connection, name)
        check_own_password(connection, user.name)
        connection.execute("UPDATE users SET password_hash = ? WHERE name = ?", (password_hash, user.name))
        connection.execute("DELETE FROM sessions WHERE user_name = ?", (user.name,))
        connection.execute("DELETE FROM reset_links WHERE user_name = ?", (user.name,))
        guesses.forgive(connection, user.name)
        AuditLog(home).append(user=by, action="user.reset", target=user.name)
    return user


def check_own_password(connection: sqlite3.Connection, name: str) -> None:
    """Raise `UsageError` for an account whose holder signs in at the provider: it has no password of the console's."""
    if connection.execute("SELECT 1 FROM provider_accounts WHERE user_name = ?", (name,)).fetchone():
        raise UsageError(sentences.NO_PASSWORD_HERE.format(name=name))


def from_provider(home: Path, name: str) -> bool:
    """Whether an account's holder signs in at the provider."""
    with reading(home) as connection:
        row = connection.execute("SELECT 1 FROM provider_accounts WHERE user_name = ?", (name,)).fetchone()
    return row is not None


def known(connection: sqlite3.Connection, name: str) -> User:
    """The account of that name inside the caller's transaction; raises `UsageError` when there is none."""
    row = connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise UsageError(sentences.NO_USER.format(name=name))
    return user_of(row)
