"""Presets: named run configurations that a super_admin saves and an operator may launch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from console import sentences
from console.actions import act
from console.database import reading, transaction
from console.users import User
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog
from etl_batch.settings import Setter, set_by

OF_THE_LAUNCH = set_by(Setter.DOOR)
"""Fields that say who launches where, not what is run."""


def body(config: RunConfig) -> dict[str, Any]:
    """What a configuration runs, as plain JSON values, without who launches it where."""
    return {name: value for name, value in config.to_json().items() if name not in OF_THE_LAUNCH}


def save(home: Path, name: str, config: RunConfig, user: User | None) -> None:
    """Keep a configuration under a name, replacing the one that had it."""
    name = name.strip()
    with transaction(home) as connection, act(home, "preset.save", user) as now:
        if not name or len(name) > 64 or not name.isprintable():
            raise UsageError(sentences.NO_PRESET_NAME.format(name=name))
        connection.execute(
            "INSERT OR REPLACE INTO presets VALUES (?, ?, ?, ?)", (name, json.dumps(body(config)), now.name, utc_now())
        )
        AuditLog(home).append(user=now.name, action="preset.save", target=name)


def delete(home: Path, name: str, user: User | None) -> None:
    """Forget a preset; raises `UsageError` when there is none of that name."""
    with transaction(home) as connection, act(home, "preset.delete", user) as now:
        if connection.execute("DELETE FROM presets WHERE name = ?", (name,)).rowcount == 0:
            raise UsageError(sentences.NO_PRESET.format(name=name))
        AuditLog(home).append(user=now.name, action="preset.delete", target=name)


def list_presets(home: Path) -> dict[str, RunConfig]:
    """All presets by name, each as a configuration of this home."""
    with reading(home) as connection:
        rows = connection.execute("SELECT name, config FROM presets ORDER BY name").fetchall()
    return {row["name"]: build_config({**json.loads(row["config"]), "home": home}) for row in rows}


def find(home: Path, name: str) -> RunConfig | None:
    """The preset of that name, whatever its case, as a configuration of this home, or None."""
    with reading(home) as connection:
        row = connection.execute("SELECT config FROM presets WHERE name = ?", (name,)).fetchone()
    return None if row is None else build_config({**json.loads(row["config"]), "home": home})


def is_preset(home: Path, config: RunConfig) -> bool:
    """Whether a configuration is exactly what some preset says."""
    return any(body(preset) == body(config) for preset in list_presets(home).values())
