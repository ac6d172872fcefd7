"""Summary of a run that is over: what came of it, its files and where to read on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.record.progress import LimitUse
from etl_batch.record.run import OutputRecord, RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import duration, file_size, moment, quantity
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card
from etl_batch.ui.shared.progress import limit_meters
from etl_batch.ui.shared.resuming import show_attempts, show_resume


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
    record = run.metadata() or RunRecord(run.run_id)
    found = [_output(run, name, output, doors) for name, output in record.outputs.items()]
    for path, what in [(run.file(name), what) for name, what in wording.RUN_FILES] + [
        (run.report, wording.REPORT_FILE)
    ]:
        if path.is_file() and path.stat().st_size:
            found.append(RunFile(path.name, str(path), what, file_size(path.stat().st_size), _url(run, path, doors)))
    return found


def _output(run: RunDirectory, name: str, output: OutputRecord, doors: Doors) -> RunFile:
    path = Path(output.path)
    present = path.stat().st_size if path.is_file() else None
    same = present == output.bytes
    what = (
        wording.ROWS.format(number=quantity(output.rows))
        if same
        else wording.MISSING
        if present is None
        else wording.REPLACED
    )
    kind = wording.KINDS.get(name, name)
    url = _url(run, path, doors) if same else None
    return RunFile(path.name, str(path), wording.KIND_AND.format(kind=kind, what=what), file_size(output.bytes), url)


def _url(run: RunDirectory, path: Path, doors: Doors) -> str | None:
    return doors.file_url(run.run_id, path.name) if doors.file_url else None


def summary_cards(record: RunRecord) -> list[Card]:
    """Records by their fate, time, rate and peak memory."""
    counts, speed = record.counts, record.throughput
    return [
        Card(wording.RECORDS_READ, quantity(counts.records_in)),
        Card(wording.WRITTEN, quantity(counts.written), tone="good" if counts.written else "plain"),
        Card(wording.REJECTED, quantity(counts.rejected), tone="warn" if counts.rejected else "plain"),
        Card(wording.TIME, duration(speed.seconds)),
        Card(
            wording.RATE, wording.PER_SECOND.format(size=file_size(speed.input_bytes_per_second or 0)), wording.OF_INPUT
        ),
        Card(wording.PEAK_MEMORY, file_size(record.peak_memory_bytes), wording.ALL_PROCESSES),
    ]


def link_to_rejects(doors: Doors, run_id: str) -> None:
    """The way to what a run could not read."""
    doors.link(wording.TO_REJECTS, Screen.REJECTS, {"run": run_id})


def _rejects_kept(run: RunDirectory) -> bool:
    path = run.file("rejects.jsonl")
    return path.is_file() and path.stat().st_size > 0


def show_headline(run: RunDirectory, status: RunStatus) -> None:
    """State, id, user and start of a run in one line."""
    facts, config = run.metadata() or run.progress(), run.config() or RunSettings()
    inputs = config.inputs
    words = [
        wording.BY_USER.format(user=config.user) if config.user else "",
        moment(facts.started_at) if facts and facts.started_at else "",
        ", ".join(Path(name).name for name in inputs[:3]) + (" …" if len(inputs) > 3 else ""),
    ]
    markup.show(
        "headline.html",
        status=markup.status_word(status),
        tone=markup.TONES[status],
        run_id=run.run_id,
        facts=" · ".join(filter(None, words)),
    )


def show_limits(limits: Sequence[LimitUse]) -> None:
    """What a run has used of each of its limits; nothing for one of a version that had none."""
    if limits:
        markup.section(wording.LIMITS)
        markup.show("meters.html", meters=limit_meters(limits))


def show_summary(doors: Doors, run: RunDirectory) -> None:
    """The outcome of a run that is over: error, numbers, links and files."""
    record = run.metadata() or RunRecord(run.run_id)
    if record.error is not None and record.error.message:
        cancelled = record.status is RunStatus.CANCELLED
        markup.notice(
            record.error.message, tone="warn" if cancelled else "bad", title="" if cancelled else wording.WENT_WRONG
        )
    show_resume(doors, run)
    markup.cards(summary_cards(record))
    show_limits(ceilings.limits_of(run))
    show_attempts(record.attempts)
    with st.container(horizontal=True):
        if run.report.is_file():
            doors.link(wording.TO_REPORT, Screen.REPORT, {"run": run.run_id})
        if _rejects_kept(run):
            link_to_rejects(doors, run.run_id)
        if record.analytics is not None and record.analytics.status == "success":
            doors.link(wording.TO_ANALYTICS, Screen.ANALYTICS, {"run": run.run_id})
        if doors.launch_refusal is None and run.config():
            doors.link(wording.TO_AGAIN, Screen.LAUNCH, {"from": run.run_id})
    files = run_files(run, doors)
    if files:
        markup.section(wording.FILES_TITLE, wording.FILES_LEAD)
        markup.show("files.html", files=files)
