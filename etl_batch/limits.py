"""What the administrator of a home has set for every run in it: `.secrets/limits.json`, which the console writes.

The engine reads it whichever door a run comes through, so that the console, its engines and the command line agree.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from etl_batch import sentences
from etl_batch.errors import PathRefused, UsageError
from etl_batch.settings import DEFAULT_TIMEOUT_SECONDS
from etl_batch.stores.url import path_of

FILE = "limits.json"
DEFAULT_BACKUPS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a home."""

    allowed_roots: tuple[Path, ...] = ()
    """Folders, and prefixes of stores, that runs may read and write besides the home's own folders."""
    keep_backups: int = DEFAULT_BACKUPS
    """Earlier versions kept of each output."""
    timeout_seconds: int = int(DEFAULT_TIMEOUT_SECONDS)
    """What the Launch form begins with."""
    address_space_bytes: int = 0
    """Address space of each process of a run; 0 for no limit, here and below."""
    memory_bytes: int = 0
    """Memory (PSS) of all processes of a run together."""
    cpu_seconds: int = 0
    """CPU time of all processes of a run together."""
    open_files: int = 0
    """Files that a process of a launched run may have open."""
    input_bytes: int = 0
    """Content of all inputs of a run."""
    output_bytes: int = 0
    """All outputs of a run together."""
    disk_left_bytes: int = 0
    """What a run leaves free on the disks that it writes to."""


def limits_file(home: Path) -> Path:
    """Where the limits of a home stand."""
    return home / ".secrets" / FILE


def read_limits(home: Path) -> Limits:
    """The limits of a home, the defaults where nothing was set; raises `UsageError` when the file is broken."""
    path = limits_file(home)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Limits()
    except OSError as error:
        raise UsageError(sentences.runs.LIMITS_UNREADABLE.format(path=path, reason=error.strerror)) from error
    try:
        return _limits_of(json.loads(text))
    except (ValueError, TypeError, AttributeError, PathRefused) as error:
        raise UsageError(sentences.runs.LIMITS_DAMAGED.format(path=path)) from error


def _limits_of(values: Any) -> Limits:
    """Limits from the file's values. Names of a newer version are passed over."""
    if not isinstance(values, dict):
        raise TypeError("no object")
    known = {field.name: values[field.name] for field in fields(Limits) if field.name in values}
    roots = tuple(path_of(str(root)) for root in known.pop("allowed_roots", ()))
    if not all(root.is_absolute() for root in roots) or any(type(value) is not int for value in known.values()):
        raise ValueError("a value of another kind")
    return Limits(allowed_roots=roots, **known)


def to_json(limits: Limits) -> dict[str, Any]:
    """The file's content."""
    return asdict(limits) | {"allowed_roots": [str(root) for root in limits.allowed_roots]}
