"""What a super_admin does with the accounts of others: every function asks for the role itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from console import links, sessions, users
from console.database import reading
from console.links import Link
from console.users import Role, User, check_role


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the Users screen shows it; moments are seconds since 1970."""

    name: str
    role: Role
    disabled: bool
    invited: bool
    """Waits for its first password."""
    created_at: str
    seen_at: float | None
    sessions: int


def accounts(home: Path, by: User | None, now: float | None = None) -> list[Account]:
    """All accounts by name."""
    check_role(by, Role.SUPER_ADMIN, "see the accounts")
    moment = time.time() if now is None else now
    query = (
        "SELECT u.*, length(u.password_hash) = 0 AS invited, count(s.token_hash) AS open FROM users u"
        " LEFT JOIN sessions s ON s.user_name = u.name AND s.seen_at > ? AND s.created_at > ?"
        " GROUP BY u.name ORDER BY u.name"
    )
    with reading(home) as connection:
        since = (moment - sessions.IDLE_SECONDS, moment - sessions.ABSOLUTE_SECONDS)
        rows = connection.execute(query, since).fetchall()
    return [
        Account(
            name=row["name"],
            role=Role(row["role"]),
            disabled=bool(row["disabled"]),
            invited=bool(row["invited"]),
            created_at=row["created_at"],
            seen_at=row["seen_at"],
            sessions=row["open"],
        )
        for row in rows
    ]


def add(home: Path, name: str, role: Role, password: str, by: User | None) -> User:
    """Add an account with a password."""
    by = check_role(by, Role.SUPER_ADMIN, "add an account")
    return users.create(home, name, role, password, by.name)


def invite(home: Path, name: str, role: Role, by: User | None) -> Link:
    """Add an account whose holder chooses the password through a one-time link."""
    by = check_role(by, Role.SUPER_ADMIN, "add an account")
    users.invite(home, name, role, by.name)
    return links.create(home, name, by.name)


def change_role(home: Path, name: str, role: Role, by: User | None) -> User:
    """Give an account another role."""
    by = check_role(by, Role.SUPER_ADMIN, "change a role")
    return users.set_role(home, name, role, by.name)


def disable(home: Path, name: str, by: User | None) -> User:
    """Lock an account and end its sessions."""
    by = check_role(by, Role.SUPER_ADMIN, "disable an account")
    return users.disable(home, name, by.name)


def enable(home: Path, name: str, by: User | None) -> User:
    """Unlock an account."""
    by = check_role(by, Role.SUPER_ADMIN, "enable an account")
    return users.enable(home, name, by.name)


def reset_link(home: Path, name: str, by: User | None) -> Link:
    """A one-time link with which the account's holder chooses a new password."""
    by = check_role(by, Role.SUPER_ADMIN, "reset a password")
    return links.create(home, name, by.name)


def end_sessions(home: Path, name: str, by: User | None) -> int:
    """Sign an account out everywhere; returns how many sessions ended."""
    by = check_role(by, Role.SUPER_ADMIN, "end sessions of others")
    return sessions.end_all(home, name, by.name)
