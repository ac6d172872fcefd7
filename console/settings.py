"""The console's settings: named JSON values in the database, with the defaults in one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from console.database import reading, transaction
from etl_batch.errors import UsageError

DEFAULTS: dict[str, Any] = {
    "runners": 1,
    "upload_max_bytes": 10 * 10**9,
    "disk_reserve_bytes": 10**9,
    "metrics_token": "",
}
"""Runs at a time; largest upload; bytes an upload leaves free on the disk; bearer token of `/metrics` ("" for none)."""


def get(home: Path, key: str) -> Any:
    """A setting's value, or its default; raises `UsageError` for a setting that does not exist."""
    default = _default(key)
    with reading(home) as connection:
        row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row["value"])


def put(home: Path, key: str, value: Any) -> None:
    """Change a setting to a value of the same type as its default; the caller checks the role and keeps the record."""
    default = _default(key)
    if type(value) is not type(default):
        raise UsageError(f"The setting {key} takes a value of type {type(default).__name__}, not {value!r}.")
    with transaction(home) as connection:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))


def _default(key: str) -> Any:
    if key not in DEFAULTS:
        raise UsageError(f"There is no setting {key!r}; there are {', '.join(sorted(DEFAULTS))}.")
    return DEFAULTS[key]
