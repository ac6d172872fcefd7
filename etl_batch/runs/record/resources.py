"""What a run uses: memory of its process tree, and the machine it runs on."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("pyarrow", "numpy", "pandas", "streamlit", "pydantic", "thriftpy2")
_CHUNK = re.compile(r"chunk (\d+)")
"""The name that a worker gives its process, see `parallel.executor`."""


def tree_memory(pid: int | None = None) -> int:
    """Bytes of memory of a process and its descendants: PSS summed, so that shared pages count once."""
    return sum(family_memory(pid).values())


def family_memory(pid: int | None = None) -> dict[int, int]:
    """Bytes of memory (PSS) of a process and of each of its descendants, by process id."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return {}
    return {process.pid: _memory(process.pid) for process in family}


class WorkerMeter:
    """What each worker does: its share of a core since the last look, its memory, and the latest chunk it took."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}

    def read(self, workers: Sequence[psutil.Process], memory: Mapping[int, int]) -> list[dict[str, Any]]:
        """One entry a worker, in the order of their process ids."""
        # The objects are kept: a share is measured from one look to the next.
        self._known = {worker.pid: self._known.get(worker.pid, worker) for worker in workers}
        found = []
        for pid, worker in sorted(self._known.items()):
            with contextlib.suppress(psutil.Error):
                at = _CHUNK.fullmatch(worker.name())
                found.append(
                    {
                        "pid": pid,
                        "cpu_percent": worker.cpu_percent(),
                        "memory_bytes": memory.get(pid, 0),
                        "chunk": int(at[1]) if at else None,
                    }
                )
        return found


def oom_kills() -> int:
    """How many processes the kernel has ended for want of memory since the machine started; 0 where it does not say."""
    try:
        with Path("/proc/vmstat").open(encoding="ascii") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0


def _memory(pid: int) -> int:
    try:
        with Path(f"/proc/{pid}/smaps_rollup").open("rb") as rollup:
            for line in rollup:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:  # the process is gone, or the system has no such file
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return 0
    return 0


def describe_system() -> dict[str, Any]:
    """CPU, memory and GPU of this machine as `metadata.json` keeps them; no GPU is an empty list."""
    memory = psutil.virtual_memory()
    return {
        "cpu": {
            "model": _cpu_model(),
            "cores": os.cpu_count(),
            "usable_cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 2),
        },
        "memory": {"total_bytes": memory.total, "available_bytes": memory.available},
        "gpu": gpus(),
    }


def gpus() -> list[dict[str, Any]]:
    """The GPUs that GPUtil sees. Without the vendor's tool there is none to see, and GPUtil is not even imported."""
    if shutil.which("nvidia-smi") is None:
        return []
    import GPUtil

    return [
        {"name": gpu.name, "load": gpu.load, "memory_total_mb": gpu.memoryTotal, "memory_used_mb": gpu.memoryUsed}
        for gpu in GPUtil.getGPUs()
    ]


def describe_engine() -> dict[str, Any]:
    """Version of the engine, of Python and of the packages that shape the outputs."""
    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            packages[name] = "not installed"
    return {"version": engine_version(), "python": platform.python_version(), "packages": packages}


def engine_version() -> str:
    """The engine's own version."""
    from etl_batch import __version__

    return __version__


def _cpu_model() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux: the platform's own word will do
    return platform.processor() or platform.machine()
