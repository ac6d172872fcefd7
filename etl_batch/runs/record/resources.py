"""What a run uses: memory of its process tree, and the machine it runs on."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil

from etl_batch.record.machine import Cpu, EngineRecord, Gpu, MachineMemory, SystemRecord
from etl_batch.record.progress import WorkerActivity

_PACKAGES = ("pyarrow", "numpy", "pandas", "streamlit", "pydantic")
_CPU_FIELDS = slice(11, 15)
"""Of /proc/PID/stat behind the name: its own time in user and system, and that of the children it has waited for."""
_CHUNK = re.compile(r"chunk (\d+)")
"""The name that a worker gives its process, see `parallel.executor`."""


def family_memory(pid: int | None = None) -> dict[int, int]:
    """Bytes of memory (PSS) of a process and of each of its descendants, by process id."""
    family = [os.getpid() if pid is None else pid]
    for member in family:  # which grows by the children of each
        family += children_of(member)
    return {member: memory for member in family if (memory := _memory(member))}


def family_cpu(family: Iterable[int]) -> float:
    """CPU seconds of processes, and of those of their children that have ended."""
    ticks = 0
    for pid in family:
        with contextlib.suppress(OSError, ValueError):
            said = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            ticks += sum(map(int, said[_CPU_FIELDS]))
    return ticks / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that have not been waited for; none when it is gone."""
    if not _kernel_tells_children():
        try:
            return [child.pid for child in psutil.Process(pid).children()]
        except psutil.Error:
            return []
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_bytes().split())
    return found


@cache
def _kernel_tells_children() -> bool:
    """Whether it can be asked for them. Else every process of the machine has to be looked at for its parent."""
    return Path("/proc/thread-self/children").exists()


class WorkerMeter:
    """What each worker does: its share of a core since the last look, its memory, and the latest chunk it took."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}

    def read(self, workers: Sequence[int], memory: Mapping[int, int]) -> tuple[WorkerActivity, ...]:
        """One entry a worker, in the order of their process ids."""
        # The objects are kept: a share is measured from one look to the next.
        self._known = {pid: worker for pid, worker in self._known.items() if pid in workers}
        found = []
        for pid in sorted(workers):
            with contextlib.suppress(psutil.Error):
                worker = self._known[pid] = self._known.get(pid) or psutil.Process(pid)
                at = _CHUNK.fullmatch(worker.name())
                chunk = int(at[1]) if at else None
                found.append(WorkerActivity(pid, worker.cpu_percent(), memory.get(pid, 0), chunk))
        return tuple(found)


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


def describe_system() -> SystemRecord:
    """CPU, memory and GPUs of this machine."""
    memory = psutil.virtual_memory()
    usable, load = len(os.sched_getaffinity(0)), round(os.getloadavg()[0], 2)
    return SystemRecord(
        Cpu(_cpu_model(), os.cpu_count() or usable, usable, load), MachineMemory(memory.total, memory.available), gpus()
    )


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that GPUtil sees. Without the vendor's tool there is none to see, and GPUtil is not even imported."""
    if shutil.which("nvidia-smi") is None:
        return ()
    import GPUtil

    return tuple(Gpu(gpu.name, gpu.load, gpu.memoryTotal, gpu.memoryUsed) for gpu in GPUtil.getGPUs())


@cache
def describe_engine() -> EngineRecord:
    """Version of the engine, of Python and of the packages that shape the outputs; looked up once."""
    from importlib.metadata import PackageNotFoundError, version  # it brings all of the library's e-mail with it

    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    return EngineRecord(engine_version(), platform.python_version(), packages)


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
