"""The index over all run directories of a home, newest first: listing, filtering and paging."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.record.originals import name_of
from etl_batch.record.progress import Progress
from etl_batch.record.run import RunRecord, Throughput
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import JsonObject, some_text
from etl_batch.runs.history import catalog, intervals
from etl_batch.runs.history.catalog import Found, Question, Stamp
from etl_batch.runs.record.directory import RunDirectory

_FEW = 500
"""So many runs are looked up by name; for more the whole index is read."""
_LOOK_BACK = 200
"""Runs that are looked at for one with the same inputs and outputs."""
_SELECT = (
    "SELECT run_id, status, user, started_at, seconds, inputs, written, rejected, error, layout, rerun_of, outputs,"
    " names, records, origin, replay_of FROM runs"
)


class Origin(StrEnum):
    """How the process of a run came to be."""

    DOOR = "door"
    """By a console, or an app with the dashboard in it."""
    COMMAND_LINE = "command line"
    RESUMED = "resumed"
    """It goes on with a try that ended before its time."""


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
    layout: str = ""
    rerun_of: str | None = None
    """The run that this one repeats with changes."""
    outputs: tuple[str, ...] = ()
    """Paths that the run was to write."""
    names: tuple[str, ...] = ()
    """What a person calls each of the inputs: an upload by the name that it had."""
    records: int = 0
    """Records read, so far where the run is not over."""
    origin: Origin = Origin.DOOR
    replay_of: str | None = None
    """The run whose rejects this one reads again."""

    @property
    def published(self) -> bool:
        """Whether its outputs are in place: what another run has written was thrown away."""
        return self.status is RunStatus.SUCCESS

    def to_json(self) -> JsonObject:
        """Plain values for `runs list --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to find; what is empty asks for nothing. Days are UTC and both ends belong to the range."""

    status: RunStatus | None = None
    user: str = ""
    input: str = ""
    """A part of an input's path, or of the name that it had before it was uploaded."""
    since: date | None = None
    until: date | None = None
    text: str = ""
    """Words that must all occur in run id, inputs, error, user, layout or state, whatever their case."""
    rerun_of: str = ""
    with_report: bool = False


@dataclass(frozen=True, slots=True)
class FoundRuns:
    """One page of the runs that fit, how many fit in all, and the users of all runs."""

    rows: tuple[RunRow, ...]
    total: int
    users: tuple[str, ...]


def run_ids(home: Path) -> list[str]:
    """All run ids of a home, newest first; a run id begins with its start time, so the names sort."""
    try:
        with os.scandir(_root(home)) as entries:
            return sorted((entry.name for entry in entries if _is_run(entry)), reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_run(entry: os.DirEntry[str]) -> bool:
    return entry.name[0] != "." and entry.name.isascii() and entry.is_dir(follow_symlinks=False)


def _root(home: Path) -> Path:
    return home / "output" / "runs"


def open_run(home: Path, run_id: str) -> RunDirectory:
    """The directory of an existing run; `latest` names the newest. Raises `UsageError` when there is none."""
    if run_id == "latest":
        ids = run_ids(home)
        if not ids:
            raise UsageError(sentences.runs.NONE_YET.format(folder=_root(home)))
        run_id = ids[0]
    run = RunDirectory(home, run_id)
    if not run.path.is_dir():
        raise UsageError(sentences.runs.NO_RUN.format(run_id=run_id, folder=run.path.parent))
    return run


def summarise(run: RunDirectory) -> RunRow:
    """One run's line, from its metadata or, while it runs, from its progress and configuration."""
    return _line(run).row


@dataclass(frozen=True, slots=True)
class _Line:
    """What the cache keeps of a run, as far as its files say."""

    row: RunRow
    over: bool
    """Whether the run has its final word."""
    held: str = ""
    """The intervals of its totals."""
    uploads: tuple[str, ...] = ()
    """The names of uploads that are not among those of the row: of files in a folder that was given."""


def _line(run: RunDirectory) -> _Line:
    record = run.metadata() or RunRecord(run.run_id)
    status = record.status
    config = record.config if record.config.values else run.config() or record.config
    if status is not None and status.final:
        uploads = tuple(_storable(each.original_name) for each in record.inputs if each.original_name)
        return _Line(_row(run, status, record, config), True, intervals.pack(record), uploads)
    progress = run.progress() or Progress(run.run_id)
    so_far = replace(
        record,
        started_at=record.started_at or progress.started_at,
        throughput=Throughput(progress.seconds),
        counts=progress.counts,
        attempts=progress.attempts,
    )
    return _Line(_row(run, run.status(), so_far, config), False)


def _row(run: RunDirectory, status: RunStatus, record: RunRecord, config: RunSettings) -> RunRow:
    rerun_of, error = record.rerun_of or config.rerun_of, record.error.message if record.error else ""
    # The layouts the inputs were read with, else the one that was asked for.
    layouts = ", ".join(dict.fromkeys(each.layout for each in record.inputs if each.layout)) or config.layout
    return RunRow(
        run_id=run.run_id,
        status=status,
        user=_storable(record.user or config.user),
        started_at=_storable(record.started_at),
        seconds=record.throughput.seconds,
        inputs=tuple(map(_storable, config.inputs)),
        written=record.counts.written,
        rejected=record.counts.rejected,
        error=_storable(error) or None,
        layout=_storable(layouts),
        rerun_of=_storable(rerun_of or "") or None,
        outputs=tuple(map(_storable, config.outputs)),
        names=tuple(_storable(name_of(run.home, each, record.inputs)) for each in config.inputs),
        records=record.counts.records_in,
        origin=_origin(run, record),
        replay_of=_storable(some_text(config.values.get("replay_of")) or "") or None,
    )


def _origin(run: RunDirectory, record: RunRecord) -> Origin:
    if record.attempts:
        return Origin.RESUMED
    # Asked of ten thousand runs when the index is made anew.
    launched, begun = (os.path.exists(f"{run.path}/{name}") for name in ("launch.json", "progress.json"))  # noqa: PTH110
    return Origin.DOOR if launched or not begun else Origin.COMMAND_LINE


def _storable(text: str) -> str:
    """Text that SQLite can store: files from elsewhere may hold halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def previous_run(home: Path, run_id: str, config: RunSettings) -> RunRecord | None:
    """The newest successful run before `run_id` with the same inputs and outputs; None for a first run."""
    for name in [name for name in run_ids(home) if name < run_id][:_LOOK_BACK]:
        run = RunDirectory(home, name)
        past = run.config()
        if past is None or (past.inputs, past.outputs) != (config.inputs, config.outputs):
            continue
        record = run.metadata()
        if record is not None and record.status is RunStatus.SUCCESS:
            return record
    return None


def list_runs(home: Path, limit: int | None = None) -> list[RunRow]:
    """The newest `limit` runs (all, when None), newest first."""
    if limit is None or limit > _FEW:
        return list(find_runs(home, limit=limit).rows)
    names = run_ids(home)[:limit]

    def refresh(connection: sqlite3.Connection) -> None:
        _refresh(connection, home, names, known=catalog.stamps(connection, names))

    def newest(connection: sqlite3.Connection) -> list[RunRow]:
        return _rows(connection.execute(f"{_SELECT} WHERE {catalog.NAMED}", [json.dumps(names)]))

    rows = catalog.ask(_root(home), refresh, newest) if names else []
    return sorted(rows, key=lambda row: row.run_id, reverse=True)


def find_runs(
    home: Path,
    wanted: RunFilter | None = None,
    limit: int | None = None,
    offset: int = 0,
    *,
    trusting: bool = False,
) -> FoundRuns:
    """The runs that fit, newest first, from number `offset` on and at most `limit` of them.

    `trusting`: the lines that are kept are not held against their files again, because that was done a moment ago.
    """
    names = run_ids(home)
    if not names:
        return FoundRuns((), 0, ())
    wanted = wanted or RunFilter()
    where, values = _conditions(wanted, _report_names(home) if wanted.with_report else ())

    def find(connection: sqlite3.Connection) -> FoundRuns:
        # The condition is made of constants; what a person typed is bound.
        total = connection.execute(f"SELECT count(*) FROM runs WHERE {where}", values).fetchone()[0]  # noqa: S608 - no input
        page = f"{_SELECT} WHERE {where} ORDER BY run_id DESC LIMIT ? OFFSET ?"
        rows = _rows(connection.execute(page, [*values, -1 if limit is None else limit, offset]))
        users = connection.execute("SELECT DISTINCT user FROM runs WHERE user <> '' ORDER BY user").fetchall()
        return FoundRuns(tuple(rows), total, tuple(user for (user,) in users))

    return catalog.ask(_root(home), _refresher(home, names, trusting=trusting), find)


def ask_index(home: Path, question: Question[Found], *, trusting: bool = False) -> Found:
    """Put a question to the index of a home, brought up to date first; `trusting` as in `find_runs`."""
    return catalog.ask(_root(home), _refresher(home, run_ids(home), trusting=trusting), question)


def coverage_so_far(home: Path, look_back: int = intervals.LOOK_BACK) -> intervals.CoverageSoFar:
    """Count the intervals of the newest `look_back` successful runs, from the index and without reading their files."""
    query = "SELECT intervals FROM runs WHERE status = 'success' AND intervals <> '' ORDER BY run_id DESC LIMIT ?"

    def find(connection: sqlite3.Connection) -> list[str]:
        return [text for (text,) in connection.execute(query, [look_back + 1])]

    return intervals.count(ask_index(home, find, trusting=True), look_back)


def count_runs(home: Path) -> dict[RunStatus, int]:
    """How many runs of the home stand in each state."""
    names = run_ids(home)

    def count(connection: sqlite3.Connection) -> dict[RunStatus, int]:
        rows = connection.execute("SELECT status, count(*) FROM runs GROUP BY status")
        return {RunStatus(status): number for status, number in rows}

    found = catalog.ask(_root(home), _refresher(home, names), count) if names else {}
    return dict.fromkeys(RunStatus, 0) | found


def _refresher(home: Path, names: list[str], *, trusting: bool = False) -> Callable[[sqlite3.Connection], None]:
    """What brings the cache up to date with all run directories."""

    def refresh(connection: sqlite3.Connection) -> None:
        known = catalog.stamps(connection)
        looked_at = [name for name in names if name not in known] if trusting else names
        _refresh(connection, home, looked_at, known, gone=known.keys() - set(names))

    return refresh


def _conditions(wanted: RunFilter, reports: Sequence[str]) -> tuple[str, list[object]]:
    """The filter as a condition over the cache's columns, and its values."""
    parts: list[tuple[str, object]] = [
        ("status = ?", wanted.status and str(wanted.status)),
        ("user = ?", wanted.user),
        ("instr(lower_inputs, ?)", wanted.input.casefold()),
        ("day >= ?", wanted.since and wanted.since.isoformat()),
        ("day <= ?", wanted.until and wanted.until.isoformat()),
        ("rerun_of = ?", wanted.rerun_of),
        *(("instr(words, ?)", word) for word in wanted.text.casefold().split()),
        (catalog.NAMED, json.dumps(reports) if wanted.with_report else None),
    ]
    used = [(condition, value) for condition, value in parts if value]
    return " AND ".join(condition for condition, _value in used) or "1", [value for _condition, value in used]


def _report_names(home: Path) -> list[str]:
    try:
        with os.scandir(home / "report") as entries:
            return [entry.name.removesuffix(".html") for entry in entries if entry.name.endswith(".html")]
    except OSError:
        return []


def _refresh(
    connection: sqlite3.Connection,
    home: Path,
    names: Iterable[str],
    known: Mapping[str, Stamp],
    gone: Iterable[str] = (),
) -> None:
    """Read the runs whose line is not kept, or no longer true; keep the lines of those that are over."""
    final, passing, forgotten = [], [], list(gone)
    root = str(_root(home))
    for name in names:
        # The stamp is taken first: a file replaced while it is read is read again next time.
        stamp = _stamp(f"{root}/{name}/metadata.json")
        if stamp is not None and known.get(name) == stamp:
            continue
        line = _line(RunDirectory(home, name))
        if line.over and stamp is not None:
            final.append(_packed(line, stamp))
            continue
        passing.append(_packed(line, (0, 0)))
        if name in known:
            forgotten.append(name)
    catalog.keep(connection, final, forgotten)
    catalog.show_passing(connection, passing)


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116  ten thousand of these are made for one list
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _packed(line: _Line, stamp: Stamp) -> tuple[object, ...]:
    """A line as the cache's columns have it."""
    row = line.row
    started = row.started_at[:10] or day_of(row.run_id)
    inputs = [*row.inputs, *dict.fromkeys((*row.names, *line.uploads))]
    words = [row.run_id, row.user, *inputs, row.error or "", row.layout, row.status.replace("_", " ")]
    return (
        row.run_id, *stamp, str(row.status), row.user, row.started_at, row.seconds, json.dumps(row.inputs),
        row.written, row.rejected, row.error, row.layout, row.rerun_of, json.dumps(row.outputs), started,
        "\n".join(inputs).casefold(), "\n".join(words).casefold(), line.held, json.dumps(row.names), row.records,
        str(row.origin), row.replay_of,
    )  # fmt: skip


def day_of(run_id: str) -> str:
    """The day in a run id as `2026-01-31`, or nothing when it has none."""
    try:
        return f"{datetime.strptime(run_id[:8], '%Y%m%d'):%Y-%m-%d}"  # noqa: DTZ007  a day has no zone
    except ValueError:
        return ""


def _rows(lines: sqlite3.Cursor) -> list[RunRow]:
    return [
        RunRow(
            run_id, RunStatus(status), user, started_at, seconds, tuple(json.loads(inputs)), written, rejected, error,
            layout, rerun_of, tuple(json.loads(outputs)), tuple(json.loads(names)), records, Origin(origin), replay_of,
        )
        for run_id, status, user, started_at, seconds, inputs, written, rejected, error, layout, rerun_of, outputs,
        names, records, origin, replay_of in lines
    ]  # fmt: skip
