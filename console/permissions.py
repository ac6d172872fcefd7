"""Permissions as they are now: every service function asks the database, whatever the page believes."""

from __future__ import annotations

from pathlib import Path

from console import users
from console.users import Role, User


def present(home: Path, user: User, needed: Role, action: str) -> User:
    """The user as the database has them now: a page may have been open since before a demotion.

    Raises `Forbidden`, naming the action, when the role does not suffice or the account is disabled or gone.
    """
    return users.check_role(users.find(home, user.name), needed, action)
