"""Questions to the past runs: the one to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etl_batch.model import RunStatus
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory

_LOOK_BACK = 200
_SAME = ("inputs", "output_csv", "output_parquet")


def previous_run(home: Path, run_id: str, config: dict[str, Any]) -> dict[str, Any] | None:
    """Metadata of the newest successful run before `run_id` with the same inputs and outputs; None for a first run."""
    older = [name for name in run_ids(home) if name < run_id][:_LOOK_BACK]
    for name in older:
        run = RunDirectory(home, name)
        past = run.config()
        if past is None or any(past.get(key) != config.get(key) for key in _SAME):
            continue
        metadata = run.metadata()
        if metadata is not None and metadata.get("status") == RunStatus.SUCCESS:
            return metadata
    return None
