"""Presets: named run configurations that a super_admin saves and an operator may launch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from console.database import reading, transaction
from console.users import Role, User, check_role
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog

OF_THE_LAUNCH = frozenset({"user", "home", "rerun_of"})
"""Fields that say who launches where, not what is run."""


def _body(config: RunConfig) -> dict[str, Any]:
    return {name: value for name, value in config.to_json().items() if name not in OF_THE_LAUNCH}


def save(home: Path, name: str, config: RunConfig, user: User) -> None:
    """Keep a configuration under a name, replacing the one that had it; super_admin only."""
    check_role(user, Role.SUPER_ADMIN, "save a preset")
    if not name.strip() or len(name) > 64 or not name.isprintable():
        raise UsageError(f"{name!r} is not a preset name; use 1 to 64 printable characters.")
    with transaction(home) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO presets VALUES (?, ?, ?, ?)",
            (name.strip(), json.dumps(_body(config)), user.name, utc_now()),
        )
        AuditLog(home).append(user=user.name, action="preset.save", target=name.strip())


def delete(home: Path, name: str, user: User) -> None:
    """Forget a preset; super_admin only; raises `UsageError` when there is none of that name."""
    check_role(user, Role.SUPER_ADMIN, "delete a preset")
    with transaction(home) as connection:
        if connection.execute("DELETE FROM presets WHERE name = ?", (name,)).rowcount == 0:
            raise UsageError(f"There is no preset {name!r}; the Launch screen lists those there are.")
        AuditLog(home).append(user=user.name, action="preset.delete", target=name)


def list_presets(home: Path) -> dict[str, RunConfig]:
    """All presets by name, each as a configuration of this home."""
    with reading(home) as connection:
        rows = connection.execute("SELECT name, config FROM presets ORDER BY name").fetchall()
    return {row["name"]: build_config({**json.loads(row["config"]), "home": home}) for row in rows}


def is_preset(home: Path, config: RunConfig) -> bool:
    """Whether a configuration is exactly what some preset says."""
    return any(_body(preset) == _body(config) for preset in list_presets(home).values())
