"""The console's settings: one typed table from which defaults, checks and the System screen's form follow."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console import sentences
from console.actions import act
from console.database import reading, secrets_folder, transaction
from console.factors import REQUIRED, REQUIRED_OF_ALL
from console.users import User
from etl_batch import limits
from etl_batch.errors import UsageError
from etl_batch.limits import DEFAULT_BACKUPS, Limits
from etl_batch.reporting.formatting import file_size, quantity, shown
from etl_batch.runs.record.directory import write_json_atomically
from etl_batch.security.audit import AuditLog

Value = int | float | str | list[str]
CLOSED_FOLDERS = tuple(map(Path, ("/proc", "/sys", "/dev", "/etc", "/boot", "/run")))
GIGABYTE = 10**9
DAY_SECONDS = 24 * 3600


class SettingsPart(StrEnum):
    """Parts of the form, in their order."""

    RUNS = "Runs"
    FILES = "Files"
    KEEPING = "What is kept"
    CONSOLE = "The console itself"


class ValueKind(StrEnum):
    """What a setting holds."""

    NUMBER = "number"
    """A whole number."""
    AMOUNT = "amount"
    """A number with decimals."""
    ADDRESS = "address"
    """An http or https address, or nothing."""
    HIDDEN = "hidden"
    """Text that is never shown again."""
    SWITCH = "switch"
    """On or off."""
    FOLDERS = "folders"
    """Absolute folders, one a line."""


@dataclass(frozen=True, slots=True)
class ConsoleSetting:
    """One setting: what it holds, its bounds (in its stored unit), and how the form asks for it."""

    key: str
    section: SettingsPart
    kind: ValueKind
    default: Value
    label: str
    help: str
    low: float = 0
    high: float = 0
    unit: str = ""
    scale: int = 1
    """Stored units in one unit of the form: a size is kept in bytes and typed in GB."""
    nought: str = ""
    """What 0 means, when it is allowed below the lower bound."""


def _size(
    key: str, section: SettingsPart, default: int, label: str, words: str, low: int, nought: str = ""
) -> ConsoleSetting:
    return ConsoleSetting(
        key, section, ValueKind.NUMBER, default, label, words, low, 10**15, unit="GB", scale=GIGABYTE, nought=nought
    )


SETTINGS = (
    ConsoleSetting(
        "runners", SettingsPart.RUNS, ValueKind.NUMBER, 1, "Runs at a time",
        "How many runs of the queue may work at once. Each of them starts workers of its own.", 1, 64,
    ),
    ConsoleSetting(
        "runs_per_hour", SettingsPart.RUNS, ValueKind.NUMBER, 0, "Runs per user and hour",
        "A user who has started as many waits.", 2, 100_000, nought="no limit",
    ),
    ConsoleSetting(
        "run_timeout_seconds", SettingsPart.RUNS, ValueKind.NUMBER, limits.Limits().timeout_seconds,
        "Timeout of a new run",
        "What the Launch form begins with. A run that takes longer is stopped.", 1, 30 * DAY_SECONDS, unit="seconds",
    ),
    _size(
        "run_memory_bytes", SettingsPart.RUNS, 0, "Address space of a process",
        "The system refuses a process of a run more than this; it is no measure of memory in use, so leave room."
        "", 2 * GIGABYTE, nought="no limit",
    ),
    _size(
        "run_tree_memory_bytes", SettingsPart.RUNS, 0, "Memory of a run",
        "A run whose processes together use more is stopped, and killed when it does not stop.", GIGABYTE // 2,
        nought="no limit",
    ),
    ConsoleSetting(
        "run_cpu_seconds", SettingsPart.RUNS, ValueKind.NUMBER, 0, "CPU time of a run",
        "A run whose processes together use more is stopped.", 1, 365 * DAY_SECONDS, unit="seconds",
        nought="no limit",
    ),
    ConsoleSetting(
        "run_open_files", SettingsPart.RUNS, ValueKind.NUMBER, 0, "Open files of a process",
        "The system refuses a process of a run more than this.", 256, 1_000_000, nought="the system's own limit",
    ),
    _size(
        "run_input_bytes", SettingsPart.RUNS, 0, "Largest input of a run",
        "A run over more is refused before it reads it, whatever its own limit says.", 1, nought="no limit",
    ),
    _size(
        "run_output_bytes", SettingsPart.RUNS, 0, "Largest outputs of a run",
        "A run whose outputs together become larger is stopped, and nothing of it is published.", 1,
        nought="no limit",
    ),
    _size(
        "run_disk_left_bytes", SettingsPart.RUNS, 0, "Disk that a run leaves free",
        "A run does not begin, and is stopped, when less is left on a disk that it writes to.", 1,
        nought="no limit",
    ),
    ConsoleSetting(
        "allowed_roots", SettingsPart.FILES, ValueKind.FOLDERS, [], "Further folders for inputs and outputs",
        "Absolute folders, one a line. Runs may read and write everything below them, from the next run on.",
    ),
    _size(
        "upload_max_bytes", SettingsPart.FILES, 10 * GIGABYTE, "Largest upload",
        "A larger file is refused before it is sent.", 1,
    ),
    _size(
        "disk_reserve_bytes", SettingsPart.FILES, GIGABYTE, "Disk kept free",
        "Uploads leave this much free; the health check warns when less is left.", 0,
    ),
    ConsoleSetting(
        "keep_backups", SettingsPart.KEEPING, ValueKind.NUMBER, DEFAULT_BACKUPS, "Backups of each output",
        "How many earlier versions of an output a run leaves beside it.", 0, 1000,
    ),
    ConsoleSetting(
        "keep_days", SettingsPart.KEEPING, ValueKind.NUMBER, 0, "Keep runs for",
        "Older runs go when the history is cleaned up.", 1, 36_500, unit="days", nought="for ever",
    ),
    ConsoleSetting(
        "keep_gb", SettingsPart.KEEPING, ValueKind.AMOUNT, 0.0, "Space for runs",
        "Past this the oldest runs go when the history is cleaned up.", 0.001, 10**6, unit="GB",
        nought="no limit",
    ),
    ConsoleSetting(
        "keep_backups_days", SettingsPart.KEEPING, ValueKind.NUMBER, 0, "Keep backups for",
        "Older backups of outputs go when the history is cleaned up.", 1, 36_500, unit="days",
        nought="for ever",
    ),
    ConsoleSetting(
        "keep_backups_gb", SettingsPart.KEEPING, ValueKind.AMOUNT, 0.0, "Space for backups",
        "Past this the oldest backups go when the history is cleaned up.", 0.001, 10**6, unit="GB",
        nought="no limit",
    ),
    ConsoleSetting(
        "keep_rows_days", SettingsPart.KEEPING, ValueKind.NUMBER, 90, "Keep finished jobs and alerts for",
        "Older entries of the queue and of the list of alerts go; the runs themselves stay.", 1, 36_500, unit="days",
        nought="for ever",
    ),
    ConsoleSetting(
        "public_url", SettingsPart.CONSOLE, ValueKind.ADDRESS, "", "Public address",
        "Where people reach this console, for the links in alerts: https://etl.example.org. Empty: no links.",
    ),
    ConsoleSetting(
        REQUIRED, SettingsPart.CONSOLE, ValueKind.SWITCH, False, "Require a second factor of super_admins",
        "A super_admin without one is signed out at once and sets it up at the next sign-in, before anything else.",
    ),
    ConsoleSetting(
        REQUIRED_OF_ALL, SettingsPart.CONSOLE, ValueKind.SWITCH, False, "Require a second factor of everybody",
        "Whoever has none is signed out at once and sets it up at the next sign-in, before anything else.",
    ),
    ConsoleSetting(
        "metrics_token", SettingsPart.CONSOLE, ValueKind.HIDDEN, "", "Token for /metrics",
        "Monitoring sends it as a bearer token. The environment's ETL_METRICS_TOKEN goes before it.",
    ),
)  # fmt: skip
BY_KEY = {setting.key: setting for setting in SETTINGS}
DEFAULTS: dict[str, Any] = {setting.key: setting.default for setting in SETTINGS}
"""Values of the settings that nobody has changed."""


def get(home: Path, key: str) -> Any:
    """A setting's value, or its default; raises `UsageError` for a setting that does not exist."""
    default = _known(key).default
    with reading(home) as connection:
        row = connection.execute("SELECT unsealed(value) AS value FROM settings WHERE key = ?", (key,)).fetchone()
    # A secret that can no longer be opened is none.
    return default if row is None or row["value"] is None else json.loads(row["value"])


def get_all(home: Path) -> dict[str, Any]:
    """Every setting's value."""
    with reading(home) as connection:
        return _values(connection)


def put(home: Path, key: str, value: Any) -> None:
    """Change a setting to a valid value; the caller checks the role and keeps the record (`change` does both)."""
    valid = check(_known(key), value, home)
    with transaction(home) as connection:
        _write(home, connection, {key: valid})


def change(home: Path, values: Mapping[str, Any], user: User | None) -> list[str]:
    """Change settings for a super_admin, all or none, each on the audit log; returns the keys that differ now.

    Raises `UsageError` with the first wrong `field`, before anything is changed.
    """
    with transaction(home) as connection, act(home, "settings.change", user) as now:
        valid = {key: check(_known(key), value, home) for key, value in values.items()}
        before = _values(connection)
        changed = {key: value for key, value in valid.items() if value != before[key]}
        for key, value in changed.items():
            detail = _recorded(BY_KEY[key], before[key], value)
            AuditLog(home).append(user=now.name, action="settings.change", target=key, detail=detail)
        if changed:
            _write(home, connection, changed)
    return list(changed)


def check(setting: ConsoleSetting, value: Any, home: Path) -> Value:
    """The value as it is kept; raises `UsageError` with a sentence for the field when it cannot be."""
    try:
        return _check(setting, value, home)
    except UsageError as error:
        raise UsageError(error.message, field=setting.key) from error


def export(home: Path) -> None:
    """Write the limits that engines read anew: a database brought back from a backup has others."""
    with transaction(home) as connection:
        _write(home, connection, {})


def _known(key: str) -> ConsoleSetting:
    if key not in BY_KEY:
        raise UsageError(sentences.NO_SETTING.format(key=key, known=", ".join(sorted(BY_KEY))))
    return BY_KEY[key]


def _values(connection: sqlite3.Connection) -> dict[str, Any]:
    rows = connection.execute("SELECT key, unsealed(value) AS value FROM settings").fetchall()
    known = (row for row in rows if row["key"] in BY_KEY and row["value"] is not None)
    return DEFAULTS | {row["key"]: json.loads(row["value"]) for row in known}


def _write(home: Path, connection: sqlite3.Connection, values: Mapping[str, Value]) -> None:
    """Write the rows, and the limits' file inside the transaction: when it cannot be written nothing has changed."""
    for key, value in values.items():
        kept = "sealed(?)" if BY_KEY[key].kind is ValueKind.HIDDEN else "?"
        connection.execute(f"INSERT OR REPLACE INTO settings VALUES (?, {kept})", (key, json.dumps(value)))  # noqa: S608  one of the two above
    now = _values(connection)
    wanted = limits.to_json(
        Limits(
            allowed_roots=tuple(map(Path, now["allowed_roots"])),
            keep_backups=now["keep_backups"],
            timeout_seconds=now["run_timeout_seconds"],
            address_space_bytes=now["run_memory_bytes"],
            memory_bytes=now["run_tree_memory_bytes"],
            cpu_seconds=now["run_cpu_seconds"],
            open_files=now["run_open_files"],
            input_bytes=now["run_input_bytes"],
            output_bytes=now["run_output_bytes"],
            disk_left_bytes=now["run_disk_left_bytes"],
        )
    )
    path = limits.limits_file(home)
    if path.exists() or wanted != limits.to_json(Limits()):
        secrets_folder(home)
        write_json_atomically(path, wanted)
        path.chmod(0o600)


def _recorded(setting: ConsoleSetting, before: Any, after: Any) -> dict[str, Any]:
    """What the audit log may hold of a change: never a secret."""
    if setting.kind is ValueKind.HIDDEN:
        return {"before": "set" if before else "empty", "after": "set" if after else "empty"}
    return {"before": before, "after": after}


def _check(setting: ConsoleSetting, value: Any, home: Path) -> Value:
    if setting.kind in (ValueKind.NUMBER, ValueKind.AMOUNT):
        return _check_number(setting, value)
    if setting.kind is ValueKind.FOLDERS:
        return _check_folders(setting, value, home)
    if setting.kind is ValueKind.SWITCH:
        return _check_switch(setting, value)
    if not isinstance(value, str):
        raise UsageError(sentences.SETTING_TYPE.format(key=setting.key, value=value, type="str"))
    return check_address(value) if setting.kind is ValueKind.ADDRESS else _check_secret(value)


def _check_number(setting: ConsoleSetting, value: Any) -> int | float:
    whole = setting.kind is ValueKind.NUMBER
    if isinstance(value, bool) or not isinstance(value, int | (int if whole else float)):
        raise UsageError(sentences.SETTING_TYPE.format(key=setting.key, type="int" if whole else "float", value=value))
    if value == 0 and setting.nought:
        return value if whole else float(value)
    if not setting.low <= value <= setting.high:
        low, high = (_written(setting, bound) for bound in (setting.low, setting.high))
        sentence = sentences.SETTING_RANGE_OR_NOUGHT if setting.nought else sentences.SETTING_RANGE
        high = f"{high} {setting.unit}" if setting.unit and setting.scale == 1 else high
        raise UsageError(sentence.format(label=setting.label, low=low, high=high, nought=setting.nought))
    return value if whole else float(value)


def _written(setting: ConsoleSetting, bound: float) -> str:
    if setting.scale != 1:
        return file_size(bound)
    return quantity(int(bound)) if float(bound).is_integer() else shown(bound)


def _check_switch(setting: ConsoleSetting, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(sentences.SETTING_TYPE.format(key=setting.key, type="bool", value=value))
    return value


def check_address(value: str) -> str:
    """An http or https address without a slash at its end, or nothing."""
    address = value.strip().rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or "@" in parts.netloc or not address.isprintable() or " " in address:
        raise UsageError(sentences.NO_ADDRESS.format(value=value.strip()[:200]))
    return address


def _check_secret(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value or len(value) > 512:
        raise UsageError(sentences.NO_TOKEN)
    return value


def _check_folders(setting: ConsoleSetting, value: Any, home: Path) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(sentences.SETTING_TYPE.format(key=setting.key, value=value, type="list of str"))
    return list(dict.fromkeys(_folder(item.strip(), home) for item in value if item.strip()))


def _folder(typed: str, home: Path) -> str:
    path = Path(typed)
    if not path.is_absolute() or ".." in path.parts or not typed.isprintable():
        raise UsageError(sentences.FOLDER_NOT_ABSOLUTE.format(typed=typed))
    if not path.is_dir():
        raise UsageError(sentences.NO_FOLDER.format(typed=typed))
    real = Path(os.path.realpath(path))
    if any(place == Path("/") or _is_closed(place) for place in (path, real)):
        raise UsageError(sentences.FOLDER_OF_SYSTEM.format(typed=typed))
    secret = Path(os.path.realpath(home / ".secrets"))
    if real.is_relative_to(secret):
        raise UsageError(sentences.FOLDER_OF_SECRETS.format(typed=typed))
    return str(path)


def _is_closed(path: Path) -> bool:
    return any(path.is_relative_to(closed) for closed in CLOSED_FOLDERS)


def sections(settings: Iterable[ConsoleSetting] = SETTINGS) -> dict[SettingsPart, list[ConsoleSetting]]:
    """The settings by section, both in the order of the form."""
    table: dict[SettingsPart, list[ConsoleSetting]] = {section: [] for section in SettingsPart}
    for setting in settings:
        table[setting.section].append(setting)
    return table
