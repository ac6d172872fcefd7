"""What a super_admin does with the accounts of others: each is an action of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console import factors, links, sessions, users
from console.actions import act
from console.database import reading
from console.links import Link
from console.users import Role, User


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
    factor: bool = False
    """Asks for a second factor."""
    issuer: str = ""
    """The provider at which its holder signs in; empty for a password of the console's own."""


def accounts(home: Path, by: User | None, now: float | None = None) -> list[Account]:
    """All accounts by name."""
    with act(home, "user.list", by), reading(home) as connection:
        query = (
            f"SELECT u.*, {factors.HELD} AS held, p.issuer FROM users u"  # noqa: S608  a constant
            " LEFT JOIN provider_accounts p ON p.user_name = u.name ORDER BY name"
        )
        rows = connection.execute(query).fetchall()
        open_now = sessions.counts(home, now)
    return [
        Account(
            name=row["name"],
            role=Role(row["role"]),
            disabled=bool(row["disabled"]),
            invited=not row["password_hash"] and row["issuer"] is None,
            created_at=row["created_at"],
            seen_at=row["seen_at"],
            sessions=open_now[row["name"]],
            factor=bool(row["held"]),
            issuer=row["issuer"] or "",
        )
        for row in rows
    ]


def add(home: Path, name: str, role: Role, password: str, by: User | None) -> User:
    """Add an account with a password."""
    with act(home, "user.add", by) as now:
        return users.create(home, name, role, password, now.name)


def invite(home: Path, name: str, role: Role, by: User | None) -> Link:
    """Add an account whose holder chooses the password through a one-time link."""
    with act(home, "user.add", by) as now:
        users.invite(home, name, role, now.name)
        return links.create(home, name, now.name)


def change_role(home: Path, name: str, role: Role, by: User | None) -> User:
    """Give an account another role."""
    with act(home, "user.role", by) as now:
        return users.set_role(home, name, role, now.name)


def disable(home: Path, name: str, by: User | None) -> User:
    """Lock an account and end its sessions."""
    with act(home, "user.disable", by) as now:
        return users.disable(home, name, now.name)


def enable(home: Path, name: str, by: User | None) -> User:
    """Unlock an account."""
    with act(home, "user.enable", by) as now:
        return users.enable(home, name, now.name)


def reset_link(home: Path, name: str, by: User | None) -> Link:
    """A one-time link with which the account's holder chooses a new password."""
    with act(home, "user.link", by) as now:
        return links.create(home, name, now.name)


def end_sessions(home: Path, name: str, by: User | None) -> int:
    """Sign an account out everywhere; returns how many sessions ended."""
    with act(home, "user.sessions", by) as now:
        return sessions.end_all(home, name, now.name)


def end_everybodys_sessions(home: Path, by: User | None, keep: str) -> int:
    """Sign everybody out but the session with the number `keep`; returns how many sessions ended."""
    with act(home, "user.sessions", by) as now:
        return sessions.end_everybodys(home, now.name, keep)


def reset_factor(home: Path, name: str, by: User | None) -> User:
    """Take away the second factor of somebody who has lost it, and end the sessions."""
    with act(home, "user.factor", by) as now:
        return factors.reset(home, name, now.name)
