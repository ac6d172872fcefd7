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
from console import settings_wording as wording
from console.actions import act
from console.database import reading, secrets_folder, transaction
from console.factors import REQUIRED, REQUIRED_OF_ALL
from console.users import User
from etl_batch import limits
from etl_batch.errors import PathRefused, UsageError
from etl_batch.limits import DEFAULT_BACKUPS, Limits
from etl_batch.reporting.formatting import file_size, quantity, shown
from etl_batch.runs.record.directory import write_json_atomically
from etl_batch.security.audit import AuditLog
from etl_batch.stores.url import Url, path_of

Value = int | float | str | list[str]
CLOSED_FOLDERS = tuple(map(Path, ("/proc", "/sys", "/dev", "/etc", "/boot", "/run")))
GIGABYTE = 10**9
DAY_SECONDS = 24 * 3600


class SettingsPart(StrEnum):
    """Parts of the form, in their order."""

    RUNS = "runs"
    FILES = "files"
    KEEPING = "keeping"
    CONSOLE = "console"


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
    """Absolute folders and prefixes of stores, one a line."""


@dataclass(frozen=True, slots=True)
class ConsoleSetting:
    """One setting: what it holds, and its bounds (in its stored unit). Its words stand in the table of words."""

    key: str
    section: SettingsPart
    kind: ValueKind
    default: Value
    low: float = 0
    high: float = 0
    stored_unit: str = ""
    scale: int = 1
    """Stored units in one unit of the form: a size is kept in bytes and typed in GB."""
    at_nought: str = ""
    """What 0 means, when it is allowed below the lower bound."""

    @property
    def label(self) -> str:
        """What it is called."""
        return wording.LABELS[self.key]

    @property
    def help(self) -> str:
        """What it is for."""
        return wording.HELP[self.key]

    @property
    def unit(self) -> str:
        """The unit that it is typed in."""
        return wording.UNITS[self.stored_unit] if self.stored_unit else ""

    @property
    def nought(self) -> str:
        """What 0 means."""
        return wording.NOUGHTS[self.at_nought] if self.at_nought else ""


def _size(key: str, section: SettingsPart, default: int, low: int, nought: str = "") -> ConsoleSetting:
    return ConsoleSetting(key, section, ValueKind.NUMBER, default, low, 10**15, "GB", GIGABYTE, nought)


RUNS, FILES, KEEPING, CONSOLE = SettingsPart
NUMBER, AMOUNT = ValueKind.NUMBER, ValueKind.AMOUNT
NO_LIMIT, FOR_EVER = "no limit", "for ever"
SETTINGS = (
    ConsoleSetting("runners", RUNS, NUMBER, 1, 1, 64),
    ConsoleSetting("runs_per_hour", RUNS, NUMBER, 0, 2, 100_000, at_nought=NO_LIMIT),
    ConsoleSetting(
        "run_timeout_seconds", RUNS, NUMBER, limits.Limits().timeout_seconds, 1, 30 * DAY_SECONDS, "seconds"
    ),
    _size("run_memory_bytes", RUNS, 0, 2 * GIGABYTE, NO_LIMIT),
    _size("run_tree_memory_bytes", RUNS, 0, GIGABYTE // 2, NO_LIMIT),
    ConsoleSetting("run_cpu_seconds", RUNS, NUMBER, 0, 1, 365 * DAY_SECONDS, "seconds", at_nought=NO_LIMIT),
    ConsoleSetting("run_open_files", RUNS, NUMBER, 0, 256, 1_000_000, at_nought="the system's own limit"),
    _size("run_input_bytes", RUNS, 0, 1, NO_LIMIT),
    _size("run_output_bytes", RUNS, 0, 1, NO_LIMIT),
    _size("run_disk_left_bytes", RUNS, 0, 1, NO_LIMIT),
    ConsoleSetting("allowed_roots", FILES, ValueKind.FOLDERS, []),
    _size("upload_max_bytes", FILES, 10 * GIGABYTE, 1),
    _size("disk_reserve_bytes", FILES, GIGABYTE, 0),
    ConsoleSetting("keep_backups", KEEPING, NUMBER, DEFAULT_BACKUPS, 0, 1000),
    ConsoleSetting("keep_days", KEEPING, NUMBER, 0, 1, 36_500, "days", at_nought=FOR_EVER),
    ConsoleSetting("keep_gb", KEEPING, AMOUNT, 0.0, 0.001, 10**6, "GB", at_nought=NO_LIMIT),
    ConsoleSetting("keep_backups_days", KEEPING, NUMBER, 0, 1, 36_500, "days", at_nought=FOR_EVER),
    ConsoleSetting("keep_backups_gb", KEEPING, AMOUNT, 0.0, 0.001, 10**6, "GB", at_nought=NO_LIMIT),
    ConsoleSetting("keep_rows_days", KEEPING, NUMBER, 90, 1, 36_500, "days", at_nought=FOR_EVER),
    ConsoleSetting("public_url", CONSOLE, ValueKind.ADDRESS, ""),
    ConsoleSetting(REQUIRED, CONSOLE, ValueKind.SWITCH, False),
    ConsoleSetting(REQUIRED_OF_ALL, CONSOLE, ValueKind.SWITCH, False),
    ConsoleSetting("metrics_token", CONSOLE, ValueKind.HIDDEN, ""),
)
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
            allowed_roots=tuple(map(path_of, now["allowed_roots"])),
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
        return _check_roots(setting, value, home)
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


def _check_roots(setting: ConsoleSetting, value: Any, home: Path) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(sentences.SETTING_TYPE.format(key=setting.key, value=value, type="list of str"))
    return list(dict.fromkeys(_root(item.strip(), home) for item in value if item.strip()))


def _root(typed: str, home: Path) -> str:
    """A folder that is there, or a prefix of a store, which is not asked: credentials may be the engines' alone."""
    try:
        path = path_of(typed)
    except PathRefused as error:
        raise UsageError(error.message) from error
    if not path.is_absolute() or ".." in path.parts or not str(path).isprintable():
        raise UsageError(sentences.FOLDER_NOT_ABSOLUTE.format(typed=typed))
    if isinstance(path, Url):
        return str(path)
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
