"""Homes with many finished runs, written without an engine: what the index, the history and retention read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from etl_batch.runs.record.directory import RunDirectory

FIRST_START = datetime(2025, 1, 1, tzinfo=UTC)
USERS = ("ada", "bob", "eve")


def make_run(home: Path, number: int, **changes: Any) -> str:
    """The run that began `number` hours into 2025, a success with a report unless `changes` say otherwise."""
    started = FIRST_START + timedelta(hours=number)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{number:06x}"
    config = {
        "inputs": [str(home / "data" / f"sales-{number % 7}.csv")],
        "output_csv": str(home / "output" / f"sales-{number % 7}.csv"),
        "user": USERS[number % 3],
        "layout": "auto",
    }
    metadata: dict[str, Any] = {
        "run_id": run_id,
        "status": "success",
        "user": config["user"],
        "started_at": f"{started:%Y-%m-%dT%H:%M:%S}Z",
        "config": config | changes.pop("config", {}),
        "counts": {"records_in": 10, "written": 9, "rejected": 1, "skipped": 0},
        "throughput": {"seconds": 1.5},
    }
    metadata |= changes
    run = RunDirectory(home, run_id)
    run.path.mkdir(parents=True)
    run.file("config.json").write_text(json.dumps(metadata["config"]))
    run.file("metadata.json").write_text(json.dumps(metadata))
    run.report.parent.mkdir(exist_ok=True)
    run.report.write_text(f"<h1>{run_id}</h1>")
    return run_id


def make_history(home: Path, count: int) -> list[str]:
    """So many runs, every tenth of them failed; returns their ids, the newest first."""
    failed = {"status": "failed", "error": {"kind": "x", "message": "Too many rejects in ÄRGER.csv."}}
    return [make_run(home, number, **({} if number % 10 else failed)) for number in range(count)][::-1]
