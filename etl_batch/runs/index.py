"""The index over all run directories of a home, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.directory import RunDirectory


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the history."""

    run_id: str
    status: RunStatus
    user: str
    started_at: str
    seconds: float
    inputs: tuple[str, ...]
    written: int
    rejected: int
    error: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values for `runs list --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


def run_ids(home: Path) -> list[str]:
    """All run ids of a home, newest first; a run id begins with its start time, so the names sort."""
    root = home / "output" / "runs"
    if not root.is_dir():
        return []
    return sorted((entry.name for entry in root.iterdir() if entry.is_dir() and entry.name[0] != "."), reverse=True)


def open_run(home: Path, run_id: str) -> RunDirectory:
    """The directory of an existing run; `latest` names the newest. Raises `UsageError` when there is none."""
    if run_id == "latest":
        ids = run_ids(home)
        if not ids:
            raise UsageError(
                f"No run stands under {home / 'output' / 'runs'} yet; start one with `run -i PATH -o PATH`."
            )
        run_id = ids[0]
    run = RunDirectory(home, run_id)
    if not run.path.is_dir():
        raise UsageError(f"No run {run_id!r} under {run.path.parent}; `runs list` shows those there are.")
    return run


def summarise(run: RunDirectory) -> RunRow:
    """One run's line, from its metadata or, while it runs, from its progress and configuration."""
    meta, progress, config = run.metadata() or {}, run.progress() or {}, run.config() or {}
    counts = meta.get("counts") or {}
    error = meta.get("error") or {}
    return RunRow(
        run_id=run.run_id,
        status=run.status(),
        user=meta.get("user") or config.get("user", ""),
        started_at=meta.get("started_at") or progress.get("started_at", ""),
        seconds=(meta.get("throughput") or {}).get("seconds", progress.get("seconds", 0.0)),
        inputs=tuple(config.get("inputs") or ()),
        written=counts.get("written", progress.get("rows_written", 0)),
        rejected=counts.get("rejected", progress.get("rejected", 0)),
        error=error.get("message"),
    )


def list_runs(home: Path, limit: int | None = None) -> list[RunRow]:
    """The newest `limit` runs (all, when None), newest first."""
    return [summarise(RunDirectory(home, run_id)) for run_id in run_ids(home)[:limit]]
