"""The watchdog of a launched run: kills an engine that is past a limit and does not stop by itself.

The engine looks at its limits too, and ends a run in good order. One that hangs, or whose memory grows faster than it
looks, is ended from here, with all its processes; the run's last word names the limit, and nothing unfinished is left.
"""

from __future__ import annotations

import json
import select
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from etl_batch.limits import Limits
from etl_batch.record.progress import LimitUse
from etl_batch.runs.processes import tree
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.ceilings import FAR_TOO_MUCH, OVERTIME_SECONDS, Ceiling
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.resources import family_cpu, family_memory

LOOK_SECONDS = 1.0


def limits_for(limits: Limits, timeout: float) -> str:
    """What the launcher is told, as JSON."""
    names = ("address_space_bytes", "open_files", "memory_bytes", "cpu_seconds")
    return json.dumps({name: getattr(limits, name) for name in names} | {"timeout": timeout})


def watch(directory: Path, told: Mapping[str, float], ended: select.poll, started: float) -> None:
    """Look at a run until its engine has ended, which `ended` tells, or has to be ended; `started` is monotonic."""
    run = RunDirectory(directory.parents[2], directory.name)
    limits = Limits(memory_bytes=int(told["memory_bytes"]), cpu_seconds=int(told["cpu_seconds"]))
    past: dict[str, float] = {}
    while not ended.poll(LOOK_SECONDS * 1000):
        hit = _past_patience(_look(run, limits, told["timeout"], time.monotonic() - started), past)
        if hit is not None:
            enforce(run, hit)
            return


def _look(run: RunDirectory, limits: Limits, timeout: float, seconds: float) -> list[LimitUse]:
    """The limits that the run is past."""
    cpu, memory = 0.0, 0
    if limits.memory_bytes or limits.cpu_seconds:
        family = family_memory(run.launch().pid)
        cpu, memory = family_cpu(family), sum(family.values())
    return [use for use in ceilings.uses(limits, timeout, seconds, cpu, memory) if use.hit]


def _past_patience(hit: list[LimitUse], past: dict[str, float]) -> LimitUse | None:
    """One that the engine has been past for so long that it must be hanging, or by far. `past`: since when, by name."""
    now = time.monotonic()
    for name in set(past) - {use.name for use in hit}:
        del past[name]
    for use in hit:
        since = past.setdefault(use.name, now)
        if now - since >= OVERTIME_SECONDS or (use.name == Ceiling.MEMORY and use.used > use.most * FAR_TOO_MUCH):
            return use
    return None


def enforce(run: RunDirectory, use: LimitUse) -> None:
    """Kill every process of a run for a limit, and write its last word unless whoever started it does."""
    with run.verdict(wait=True):
        if run.final() is not None:
            return
        run.write(ceilings.FILE, asdict(use))
        tree.kill(run, [])
    reconcile(run.home, run.run_id)
