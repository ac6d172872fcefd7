"""Runs killed at any moment and gone on from: the same bytes, nothing left, and a sentence where that cannot be."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import ENGINE
from etl_batch.files.beneath import Place
from etl_batch.files.commit import locked
from etl_batch.runs.processes.verdict import CHECKPOINTS
from etl_batch.runs.record.directory import RunDirectory
from tests.commands import Outcome
from tests.integration.engine.conftest import Home
from tests.support import copied
from tests.waiting import until

ROWS = 60_000
CHUNK_BYTES = 60_000
SEED = 20_261_129


def write_input(folder: Path) -> None:
    """Rows of three columns, some of them bad, of which one is no number any more near the end."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    lines = (f"{n},{'abc'[n % 3]},{n * 0.25}\n" if n % 997 else f"{n},short\n" for n in range(ROWS))
    text = "id,k,v\n" + "".join(lines) + "0,a,=no number\n"
    (folder / "data" / "in.csv").write_text(text)


@pytest.fixture
def source(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """That input, in the home."""
    return copied(made_once(write_input), home.path) / "data" / "in.csv"


def arguments(home: Home, source: Path, name: str = "x") -> list[str]:
    """Some forty chunks for two workers."""
    output = home.output / f"{name}.csv"
    return ["-i", str(source), "-o", str(output), "-w", "2", "--chunk-bytes", str(CHUNK_BYTES), "--quiet"]


def killed(home: Home, source: Path, chunks: int) -> str:
    """The id of a run that is killed once so many chunks are on its checkpoints' side."""
    environment = os.environ | {"ETL_HOME": str(home.path)}
    process = subprocess.Popen(
        [sys.executable, str(ENGINE), *arguments(home, source)], env=environment, stdout=subprocess.DEVNULL
    )
    before = set(run_ids(home))

    def far_enough() -> bool:
        assert process.poll() is None
        for run_id in set(run_ids(home)) - before:
            path = home.output / "runs" / run_id / "progress.json"
            if path.exists() and json.loads(path.read_text())["chunks_done"] >= chunks:
                return True
        return False

    until(far_enough)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (run_id,) = set(run_ids(home)) - before
    return run_id


def run_ids(home: Home) -> list[str]:
    """The runs of the home."""
    folder = home.output / "runs"
    return [path.name for path in folder.iterdir() if path.name.startswith("2")] if folder.exists() else []


def metadata(home: Home, run_id: str) -> dict[str, Any]:
    """What a run has left."""
    found: dict[str, Any] = json.loads((home.output / "runs" / run_id / "metadata.json").read_text())
    return found


def same(home: Home, run_id: str, whole: dict[str, Any]) -> None:
    """The run has come to what an undisturbed one has come to, and has left nothing."""
    until(lambda: not RunDirectory(home.path, run_id).alive())  # its last word is said before it has cleared up
    assert home.csv() == home.csv("whole")
    found = metadata(home, run_id)
    assert (found["status"], found["counts"]) == ("success", whole["counts"])
    for name in ("csv", "parquet"):
        assert found["outputs"][name]["sha256"] == whole["outputs"][name]["sha256"]
    for name in ("sample.parquet", "rejects.jsonl"):
        theirs = (home.output / "runs" / whole["run_id"] / name).read_bytes()
        assert (home.output / "runs" / run_id / name).read_bytes() == theirs
    assert found["analytics"] == whole["analytics"]
    names = [path.name for path in home.path.rglob("*")]
    assert not [name for name in names if name.endswith((".tmp", "turns.bin", CHECKPOINTS))]
    assert not list((home.output / "runs" / ".open").iterdir())


def resumed(home: Home, run_id: str) -> Outcome:
    """`etl resume`."""
    return home.etl("resume", run_id, "--json")


def test_killed_again_and_again(home: Home, source: Path) -> None:
    """Killed at three moments one after the other, the last two while it is gone on with."""
    whole = home.run(*arguments(home, source, "whole"), name="whole")
    moments = sorted(random.Random(SEED).sample(range(2, 20), 3))
    (home.output / "x.csv").write_text("old\n")
    run_id = killed(home, source, moments[0])
    for chunks in moments[1:]:
        command = [sys.executable, str(ENGINE), "resume", run_id, "--quiet"]
        environment = os.environ | {"ETL_HOME": str(home.path)}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        progress = home.output / "runs" / run_id / "progress.json"
        until(
            lambda chunks=chunks, process=process, progress=progress: (
                process.poll() is not None  # type: ignore[misc]
                or (
                    (found := json.loads(progress.read_text()))["pid"] == process.pid and found["chunks_done"] >= chunks
                )
            )
        )
        assert process.poll() is None, SEED
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (home.output / "x.csv").read_text() == "old\n"
    outcome = resumed(home, run_id)
    assert outcome.code == 0, (SEED, outcome.err)
    same(home, run_id, whole)
    (note,) = [note for note in outcome.json["notes"] if "gone on from chunk" in note]
    assert int(note.split("chunk ")[1].split(";")[0]) >= 1


@pytest.mark.parametrize("damage", ["outputs", "rejects", "checkpoints", "forged", "gone", "link", "fifo"])
def test_what_is_there_no_more_is_done_again(home: Home, source: Path, damage: str) -> None:
    """Bytes that were lost or changed since, checkpoints that are torn or not ours: from before them, or from anew."""
    whole = home.run(*arguments(home, source, "whole"), name="whole")
    run_id = killed(home, source, 12)
    folder, staged = home.output / "runs" / run_id, home.output / f".x.csv.{run_id}.tmp"
    if damage == "outputs":
        with staged.open("r+b") as file:
            file.seek(CHUNK_BYTES * 3)
            file.write(b"lost")
    elif damage == "rejects":
        (folder / "rejects.jsonl").write_bytes(b"")
    elif damage == "checkpoints":
        content = (folder / CHECKPOINTS).read_bytes()
        (folder / CHECKPOINTS).write_bytes(content[: len(content) // 2])
    elif damage == "forged":
        (home.path / ".secrets" / "checkpoints.key").write_bytes(b"another key of another home....")
    elif damage == "link":
        staged.unlink()
        staged.symlink_to(source)
    elif damage == "fifo":
        (folder / CHECKPOINTS).unlink()
        os.mkfifo(folder / CHECKPOINTS)
    else:
        staged.unlink()
    outcome = resumed(home, run_id)
    assert outcome.code == 0, outcome.err
    same(home, run_id, whole)


@pytest.mark.parametrize(
    ("changed", "said"),
    [("input", "its input has changed"), ("settings", "its settings have changed"), ("engine", "another version")],
)
def test_another_run_is_refused(home: Home, source: Path, changed: str, said: str) -> None:
    """When the input, the settings or the engine are not what they were; nothing is published, and nothing is left."""
    (home.output / "x.csv").write_text("old\n")
    run_id = killed(home, source, 3)
    environment = {}
    if changed == "input":
        source.write_bytes(source.read_bytes().replace(b"short", b"shirt"))
    elif changed == "settings":
        path = home.output / "runs" / run_id / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 7}))
    else:
        hook = home.path / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(
            "import importlib.metadata as m\nreal = m.version\n"
            "m.version = lambda name: '0.0' if name == 'numpy' else real(name)\n"
        )
        environment = {"PYTHONPATH": str(hook)}
    command = [sys.executable, str(ENGINE), "resume", run_id]
    process = subprocess.run(
        command,
        env=os.environ | {"ETL_HOME": str(home.path)} | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (process.returncode, said in process.stderr) == (2, True), process.stderr
    assert "Traceback" not in process.stderr
    assert (home.output / "x.csv").read_text() == "old\n"
    assert metadata(home, run_id)["status"] == "failed"
    assert not [path for path in home.path.rglob("*") if path.name.endswith((".tmp", CHECKPOINTS))]


def test_what_stands_in_the_way_may_pass(home: Home, source: Path) -> None:
    """While somebody holds the output a resume is refused and the run stays as it was; afterwards it goes on."""
    whole = home.run(*arguments(home, source, "whole"), name="whole")
    run_id = killed(home, source, 12)
    home.etl("runs", "list")
    before = metadata(home, run_id)
    with locked([Place.of(home.output / "x.csv")]):
        outcome = resumed(home, run_id)
        assert (outcome.code, "being written by another run" in outcome.err) == (8, True), outcome.err
    assert metadata(home, run_id) == before
    outcome = resumed(home, run_id)
    assert outcome.code == 0, outcome.err
    same(home, run_id, whole)
    assert any("gone on from chunk" in note for note in outcome.json["notes"])


def test_runs_that_were_not_cut_off(home: Home, source: Path) -> None:
    """One that succeeded, one that failed by itself, one that is going on, and none at all."""
    done = home.run(*arguments(home, source, "whole"), name="whole")["run_id"]
    home.etl("-i", source, "-o", home.output / "x.csv", "--max-rejects", 1, "--quiet")
    (failed,) = set(run_ids(home)) - {done}
    for run_id, said in ((done, "(success)"), (failed, "(failed)"), ("nope", "No run")):
        outcome = resumed(home, run_id)
        assert (outcome.code, said in outcome.err) == (2, True), outcome.err
    assert metadata(home, done)["status"] == "success"
    environment = os.environ | {"ETL_HOME": str(home.path)}
    process = subprocess.Popen(
        [sys.executable, str(ENGINE), *arguments(home, source)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        until(
            lambda: len(run_ids(home)) == 3 and (home.output / "runs" / max(run_ids(home)) / "progress.json").exists()
        )
        process.send_signal(signal.SIGSTOP)
        outcome = resumed(home, max(run_ids(home)))
        assert (outcome.code, "still going on" in outcome.err) == (8, True), outcome.err
    finally:
        process.send_signal(signal.SIGCONT)
        process.wait()
    assert process.returncode == 0
