"""What the console's tests share: a fresh home, cheap password hashes, and a user of each role."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import passwords, users
from console.users import Role, User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that nobody has used yet."""
    for name in ("data", "output", "report"):
        (tmp_path / "home" / name).mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def people(home: Path) -> dict[Role, User]:
    """One user of each role, named after it, with the password `PASSWORD`."""
    return {role: users.create(home, str(role), role, PASSWORD, by="test") for role in Role}
