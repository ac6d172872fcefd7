"""What a cluster runs: on its workers a task, when these have the same engine, and on its scheduler a farewell."""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.kernels.kernel import load_kernels
from etl_batch.parallel.executor import settle_memory

_PACKAGES = ("numpy", "pyarrow")
_APART = ("ui",)
"""Folders whose code no worker runs."""
_alone = threading.Lock()

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what two engines are told from one another: where these agree, they make the same bytes."""

    python: str
    packages: tuple[str, ...]
    code: str

    @classmethod
    def own(cls) -> Fingerprint:
        """That of this process."""
        major, minor, _ = platform.python_version_tuple()
        return cls(f"{major}.{minor}", tuple(f"{name} {version(name)}" for name in _PACKAGES), _code())


@cache
def _code() -> str:
    """A digest of the engine's source."""
    root = Path(__file__).parents[1]
    taken = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*.py")):
        below = path.relative_to(root)
        if below.parts[0] not in _APART:
            taken.update(str(below).encode() + b"\0" + path.read_bytes())
    return taken.hexdigest()


def work_at(
    fingerprint: Fingerprint, work: Callable[..., Result], given: tuple[Any, ...], named: Mapping[str, Any]
) -> Result:
    """A task, one at a time in each process: limits of memory are those of a process.

    Raises `UsageError` when this is another engine than that of whoever has sent it, and what the task raises.
    """
    own = Fingerprint.own()
    if own != fingerprint:
        raise UsageError(sentences.command_line.OTHER_ENGINE.format(where=platform.node()))
    with _alone:
        _prepare()
        return work(*given, **named)


@cache
def _prepare() -> None:
    load_kernels()
    settle_memory()


async def forget_worker(address: str, dask_scheduler: Any = None) -> None:
    """Run on the scheduler: a worker that gives no sign of life is none any more."""
    await dask_scheduler.remove_worker(address, stimulus_id="silent", close=True)
