"""A power cut in a run, on a disk that loses what was not synced: a sample, and the models of the disk themselves.

`python benchmarks/crashing_disk.py` tries all.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from tests.fault.crashing_disk import LAST, LOST, MODELS, Crash, build, crashes, left_of
from tests.fault.recorded_calls import Content, Names, Recording, Seen, Sync

EMPTY = Seen(folders={0: 0o700})
TRIED = 6
"""Each takes a second, with what follows it."""
NAMED = [
    # The manifest stands, and the names of what it is about, and of the run's folder, were not synced by themselves.
    ("first", "anything", "all lost", "fsync output/runs/.commit", "list"),
    ("replaced", "anything", "all lost", "fsync output/runs/.commit", "resume"),
    # The first output is in place, its backup's name was not synced by itself.
    ("replaced", "anything", "last name kept", "rename output/.x.csv.*", "list"),
    # All is staged and no manifest stands; the progress, which lists what is staged, was never synced.
    ("replaced", "ordered", "all lost", "fsync output/runs/.commit/*.tmp", "run"),
    # A key has its name, and its draft has its own still.
    ("first", "ordered", "all kept", "link .secrets/.checkpoints.key.*", "run"),
    # The manifest is gone for good, and of all else only what was synced is there.
    ("first", "anything", "last name kept", "unlink output/runs/.commit/*", "list"),
    # All was said.
    ("first", "anything", "all lost", "", "list"),
    ("replaced", "anything", "all lost", "", "resume"),
]
"""Run, file system, what it keeps, the last call before the power goes (none: all were made), who comes first."""
SEED = int(os.environ.get("ETL_FAULT_SEED") or random.SystemRandom().randrange(1_000_000))
SAMPLE = """
import json, random, sys
from dataclasses import asdict
from tests.fault import crashed_runs, failing_runs
from tests.fault.crashing_disk import MODELS, Crash
chance, number = random.Random(int(sys.argv[1])), int(sys.argv[2])
def tried(run, crash, way):
    print(json.dumps(asdict(crashed_runs.attempt(run, crash, way))), flush=True)
with failing_runs.template() as first:
    runs = {case: crashed_runs.record(first, case) for case in crashed_runs.CASES}
    for case, model, keeps, call, way in json.loads(sys.argv[3]):
        tried(runs[case], Crash(model, runs[case].after(call), keeps), way)
    for _ in range(number):
        run = chance.choice([*runs.values()])
        point = chance.randint(0, len(run.recording.operations))
        crash = Crash(chance.choice(MODELS), point, f"random {chance.randrange(1_000_000)}")
        tried(run, crash, chance.choice(crashed_runs.WAYS))
"""


def test_a_sample_of_all_crashes() -> None:
    """Old pair or new pair, record and log agree, nothing stays; what was said to be in place is."""
    # In a process of its own: what is forked must not have the threads of the tests.
    command = [sys.executable, "-c", SAMPLE, str(SEED), str(TRIED), json.dumps(NAMED)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (SEED, done.stderr)
    tried = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(tried) == TRIED + len(NAMED)
    assert [each for each in tried if each["wrong"]] == [], SEED
    # From the manifest on there is no way back, before it nothing has happened.
    assert [each["published"] for each in tried[: len(NAMED)]] == [True, True, True, False, False, True, True, True]


def recorded(home: Path, work: str) -> Recording:
    """What some lines of Python do to a home, in a process of its own."""
    log = home.parent / "recording"
    subprocess.run([sys.executable, "-c", RECORDED + work, home, log], cwd=PROJECT_ROOT, check=True)
    return Recording.read(log)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one file."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "a").write_text("old")
    return tmp_path / "home"


RECORDED = """
import os, sys
from pathlib import Path
from tests.fault.recorded_calls import Recorder
home = Path(sys.argv[1])
Recorder(str(home), Path(sys.argv[2])).install()
"""
REPLACED = """
with open(home / "b", "w") as file:
    file.write("new")
    if synced:
        file.flush()
        os.fsync(file.fileno())
os.rename(home / "b", home / "a")
"""


def disks(recording: Recording, model: str, target: Path, chances: int = 30) -> set[str]:
    """What the files hold after crashes at the very end."""
    found = set()
    end = len(recording.operations)
    every = [*LOST, *(f"random {number}" for number in range(chances))]
    for number, keeps in enumerate(every):
        folder = target / f"{model}-{number}"
        folder.mkdir()
        build(left_of(recording, Crash(model, end, keeps)), folder)
        found.add(" ".join(f"{path.name}={path.read_text()}" for path in sorted(folder.iterdir())))
    return found


@pytest.mark.parametrize("model", MODELS)
def test_a_rename_without_a_sync(home: Path, tmp_path: Path, model: str) -> None:
    """The new name may be there without the data; with the data synced it holds the old or the new text."""
    loose = disks(recorded(home, "synced = False" + REPLACED), model, tmp_path)
    assert {"a=old", "a=", "a=new"} <= loose
    (home / "a").write_text("old")
    (tmp_path / "synced").mkdir()
    synced = disks(recorded(home, "synced = True" + REPLACED), model, tmp_path / "synced")
    # In order the file that was synced has its first name at least; else names come and go as they like.
    assert synced == {"ordered": {"a=old b=new", "a=new"}, "anything": {"a=old", "a=old b=new", "a=new"}}[model]


@pytest.mark.parametrize("model", MODELS)
def test_a_folder_that_is_synced(home: Path, tmp_path: Path, model: str) -> None:
    """Nothing that was synced is lost, whatever else is."""
    work = "synced = True" + REPLACED + "folder = os.open(home, os.O_RDONLY)\nos.fsync(folder)\n"
    assert disks(recorded(home, work), model, tmp_path) == {"a=new"}


def test_names_in_order_and_at_will() -> None:
    """In order there is never a later name without the earlier; at will there is."""
    makes = [Names("open a", (((0, "a"), 1),)), Names("open b", (((0, "b"), 2),))]
    recording = Recording(EMPTY, tuple(makes))
    found = {
        model: {frozenset(left_of(recording, crash).entries) for crash in crashes(recording, model, 20, 0)}
        for model in MODELS
    }
    a, b = (0, "a"), (0, "b")
    assert found["ordered"] == {frozenset(), frozenset([a]), frozenset([a, b])}
    assert found["anything"] == {*found["ordered"], frozenset([b])}
    assert set(left_of(recording, Crash("anything", 2, LAST)).entries) == {b}
    assert set(left_of(recording, Crash("ordered", 2, LAST)).entries) == {a, b}


def test_torn_data() -> None:
    """Blocks that were not synced are old, new or zeros, each by itself; in order a file that grows is cut short."""
    old, new = b"o" * 8192, b"n" * 12288
    grown = old + b"n" * 4096
    made = [Content(1, old, 0, 0o600), Names("open a", (((0, "a"), 1),)), Sync("fsync a", 1), Sync("fsync", 0)]
    torn = Recording(EMPTY, (*made, Content(1, new, 0, 0o600)))
    longer = Recording(EMPTY, (*made, Content(1, grown, 0, 0o600)))
    found = {left_of(torn, Crash("anything", 5, f"random {number}")).files[1].data for number in range(300)}
    parts = {tuple(data[begin : begin + 1] for begin in range(0, len(data), 4096)) for data in found}
    assert {(b"o", b"o"), (b"n", b"n", b"n"), (b"o", b"n", b"\0"), (b"\0", b"o", b"n")} <= parts
    found = {left_of(longer, Crash("ordered", 5, f"random {number}")).files[1].data for number in range(100)}
    assert {old, grown} == found


def test_all_calls_are_seen(home: Path) -> None:
    """Each way to write, and a file written by a library in C at the next call."""
    work = """
import sqlite3
(home / "in").mkdir()
with os.fdopen(os.open(home / "in" / "x", os.O_RDWR | os.O_CREAT, 0o640), "wb") as file:
    file.write(b"one")
with open(home / "in" / "x", "r+b") as file:
    os.pwrite(file.fileno(), b"two", 3)
    os.ftruncate(file.fileno(), 4)
os.link(home / "in" / "x", home / "y")
folder = os.open(home, os.O_RDONLY)
os.rename("y", "z", src_dir_fd=folder, dst_dir_fd=folder)
with sqlite3.connect(home / "db") as base:
    base.execute("create table t (a)")
(home / "a").unlink()
os.fsync(folder)
"""
    recording = recorded(home, work)
    target = home.parent / "again"
    target.mkdir()
    build(left_of(recording, Crash("ordered", len(recording.operations), "all kept")), target)
    names = {path.relative_to(root): path for root in (home, target) for path in root.rglob("*")}
    assert {str(name) for name in names} == {"in", "in/x", "z", "db"}
    assert (target / "z").read_bytes() == b"onet"
    assert (target / "z").stat().st_ino == (target / "in" / "x").stat().st_ino
    assert (target / "in" / "x").stat().st_mode & 0o777 == 0o640
    assert (target / "db").read_bytes() == (home / "db").read_bytes()
    calls = [each.call for each in recording.operations if isinstance(each, Names | Sync)]
    assert calls[0] == "mkdir in"
    assert "rename y" in calls
    assert calls[-1] == "fsync ."
