"""A run on a disk that loses what was not synced, and what whoever comes next must make of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from etl_batch.security.audit import AuditLog
from tests.fault.crashing_disk import Crash, build, left_of
from tests.fault.failing_runs import NEW, OLD, Ended, command, later, recorded, run_of, runs_of
from tests.fault.recorded_calls import Content, Operation, Recorder, Recording

CASES = ("replaced", "first")
"""A run over the outputs of another one, and the first one of a home."""
WAYS = ("list", "resume", "run")
"""Whoever comes first: `etl runs list`, `etl resume`, the next run."""
OUTPUTS = ("x.csv", "x.parquet")
Outputs = dict[str, bytes | None]


@dataclass(frozen=True)
class Recorded:
    """A run that was recorded, call by call."""

    case: str
    home: Path
    recording: Recording
    run_id: str
    old: Outputs
    new: Outputs

    def call_before(self, point: int) -> str:
        """The last operation before a point."""
        operations = self.recording.operations[:point]
        if not operations:
            return "nothing"
        last = operations[-1]
        return getattr(last, "call", None) or f"content of {getattr(last, 'node', '')}"

    @property
    def noted(self) -> int:
        """The point from which on the run is found by its note; what it leaves before goes with its folder."""
        return self.after("fsync output/runs/.open")

    def after(self, call: str) -> int:
        """The point after the first call of that pattern; the end for none."""
        calls = (number for number, each in enumerate(self.recording.operations, 1) if _is(each, call))
        return next(calls) if call else len(self.recording.operations)


def _is(operation: Operation, call: str) -> bool:
    return not isinstance(operation, Content) and fnmatchcase(operation.call, call)


@dataclass
class Tried:
    """A crash, and what was wrong with what it left."""

    case: str
    crash: Crash
    way: str
    call: str
    published: bool = False
    wrong: list[str] = field(default_factory=list)


def record(first: Path, case: str) -> Recorded:
    """Record a run in a copy of that home; the crashed disks are put where that copy stood."""
    home = first.parent / f"crashing-{case}"
    if case == "first":
        (home / "data").mkdir(parents=True)
        (home / "data" / "old.csv").write_text(OLD)
        (home / "data" / "new.csv").write_text(NEW)
    else:
        shutil.copytree(first, home)
    old, before = outputs_of(home), runs_of(home) if case == "replaced" else set()
    log = home.parent / f"{case}.recording"
    ended = command(home, run_of(home, "new.csv", "one"), Recorder(str(home), log))
    assert ended.code == 0, ended
    (run_id,) = runs_of(home) - before
    return Recorded(case, home, Recording.read(log), run_id, old, outputs_of(home))


def outputs_of(home: Path) -> Outputs:
    """What stands at the targets."""
    paths = {name: home / "output" / name for name in OUTPUTS}
    return {name: path.read_bytes() if path.exists() else None for name, path in paths.items()}


def attempt(run: Recorded, crash: Crash, way: str) -> Tried:
    """Put the disk of that crash there, have somebody come, and look at what stands then and after the next run."""
    disk = left_of(run.recording, crash)
    shutil.rmtree(run.home)
    run.home.mkdir(disk.folders[0])
    build(disk, run.home)
    (run.home / "data").mkdir(exist_ok=True)
    tried = Tried(run.case, crash, way, run.call_before(crash.point))
    asked = {"list": ["runs", "list"], "resume": ["resume", run.run_id, "--quiet"]}
    ended = command(run.home, asked.get(way) or run_of(run.home, "old.csv", "one"))
    tried.wrong += _said(ended, way)
    if way != "run":
        tried.wrong += _agrees(run, tried, ended)
    if crash.point < run.noted:
        for draft in (run.home / "output" / "runs" / run.run_id).glob(".*.tmp"):
            draft.unlink()
    tried.wrong += later(run.home, "one")
    if crash.point == len(run.recording.operations) and way != "run" and not tried.published:
        tried.wrong.append("what was said to be in place is not")
    return tried


def _said(ended: Ended, way: str) -> Iterator[str]:
    if "Traceback" in ended.out + ended.err or "internal error" in ended.err:
        yield f"a traceback: {ended.err}"
    if ended.code not in ({0, 2} if way == "resume" else {0}):
        yield f"{way}: exit {ended.code}: {ended.err}"


def _agrees(run: Recorded, tried: Tried, ended: Ended) -> Iterator[str]:
    """What disagrees once somebody has come."""
    now = outputs_of(run.home)
    tried.published = now == run.new
    if now not in (run.old, run.new):
        pairs = {"old": run.old, "new": run.new}
        yield f"no pair: {[[which for which in pairs if pairs[which][name] == now[name]] for name in now]}"
        return
    if tried.way == "resume" and (ended.code == 0) > tried.published:
        yield "resumed without outputs"
    runs = runs_of(run.home) if (run.home / "output" / "runs").is_dir() else set()
    if run.run_id in runs:
        shown = command(run.home, ["runs", "show", run.run_id, "--json"])
        yield from recorded(run.home, run.run_id, shown, tried.published)
    elif tried.published:
        yield "no record"
    if tried.published and None not in run.old.values():
        backups = [path.read_bytes() for path in (run.home / "output").glob("*.bak.*")]
        if not all(content in backups for content in run.old.values()):
            yield "no backup of what was replaced"
    if not tried.published and any(
        (each["action"], each["target"], each["outcome"]) == ("run.finish", run.run_id, "success")
        for each in AuditLog(run.home).tail(50)
    ):
        yield "on the audit log as a success"
    yield from _earlier(run)


def _earlier(run: Recorded) -> Iterator[str]:
    """Records of earlier runs that are not what they were."""
    for (_, name), node in run.recording.first.entries.items():
        content = run.recording.first.files.get(node)
        if name == "metadata.json" and content is not None:
            run_id = json.loads(content.data)["run_id"]
            path = run.home / "output" / "runs" / run_id / name
            if not path.exists() or path.read_bytes() != content.data:
                yield f"the record of {run_id} is another one"
