"""A run of the engine whose Nth call of the system fails, and what it must leave, for tests and benchmarks."""

from __future__ import annotations

import errno
import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl_batch.cli.main import main as engine
from etl_batch.files.commit import manifest_folder
from etl_batch.runs.processes.verdict import CHECKPOINTS
from etl_batch.security.audit import AuditLog
from tests.fault.calls import Calls
from tests.fault.failing_calls import Failing

ERRORS = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EDQUOT", "EMFILE")}
OLD = "a,b\n1,old\n"
NEW = "a,b\n" + "".join(f"{number},new {number}\n" for number in range(3000)) + 'x,"y,z\n'
KINDS = {"one": ["-w", "1"], "two": ["-w", "2", "--chunk-bytes", "20000"]}
"""The run in one process, and with workers."""
EXPECTED = "expected.csv"
"""What the CSV of a run is that nothing fails in, beside the homes."""
_RUNS = ("output", "runs")
_LOADED = (
    "etl_batch.cli.estimate",
    "etl_batch.cli.run",
    "etl_batch.cli.verbs",
    "etl_batch.differences",
    "etl_batch.kernels.library",
    "etl_batch.reporting.changes",
    "etl_batch.reporting.context",
    "etl_batch.reporting.parts",
    "etl_batch.reporting.render",
    "jinja2",
    "pandas",
    "pyarrow.parquet",
)
"""What a run loads on its way: in each of a thousand processes it would take longer than the run."""


@dataclass
class Tried:
    """One run with a call that failed, and what was wrong with what it left."""

    kind: str
    error: str
    nth: int
    call: str
    code: int = 0
    message: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        """Whether the run had so many calls."""
        return bool(self.call)


@dataclass(frozen=True)
class Ended:
    """What a command has said."""

    code: int
    out: str
    err: str


@contextmanager
def template() -> Iterator[Path]:
    """A home with the outputs of an earlier run, and the input of the next."""
    for name in _LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve() / "first"
        for name in ("data", "output", "report", ".secrets"):
            (home / name).mkdir(parents=True)
        (home / "data" / "old.csv").write_text(OLD)
        (home / "data" / "new.csv").write_text(NEW)
        ended = command(home, run_of(home, "old.csv", "one"))
        assert ended.code == 0, ended
        other = shutil.copytree(home, home.parent / "other")
        ended = command(other, run_of(other, "new.csv", "one"))
        assert ended.code == 0, ended
        shutil.copy(other / "output" / "x.csv", home.parent / EXPECTED)
        yield home


def run_of(home: Path, name: str, kind: str) -> list[str]:
    """The arguments of a run to the home's outputs."""
    return ["-i", str(home / "data" / name), "-o", str(home / "output" / "x.csv"), "--quiet", *KINDS[kind]]


def command(home: Path, arguments: list[str], calls: Calls | None = None) -> Ended:
    """A command of the engine in a process of its own, forked from this one; `calls`: who looks at what it does."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            _be(home, arguments, calls, [out.fileno(), err.fileno()])
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


def _be(home: Path, arguments: list[str], calls: Calls | None, streams: list[int]) -> None:
    code = 99
    try:
        for number, descriptor in enumerate(streams, 1):
            os.dup2(descriptor, number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        os.environ["ETL_HOME"] = str(home)
        os.chdir(home)
        sys.argv = ["etl", *arguments]
        if calls is not None:
            calls.install()
        code = engine(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def attempt(first: Path, kind: str, error: str, nth: int, wanted: str = "") -> Tried:
    """Let one call fail in a copy of that home, and look at what is left then and after the next run."""
    home = first.parent / f"{kind}-{error}-{nth}"
    shutil.copytree(first, home)
    try:
        failing = Failing(str(home), nth, ERRORS[error], wanted)
        before = _outputs(home)
        earlier = runs_of(home)
        ended = command(home, run_of(home, "new.csv", kind), failing)
        tried = Tried(kind, error, nth, failing.failed, ended.code, ended.err)
        tried.wrong += [*_said(ended), *_left(home, before, earlier, ended), *later(home, kind)]
        return tried
    finally:
        shutil.rmtree(home)


def calls_of(first: Path, kind: str, wanted: str = "") -> int:
    """How many calls a run has that none fails of."""
    home = first.parent / f"{kind}-count"
    shutil.copytree(first, home)
    failing = Failing(str(home), -1, 0, wanted)
    assert command(home, run_of(home, "new.csv", kind), failing).code == 0
    shutil.rmtree(home)
    return failing.count


def _outputs(home: Path) -> dict[str, bytes]:
    return {name: (home / "output" / name).read_bytes() for name in ("x.csv", "x.parquet")}


def runs_of(home: Path) -> set[str]:
    """The ids of all runs."""
    return {path.name for path in home.joinpath(*_RUNS).iterdir() if path.name.startswith("2")}


def _said(ended: Ended) -> Iterator[str]:
    lines = ended.err.splitlines()
    settings = ended.code == 2 and "limits.json" in ended.err
    if ended.code not in (0, 3, 5) and not settings:
        yield f"exit {ended.code}"
    if "Traceback" in ended.out + ended.err or "internal error" in ended.err:
        yield "a traceback"
    if len(lines) != bool(ended.code) or any(not line.endswith(".") for line in lines):
        yield f"{len(lines)} lines"


def _left(home: Path, before: dict[str, bytes], earlier: set[str], ended: Ended) -> Iterator[str]:
    """What disagrees, after whoever comes next has had a look."""
    began = list(manifest_folder(home).glob("*.json")) if manifest_folder(home).is_dir() else []
    runs = runs_of(home) - earlier
    records = {run_id: command(home, ["runs", "show", run_id, "--json"]) for run_id in runs}
    after = _outputs(home)
    new = {name: after[name] != before[name] for name in before}
    published = all(new.values())
    if any(new.values()) and not published:
        yield f"one output of two: {new}"
    if published and after["x.csv"] != (home.parent / EXPECTED).read_bytes():
        yield "other rows"
    if (ended.code == 0) > published:
        yield "success without outputs"
    if ended.code and published and not began:
        yield "replaced by a run that failed"
    for run_id, shown in records.items():
        yield from recorded(home, run_id, shown, published)
    if published and not runs:
        yield "no record"


def recorded(home: Path, run_id: str, shown: Ended, published: bool) -> Iterator[str]:
    """What the record, the audit log and the report of a run say that the outputs do not."""
    if shown.code:
        yield f"not shown: {shown.err}"
        return
    record: dict[str, Any] = json.loads(shown.out)
    if (record["status"] == "success") is not published:
        yield f"record says {record['status']}, published: {published}"
    log = AuditLog(home)
    ends = [each["outcome"] for each in log.tail(50) if (each["action"], each["target"]) == ("run.finish", run_id)]
    if ends not in ([["success"]] if published else [[], ["failed"]]):
        yield f"audit log says {ends}, published: {published}"
    if published and run_id not in (home / "report" / "etl_quantum_report.html").read_text():
        yield "report of another run"


def later(home: Path, kind: str) -> Iterator[str]:
    """What the next run does not put right."""
    ended = command(home, run_of(home, "old.csv", kind))
    if ended.code:
        yield f"the next run failed: {ended.err}"
    verified = command(home, ["audit", "verify"])
    if verified.code:
        yield f"the audit log: {verified.out}{verified.err}"
    left = [path for name in ("output", "report", ".secrets") for path in (home / name).rglob("*")]
    names = [
        str(path.relative_to(home))
        for path in left
        if path.name.endswith((".tmp", "turns.bin", CHECKPOINTS)) or {".open", ".commit"} & {*path.parts[:-1]}
    ]
    if names:
        yield f"left: {names}"
