"""The last word of a run whose engine could not write it, and what the engine left beside the outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etl_batch.errors import EtlError
from etl_batch.model import SCHEMA_VERSION, Counts, RunStatus, utc_now
from etl_batch.runs.record.directory import RunDirectory


def finalise(run: RunDirectory, status: RunStatus, error: EtlError) -> None:
    """Write the metadata of a run whose engine could not; what the engine had counted is taken from its progress."""
    config, progress = run.config() or {}, run.progress() or {}
    written, rejected, skipped = (int(progress.get(name, 0)) for name in ("rows_written", "rejected", "skipped"))
    counts = Counts(written + rejected + skipped, written, rejected, skipped)
    metadata: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.run_id,
        "status": status,
        "user": config.get("user", ""),
        "started_at": progress.get("started_at", ""),
        "finished_at": utc_now(),
        "config": config,
        "inputs": [],
        "outputs": {},
        "counts": {name: getattr(counts, name) for name in Counts.__slots__},
        "escaped_cells": 0,
        "analytics": {},
        "throughput": {"seconds": float(progress.get("seconds", 0.0))},
        "peak_memory_bytes": int(progress.get("memory_bytes", 0)),
        "system": {},
        "engine": {},
        "error": {"kind": error.kind, "message": error.message},
        "rerun_of": config.get("rerun_of"),
    }
    run.create().write("metadata.json", metadata)


def output_paths(run: RunDirectory) -> list[Path]:
    """The outputs that the run was to write."""
    noted = (run.progress() or {}).get("outputs_before")
    if isinstance(noted, dict) and noted:
        return [Path(name) for name in noted]
    config = run.config() or {}
    return [Path(config[name]) for name in ("output_csv", "output_parquet") if config.get(name)]


def staged_files(run: RunDirectory) -> list[Path]:
    """The staged files that exist, each a regular file beside an output and no output itself."""
    outputs = output_paths(run)
    folders = {path.parent for path in outputs} | {run.path, run.report.parent}
    listed = [Path(name) for name in (run.progress() or {}).get("staged") or ()]
    # A staged file has a name before the progress lists it.
    listed += [path.with_name(f".{path.name}.{run.run_id}.tmp") for path in outputs]
    return [
        path
        for path in dict.fromkeys(listed)
        if path.parent in folders and path not in outputs and path.is_file() and not path.is_symlink()
    ]


def scratch_files(run: RunDirectory) -> list[Path]:
    """What a killed engine leaves in its run directory: the workers' turns, and files that were being replaced."""
    return [path for path in [run.file("turns.bin"), *sorted(run.path.glob(".*.tmp"))] if path.is_file()]


def being_published(run: RunDirectory) -> bool:
    """Whether the commit of the outputs had begun and was cut off: the next run of the home finishes it."""
    return (run.home / "output" / "runs" / ".commit" / f"{run.run_id}.json").exists()
