"""Summary of a run that is over: what came of it, its files and where to read on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from etl_batch.datasets.listing import backup_of, standing
from etl_batch.files.parted import ARCHIVE
from etl_batch.model import RunStatus
from etl_batch.record.originals import name_of
from etl_batch.record.progress import LimitUse
from etl_batch.record.run import OutputRecord, RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import NOTHING, counted, duration, file_size, moment, quantity, visible
from etl_batch.runs.history.outputs import Written, every_output, maker_of
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores.url import Url, path_of
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card, Tone
from etl_batch.ui.shared.progress import limit_meters, record_cards
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
    writers = every_output(run.home)
    found = [_output(run, name, output, writers, doors) for name, output in record.outputs.items()]
    for path, what in [(run.file(name), what) for name, what in wording.RUN_FILES] + [
        (run.report, wording.REPORT_FILE)
    ]:
        if path.is_file() and path.stat().st_size:
            found.append(
                RunFile(path.name, str(path), what, file_size(path.stat().st_size), _url(run, path.name, doors))
            )
    return found


def _output(
    run: RunDirectory, name: str, output: OutputRecord, writers: Mapping[Path, Sequence[Written]], doors: Doors
) -> RunFile:
    path = path_of(output.path)
    kind, size = wording.KINDS.get(name, name), file_size(output.bytes)
    # Of an object nobody asks its store before somebody wants it.
    if isinstance(path, Url) or _stands(run, output, writers.get(path, ())):
        what = counted(output.rows, "row")
        if output.parts is not None:
            kind = wording.IN_PARTS.format(kind=kind, parts=counted(output.parts.number, "part"))
        url = _url(run, download_name(path, in_parts=output.parts is not None), doors)
        return RunFile(path.name, str(path), wording.KIND_AND.format(kind=kind, what=what), size, url)
    backup = backup_of(run.metadata() or RunRecord(run.run_id), name)
    if backup is None:
        what = wording.REPLACED if path.exists() else wording.MISSING
        return RunFile(path.name, str(path), wording.KIND_AND.format(kind=kind, what=what), size, None)
    what = wording.KIND_AND.format(kind=kind, what=wording.KEPT_AS.format(backup=backup.name))
    url = doors.backup_url(run.run_id, backup.name) if doors.backup_url is not None else None
    return RunFile(path.name, str(backup), what, size, url)


def _stands(run: RunDirectory, output: OutputRecord, writers: Sequence[Written]) -> bool:
    """Whether what a run has written still stands there: of the same size, and no other run's."""
    path = Path(output.path)
    found = standing(path)
    if found is None or found.st_size != (output.bytes if output.parts is None else output.parts.manifest_bytes):
        return False
    maker = maker_of(found, writers)
    return maker is None or maker.run_id == run.run_id


def download_name(path: Path, *, in_parts: bool) -> str:
    """What an output is called as one download."""
    return f"{path.name}{ARCHIVE}" if in_parts else path.name


def _url(run: RunDirectory, name: str, doors: Doors) -> str | None:
    return doors.file_url(run.run_id, name) if doors.file_url else None


def summary_cards(record: RunRecord) -> list[Card]:
    """Records by their fate, time, rate and peak memory."""
    speed = record.throughput
    return [
        *_record_cards(record),
        Card(wording.TIME, duration(speed.seconds)),
        Card(wording.RATE, _rate(speed.input_bytes_per_second), wording.OF_INPUT),
        Card(wording.PEAK_MEMORY, file_size(record.peak_memory_bytes), wording.ALL_PROCESSES),
    ]


def _rate(bytes_per_second: float | None) -> str:
    """Nothing is said of a run that came to no reading."""
    return wording.PER_SECOND.format(size=file_size(bytes_per_second)) if bytes_per_second else NOTHING


def _record_cards(record: RunRecord) -> list[Card]:
    """Of a run that is no success what it had written is gone: how far it had read is all that is true."""
    counts = record.counts
    if record.status is RunStatus.SUCCESS:
        tone: Tone = "good" if counts.written else "plain"
        return record_cards(counts, Card(wording.WRITTEN, quantity(counts.written), tone=tone))
    rejected: Tone = "warn" if counts.rejected else "plain"
    return [
        Card(wording.READ_SO_FAR, quantity(counts.records_in), wording.NOTHING_PUBLISHED),
        Card(wording.REJECTED, quantity(counts.rejected), tone=rejected),
    ]


def link_to_rejects(doors: Doors, run_id: str) -> None:
    """The way to what a run could not read."""
    doors.link(wording.TO_REJECTS, Screen.REJECTS, {"run": run_id})


def _rejects_kept(run: RunDirectory) -> bool:
    path = run.file("rejects.jsonl")
    return path.is_file() and path.stat().st_size > 0


def show_headline(run: RunDirectory, status: RunStatus) -> None:
    """State, id, user and start of a run in one line."""
    record, config = run.metadata(), run.config() or RunSettings()
    facts = record or run.progress()
    inputs = [name_of(run.home, each, record.inputs if record else ()) for each in config.inputs[:4]]
    words = [
        wording.BY_USER.format(user=config.user) if config.user else "",
        moment(facts.started_at) if facts and facts.started_at else "",
        ", ".join(visible(name, 80) for name in inputs[:3]) + (" …" if len(inputs) > 3 else ""),
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
