"""Summary of a run that is over: what came of it, its files and where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import duration, file_size, moment, quantity
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card

WENT_WRONG = "What went wrong:"
FILES_TITLE = "Files"
FILES_LEAD = "The outputs and what the run left about itself."
REPLACED = "written again by a later run"
MISSING = "moved or deleted since"
TO_REPORT, TO_ANALYTICS, TO_AGAIN = "Read the report", "See the analytics", "Run again with changes"
RUN_FILES = (
    ("metadata.json", "everything about the run"),
    ("rejects.jsonl", "records that could not be read"),
    ("sample.parquet", "rows behind the estimates"),
    ("run.log", "log"),
)


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run: its name, where it stands, what it holds, its size, and its address when it has one."""

    name: str
    path: str
    what: str
    size: str
    url: str | None


def run_files(run: RunDirectory, doors: Doors) -> list[RunFile]:
    """The outputs and run files that exist, each with its address; an output that was replaced since says so."""
    outputs = (run.metadata() or {}).get("outputs") or {}
    found = [_output(run, name, output, doors) for name, output in outputs.items()]
    for path, what in [(run.file(name), what) for name, what in RUN_FILES] + [(run.report, "report")]:
        if path.is_file() and path.stat().st_size:
            found.append(RunFile(path.name, str(path), what, file_size(path.stat().st_size), _url(run, path, doors)))
    return found


def _output(run: RunDirectory, name: str, output: Mapping[str, Any], doors: Doors) -> RunFile:
    path = Path(output["path"])
    present = path.stat().st_size if path.is_file() else None
    same = present == output["bytes"]
    what = f"{quantity(output['rows'])} rows" if same else MISSING if present is None else REPLACED
    kind = {"csv": "CSV", "parquet": "Parquet"}.get(name, name)
    url = _url(run, path, doors) if same else None
    return RunFile(path.name, str(path), f"{kind}, {what}", file_size(output["bytes"]), url)


def _url(run: RunDirectory, path: Path, doors: Doors) -> str | None:
    return doors.file_url(run.run_id, path.name) if doors.file_url else None


def summary_cards(metadata: Mapping[str, Any]) -> list[Card]:
    """Records by their fate, time, rate and peak memory."""
    counts, speed = metadata.get("counts") or {}, metadata.get("throughput") or {}
    rejected = counts.get("rejected") or 0
    return [
        Card("Records read", quantity(counts.get("records_in") or 0)),
        Card("Written", quantity(counts.get("written") or 0), tone="good" if counts.get("written") else "plain"),
        Card("Rejected", quantity(rejected), tone="warn" if rejected else "plain"),
        Card("Time", duration(speed.get("seconds") or 0)),
        Card("Rate", f"{file_size(speed.get('input_bytes_per_second') or 0)}/s", "of input"),
        Card("Peak memory", file_size(metadata.get("peak_memory_bytes") or 0), "all processes"),
    ]


def show_headline(run: RunDirectory, status: RunStatus) -> None:
    """State, id, user and start of a run in one line."""
    facts = run.metadata() or run.progress() or {}
    config = run.config() or {}
    inputs = config.get("inputs") or []
    words = [
        f"by {config['user']}" if config.get("user") else "",
        moment(facts["started_at"]) if facts.get("started_at") else "",
        ", ".join(Path(name).name for name in inputs[:3]) + (" …" if len(inputs) > 3 else ""),
    ]
    markup.show(
        "headline.html",
        status=markup.status_word(status),
        tone=markup.TONES[status],
        run_id=run.run_id,
        facts=" · ".join(filter(None, words)),
    )


def show_summary(doors: Doors, run: RunDirectory) -> None:
    """The outcome of a run that is over: error, numbers, links and files."""
    metadata = run.metadata() or {}
    error = metadata.get("error") or {}
    if error.get("message"):
        cancelled = metadata.get("status") == RunStatus.CANCELLED
        markup.notice(error["message"], tone="warn" if cancelled else "bad", title="" if cancelled else WENT_WRONG)
    markup.cards(summary_cards(metadata))
    with st.container(horizontal=True):
        if run.report.is_file():
            doors.link(TO_REPORT, Screen.REPORT, {"run": run.run_id})
        if (metadata.get("analytics") or {}).get("status") == "success":
            doors.link(TO_ANALYTICS, Screen.ANALYTICS, {"run": run.run_id})
        if doors.launch_refusal is None and run.config():
            doors.link(TO_AGAIN, Screen.LAUNCH, {"from": run.run_id})
    files = run_files(run, doors)
    if files:
        markup.section(FILES_TITLE, FILES_LEAD)
        markup.show("files.html", files=files)
