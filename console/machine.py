"""The machine the console runs on: processor, memory, disks and GPUs, sampled at most once a second."""

from __future__ import annotations

import functools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from console import sentences, sessions, settings
from console.database import reading
from etl_batch.model import SCHEMA_VERSION
from etl_batch.record.machine import EngineRecord, Gpu
from etl_batch.runs.record.resources import describe_engine, gpus
from etl_batch.security.guard import allowed_roots
from etl_batch.stores.url import Url

SAMPLE_SECONDS = 1.0
GPU_SECONDS = 10.0
STARTED_AT = time.monotonic()


@dataclass(frozen=True, slots=True)
class Disk:
    """One file system and the folders of the home that lie on it."""

    folders: tuple[str, ...]
    total: int
    used: int
    free: int

    @property
    def share(self) -> float:
        """Share of it that is taken, of what may be taken."""
        return self.used / (self.used + self.free) if self.used + self.free else 0.0


@dataclass(frozen=True, slots=True)
class Gauges:
    """The machine at one moment. Sizes in bytes, times in seconds."""

    cores: tuple[float, ...]
    """Per cent of each core."""
    load: tuple[float, float, float]
    memory_total: int
    memory_used: int
    memory_available: int
    machine_seconds: float
    console_seconds: float
    console_memory: int
    """Resident memory of the console's own process."""

    @property
    def cpu(self) -> float:
        """Per cent of all cores together."""
        return sum(self.cores) / len(self.cores) if self.cores else 0.0


class Kept:
    """A value that is taken anew when it is older than so many seconds; several pages share one."""

    def __init__(self, seconds: float, take: Callable[[], Any]) -> None:
        self._seconds, self._take = seconds, take
        self._lock = threading.Lock()
        self._at, self._value = float("-inf"), None

    def get(self) -> Any:
        """The value."""
        with self._lock:
            now = time.monotonic()
            if now - self._at >= self._seconds:
                self._value, self._at = self._take(), now
            return self._value


def _take_gauges() -> Gauges:
    memory, process = psutil.virtual_memory(), psutil.Process()
    now = time.time()
    return Gauges(
        cores=tuple(psutil.cpu_percent(percpu=True)),
        load=os.getloadavg(),
        memory_total=memory.total,
        memory_used=memory.total - memory.available,
        memory_available=memory.available,
        machine_seconds=max(0.0, now - psutil.boot_time()),
        console_seconds=time.monotonic() - STARTED_AT,
        console_memory=process.memory_info().rss,
    )


def _take_gpus() -> tuple[Gpu, ...] | str:
    try:
        return gpus()
    except (OSError, ValueError, ImportError) as error:
        return sentences.GPU_SILENT.format(kind=type(error).__name__)


_gauges = Kept(SAMPLE_SECONDS, _take_gauges)
_gpus = Kept(GPU_SECONDS, _take_gpus)
# The first measure of a core counts from the call before it.
psutil.cpu_percent(percpu=True)


def gauges() -> Gauges:
    """The machine now, or a moment ago."""
    found: Gauges = _gauges.get()
    return found


def gpu_state() -> tuple[Gpu, ...] | str:
    """The GPUs there are, or the sentence that says why that is not known."""
    found: tuple[Gpu, ...] | str = _gpus.get()
    return found


def disks(home: Path) -> list[Disk]:
    """The file systems of the home's folders and of the further roots, each once."""
    named = {home / name: f"{name}/" for name in ("data", "output", "report", ".secrets")}
    named |= {root: str(root) for root in allowed_roots(home).extra if not isinstance(root, Url)}
    by_device: dict[int, list[tuple[Path, str]]] = {}
    for folder, name in named.items():
        try:
            by_device.setdefault(folder.stat().st_dev, []).append((folder, name))
        except OSError:
            continue  # a root that is not mounted now has no size
    return [_disk(found) for found in by_device.values()]


def _disk(folders: Iterable[tuple[Path, str]]) -> Disk:
    paths = list(folders)
    usage = shutil.disk_usage(paths[0][0])
    return Disk(tuple(name for _path, name in paths), usage.total, usage.used, usage.free)


def session_count(home: Path) -> int:
    """How many sessions are good now."""
    return sessions.counts(home).total()


@functools.cache
def _engine() -> EngineRecord:
    return describe_engine()


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs here: the engine, Python, the run metadata's schema, the database's last migration, the packages."""

    engine: str
    python: str
    schema: int
    migration: int
    packages: Mapping[str, str]


def versions(home: Path) -> Versions:
    """Of the packages those that shape the outputs."""
    engine = _engine()
    with reading(home) as connection:
        migration = connection.execute("PRAGMA user_version").fetchone()[0]
    return Versions(engine.version, engine.python, SCHEMA_VERSION, migration, dict(engine.packages))


def low_disks(home: Path) -> list[Disk]:
    """File systems that have less left than the setting keeps free."""
    reserve = int(settings.get(home, "disk_reserve_bytes"))
    return [disk for disk in disks(home) if disk.free < reserve]
