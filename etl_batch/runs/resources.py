"""What a run uses: memory of its process tree, and the machine it runs on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("pyarrow", "numpy", "pandas", "streamlit", "pydantic", "thriftpy2")


def tree_memory(pid: int | None = None) -> int:
    """Bytes of memory of a process and its descendants: PSS summed, so that shared pages count once."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_memory(process.pid) for process in family)


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
