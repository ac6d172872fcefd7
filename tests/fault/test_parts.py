"""Runs with `--parts` killed at any moment: gone on from to the same parts, exchanged as a whole, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import ENGINE, PROJECT_ROOT
from etl_batch.files.commit import backups_of, manifest_folder
from etl_batch.files.parted import MANIFEST
from etl_batch.recovering import KEPT_SECONDS
from etl_batch.runs.processes.verdict import CHECKPOINTS
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.integration.engine.conftest import Home
from tests.parts import Parts, write_large
from tests.support import copied
from tests.waiting import until

Write = Callable[[str, bytes | str], Path]
CHUNK_BYTES = 500_000
SMALL, MORE = "a,b\n1,old\n", "a,b\n1,new\n2,newer\n"


@pytest.fixture
def large(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """An input for several parts, in the home."""
    return copied(made_once(write_large), home.path) / "data" / "large.csv"


def arguments(home: Home, source: Path, name: str = "x") -> list[str]:
    """Some forty chunks, and some five parts, for two workers."""
    output = home.output / f"{name}.csv"
    sizes = ["-w", "2", "--chunk-bytes", str(CHUNK_BYTES)]
    return ["-i", str(source), "-o", str(output), *sizes, "--parts", "--quiet"]


def run_ids(home: Home) -> set[str]:
    """The runs of the home."""
    folder = home.output / "runs"
    return {path.name for path in folder.iterdir() if path.name.startswith("2")} if folder.exists() else set()


def killed_at(home: Home, command: list[str], chunks: int) -> None:
    """Start a command and kill it once its run has so many chunks in their places."""
    assert stopped(home, command, chunks, signal.SIGKILL) == -signal.SIGKILL


def stopped(home: Home, command: list[str], chunks: int, number: signal.Signals) -> int:
    """Start a command and send it a signal once its run has come so far; returns its exit code."""
    before = run_ids(home) - set(command)
    process = subprocess.Popen(
        [sys.executable, str(ENGINE), *command],
        env=os.environ | {"ETL_HOME": str(home.path)},
        stdout=subprocess.DEVNULL,
    )

    def far_enough() -> bool:
        assert process.poll() is None, "it ended before it was far enough"
        for run_id in run_ids(home) - before:
            path = home.output / "runs" / run_id / "progress.json"
            found = json.loads(path.read_text()) if path.exists() else {"pid": 0}
            if found["pid"] == process.pid and found["chunks_done"] >= chunks:
                return True
        return False

    until(far_enough)
    process.send_signal(number)
    return process.wait()


def killed(home: Home, source: Path, chunks: int) -> str:
    """The id of a run that is killed there."""
    before = run_ids(home)
    killed_at(home, arguments(home, source), chunks)
    (run_id,) = run_ids(home) - before
    return run_id


def staged_of(home: Home, run_id: str) -> Path:
    """The folder that a run fills."""
    return home.output / f".x.parquet.{run_id}.tmp"


def metadata_of(home: Home, run_id: str) -> dict[str, Any]:
    """What a run has left."""
    found: dict[str, Any] = json.loads((home.output / "runs" / run_id / "metadata.json").read_text())
    return found


def nothing_left(home: Home) -> None:
    """Nothing that is staged, and nothing that a run has kept for one that goes on with it."""
    names = [path.name for path in home.path.rglob("*")]
    assert not [name for name in names if name.endswith((".tmp", "turns.bin", CHECKPOINTS))]
    assert not list((home.output / "runs" / ".open").iterdir())
    assert not list(manifest_folder(home.path).iterdir())


def gone_on_with(home: Home, run_id: str, whole: dict[str, Any]) -> None:
    """`etl resume` comes to what an undisturbed run has come to."""
    outcome = home.etl("resume", run_id, "--json")
    assert outcome.code == 0, outcome.err
    until(lambda: not RunDirectory(home.path, run_id).alive())  # its last word is said before it has cleared up
    parts = Parts(home.parquet())
    assert parts.digests == Parts(home.parquet("whole")).digests
    found = metadata_of(home, run_id)
    parts.agrees(found)
    assert (found["status"], found["counts"]) == ("success", whole["counts"])
    assert found["outputs"]["csv"]["sha256"] == whole["outputs"]["csv"]["sha256"]
    assert found["analytics"] == whole["analytics"]
    nothing_left(home)


@pytest.fixture
def whole(home: Home, large: Path) -> dict[str, Any]:
    """The metadata of an undisturbed run, of several parts."""
    found = home.run(*arguments(home, large, "whole"), name="whole")
    assert len(Parts(home.parquet("whole")).files) >= 4
    return found


@pytest.mark.parametrize("chunks", [3, 12, 25])
def test_a_killed_run_is_gone_on_with(home: Home, large: Path, whole: dict[str, Any], chunks: int) -> None:
    """Killed in the first part and in later ones: until the end the old folder stands, and then it is the backup."""
    home.run("-i", home.path / "data" / "large.csv", "--parts", "--chunk-bytes", 4 << 20)
    old = Parts(home.parquet()).contents
    run_id = killed(home, large, chunks)
    assert Parts(home.parquet()).contents == old
    assert staged_of(home, run_id).is_dir()
    gone_on_with(home, run_id, whole)
    (backup,) = backups_of(home.parquet())
    assert Parts(backup).contents == old


@pytest.mark.parametrize("moments", [(5, 20), (20, 25), (24, 26, 28)])
def test_killed_again_and_again(home: Home, large: Path, whole: dict[str, Any], moments: tuple[int, ...]) -> None:
    """Whichever part it was in each time: each part is there in the end, under its name and with its rows."""
    run_id = killed(home, large, moments[0])
    for chunks in moments[1:]:
        killed_at(home, ["resume", run_id, "--quiet"], chunks)
    gone_on_with(home, run_id, whole)


@pytest.mark.parametrize("way", ["SIGTERM", "timeout", "output limit"])
def test_a_run_that_is_stopped_leaves_nothing(home: Home, large: Path, write: Write, way: str) -> None:
    """By a signal, the clock or a limit: the folder that it was filling is gone, and the old one stands."""
    home.run("-i", write("small.csv", SMALL), "--parts")
    old, command = Parts(home.parquet()).contents, arguments(home, large)
    if way == "output limit":
        (home.path / ".secrets" / "limits.json").write_text(json.dumps({"output_bytes": 25_000_000}))
    code = {"SIGTERM": 7, "timeout": 6, "output limit": 5}[way]
    if way == "SIGTERM":
        assert stopped(home, command, 12, signal.SIGTERM) == code
    else:
        outcome = home.etl(*command, *(["--timeout", 0.4] if way == "timeout" else []))
        assert outcome.code == code, outcome.err
    assert Parts(home.parquet()).contents == old
    assert backups_of(home.parquet()) == []
    until(lambda: not list((home.output / "runs" / ".open").iterdir()))
    nothing_left(home)


DAMAGES = [
    "first part",
    "second part",
    "part gone",
    "link",
    "second name",
    "fifo",
    "folder",
    "other file",
    "gone",
    "file",
]


def damage_part(home: Home, run_id: str, damage: str) -> None:
    """Do something to what a killed run has staged."""
    staged = staged_of(home, run_id)
    first, second = (staged / f"part-{part:05}-{run_id}.parquet" for part in (0, 1))
    if damage in ("first part", "second part"):
        with (first if damage == "first part" else second).open("r+b") as file:
            file.seek(1_000_000)
            file.write(b"lost")
    elif damage == "other file":
        (staged / "part-00099-other.parquet").write_bytes(b"of somebody else")
        (staged / MANIFEST).write_bytes(b"forged")
    elif damage in ("gone", "file"):
        staged.rename(home.path / "taken")
        if damage == "file":
            staged.write_bytes(b"PAR1")
    else:
        first.rename(home.path / "taken")
        if damage == "link":
            first.symlink_to(home.path / "taken")
        elif damage == "second name":
            os.link(home.path / "taken", first)
        elif damage == "fifo":
            os.mkfifo(first)
        elif damage == "folder":
            first.mkdir()


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_there_no_more_is_done_again(home: Home, large: Path, whole: dict[str, Any], damage: str) -> None:
    """Bytes and files that were lost or changed since, and what somebody has put in their place: done again."""
    run_id = killed(home, large, 20)
    damage_part(home, run_id, damage)
    taken = home.path / "taken"
    before = taken.read_bytes() if taken.is_file() else b""
    gone_on_with(home, run_id, whole)
    assert not taken.is_file() or taken.read_bytes() == before


@pytest.mark.parametrize("damage", ["first part", "second part"])
def test_a_part_that_is_lost_between_two_attempts(home: Home, large: Path, whole: dict[str, Any], damage: str) -> None:
    """What the first attempt had come to is held against its digests in the third one too."""
    run_id = killed(home, large, 20)
    killed_at(home, ["resume", run_id, "--quiet"], 26)
    damage_part(home, run_id, damage)
    gone_on_with(home, run_id, whole)


CLOSED = """
import os, sys
from etl_batch.cli.main import main
from etl_batch.sinks.parquet_file import ParquetPartsSink
real = ParquetPartsSink.seal
def seal(*arguments):
    if "after" in sys.argv[1]:
        real(*arguments)
    os.kill(os.getpid(), 9)
ParquetPartsSink.seal = seal
when = sys.argv[1]
main(sys.argv[2:])
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_when_all_parts_are_closed(home: Home, large: Path, whole: dict[str, Any], when: str) -> None:
    """Their footers are there, and the manifest may be: what is gone on from is cut off and closed once more."""
    process = subprocess.run(
        [sys.executable, "-c", CLOSED, when, *arguments(home, large)],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)},
        check=False,
    )
    assert process.returncode == -9
    run_id = max(run_ids(home))
    assert (staged_of(home, run_id) / MANIFEST).exists() is (when == "after")
    gone_on_with(home, run_id, whole)


@pytest.mark.parametrize("who", ["same output", "other output", "prune"])
def test_what_a_killed_run_has_staged_goes(home: Home, large: Path, write: Write, who: str) -> None:
    """At once when its place is needed, else after a day, for whoever goes on with the run, with all that is in it."""
    run_id, source = killed(home, large, 12), write("small.csv", SMALL)
    commands: dict[str, list[object]] = {
        "same output": ["-i", source, "-o", home.output / "x.csv", "--parts", "--quiet"],
        "other output": ["-i", source, "-o", home.output / "y.csv", "--parts", "--quiet"],
        "prune": ["runs", "prune", "--older-than", "30", "--yes"],
    }
    note = home.output / "runs" / ".open" / run_id
    for age in (0.0, KEPT_SECONDS + 10):
        if note.exists():
            os.utime(note, (time.time() - age,) * 2)
        outcome = home.etl(*commands[who])
        assert outcome.code == 0, outcome.err
        assert staged_of(home, run_id).exists() is (who != "same output" and age == 0.0)
    assert not note.exists()
    names = [path.name for path in home.path.rglob("*")]
    assert not [name for name in names if name.endswith((".tmp", CHECKPOINTS))]


STEPS = 71
"""Calls of the system between the word that a run is about to publish and its end that this looks at."""
EXCHANGE = 42
"""The one that puts the folder in its place."""
KILLED = """
import os, sys
from pathlib import Path
from etl_batch import publishing
from etl_batch.cli.main import main
from etl_batch.files import commit as commits
steps, calls = int(sys.argv.pop(1)), 0
real_commit = publishing._commit
def stopping(real):
    def call(*arguments, **keywords):
        global calls
        calls += 1
        if calls == steps:
            os.kill(os.getpid(), 9)
        return real(*arguments, **keywords)
    return call
def told(real):
    def call(*arguments):
        print("exchange", calls)
        return real(*arguments)
    return call
def commit(*arguments):
    for name in ("fsync", "link", "rename", "open", "unlink", "rmdir"):
        setattr(os, name, stopping(getattr(os, name)))
    for name in ("replace", "unlink"):
        setattr(Path, name, stopping(getattr(Path, name)))
    commits.exchange = stopping(told(commits.exchange))
    real_commit(*arguments)
    print("calls", calls)
publishing._commit = commit
sys.exit(main())
"""


def run_killed_at(home: Home, source: Path, step: int) -> subprocess.CompletedProcess[str]:
    """A run that is killed before that step of its commit."""
    command = [sys.executable, "-c", KILLED, step, "-i", source, "-o", home.output / "x.csv", "--parts", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)}
    return subprocess.run(list(map(str, command)), env=environment, check=False, capture_output=True, text=True)


@pytest.fixture(params=["over a folder", "over a file"])
def before(request: pytest.FixtureRequest, home: Home, write: Write) -> dict[str, bytes] | bytes:
    """An earlier run's Parquet output."""
    in_parts = request.param == "over a folder"
    home.run("-i", write("old.csv", SMALL), *(["--parts"] if in_parts else []))
    return standing(home.parquet())


def standing(path: Path) -> dict[str, bytes] | bytes:
    """A file, or what is in a folder."""
    return Parts(path).contents if path.is_dir() else path.read_bytes()


@pytest.mark.parametrize("step", sorted({*range(1, STEPS + 1, 5), *range(EXCHANGE, EXCHANGE + 4)}))
def test_a_run_killed_in_its_commit(home: Home, write: Write, before: dict[str, bytes] | bytes, step: int) -> None:
    """The target is the whole old one or the whole new one; whoever comes next has all outputs and the record agree."""
    source = write("new.csv", MORE)
    process = run_killed_at(home, source, step)
    assert process.returncode == -9, process.stderr
    run_id = max(run_ids(home))
    at_once = standing(home.parquet())
    if at_once != before:
        assert [part.rows for part in Parts(home.parquet()).manifest.parts] == [2]
        assert Parts(home.parquet()).manifest.run_id == run_id
    metadata: dict[str, Any] = home.etl("runs", "show", run_id, "--json").json
    published = home.csv() == MORE.encode()
    assert (metadata["status"] == "success") is published
    log = AuditLog(home.path).tail(100)
    ends = [each["outcome"] for each in log if (each["action"], each["target"]) == ("run.finish", run_id)]
    assert ends == (["success"] if published else [])
    if published:
        Parts(home.parquet()).agrees(metadata)
        (backup,) = backups_of(home.parquet())
        assert standing(backup) == before
    else:
        assert standing(home.parquet()) == at_once == before
        assert backups_of(home.parquet()) == []
    Parts(home.parquet()).agrees(home.run("-i", source, "--parts"))
    nothing_left(home)


def test_every_step_was_tried(home: Home, write: Write) -> None:
    """A commit over a folder has just the steps that are cut off above."""
    home.run("-i", write("old.csv", SMALL), "--parts")
    process = run_killed_at(home, write("new.csv", MORE), 0)
    said = {f"calls {STEPS}", f"exchange {EXCHANGE}"}
    assert (process.returncode, said <= {*process.stdout.splitlines()}) == (0, True), process
