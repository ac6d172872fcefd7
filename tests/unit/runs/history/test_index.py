"""The index: what it finds, in which order, and that it tells the truth whatever becomes of its file."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import psutil
import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.history import catalog
from etl_batch.runs.history.index import Origin, RunFilter, find_runs, list_runs, open_run, run_ids, summarise
from etl_batch.runs.record.directory import RunDirectory
from tests.histories import make_history, make_run
from tests.records import json_of
from tests.waiting import PATIENCE_SECONDS

MANY = 2000


@pytest.fixture(scope="module")
def big(tmp_path_factory) -> Path:
    """A home with two thousand runs. Do not write to it."""
    home = tmp_path_factory.mktemp("big")
    make_history(home, MANY)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with thirty runs."""
    make_history(tmp_path, 30)
    return tmp_path


def cache(home: Path) -> Path:
    """The index's file."""
    return home / "output" / "runs" / catalog.FILE_NAME


def ids(home: Path, *arguments, **wanted) -> list[str]:
    """Ids of the runs that fit."""
    return [row.run_id for row in find_runs(home, RunFilter(**wanted), *arguments).rows]


def test_the_index_says_what_the_directories_say(big):
    """Each of two thousand lines, read from the index a second time, is what its run directory says."""
    find_runs(big)
    assert list(find_runs(big).rows) == [summarise(RunDirectory(big, name)) for name in run_ids(big)]
    assert len(cache(big).read_bytes()) > MANY * 100


def test_pages_make_up_the_whole(big):
    """Pages of any size, one after the other, are the whole list, and each says how long that is."""
    pages = [find_runs(big, RunFilter(), 300, offset) for offset in range(0, MANY + 300, 300)]
    assert [row.run_id for page in pages for row in page.rows] == run_ids(big)
    assert {page.total for page in pages} == {MANY}
    assert find_runs(big, RunFilter(), 1).users == ("ada", "bob", "eve")
    assert [row.run_id for row in list_runs(big, 700)] == run_ids(big)[:700]
    assert [row.run_id for row in list_runs(big, 7)] == run_ids(big)[:7]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, range(30)),
        ({"status": RunStatus.FAILED}, (0, 10, 20)),
        ({"status": RunStatus.RUNNING}, ()),
        ({"user": "bob"}, range(1, 30, 3)),
        ({"input": "SALES-3"}, (3, 10, 17, 24)),
        ({"since": date(2025, 1, 2)}, range(24, 30)),
        ({"until": date(2025, 1, 1)}, range(24)),
        ({"since": date(2025, 1, 3)}, ()),
        ({"text": "ärger BOB"}, (10,)),
        ({"text": "20250101t05"}, (5,)),
        ({"text": "failed many"}, (0, 10, 20)),
        ({"text": "100 % _"}, ()),
        ({"user": "ada", "input": "sales-3.csv", "text": "success"}, (3, 24)),
    ],
)
def test_filters(home, wanted, numbers):
    """Every condition must hold; a search needs each of its words, whatever their case."""
    assert ids(home, **wanted) == [run_ids(home)[29 - number] for number in sorted(numbers, reverse=True)]


def test_an_unfinished_run_is_read_each_time(home):
    """A run shows as it is at this moment, is found by that state, and its final word is kept once."""
    repeated = run_ids(home)[5]
    run = RunDirectory(home, "20260101T000000Z-ffffff").create()
    run.write("config.json", {"inputs": ["/d/new.csv"], "user": "zoe", "rerun_of": repeated})
    assert ids(home, status=RunStatus.QUEUED) == [run.run_id]
    me = psutil.Process()
    progress = {"pid": me.pid, "pid_started": me.create_time(), "rows_written": 5, "started_at": "2026-01-01T00:00:00Z"}
    run.write("progress.json", progress)
    (row,) = find_runs(home, RunFilter(status=RunStatus.RUNNING)).rows
    assert (row.written, row.user, row.rerun_of) == (5, "zoe", repeated)
    assert ids(home, rerun_of=repeated) == [run.run_id]
    run.write("metadata.json", {"status": "success", "counts": {"written": 7}, "config": run.config().values})
    assert [row.written for row in find_runs(home, RunFilter(user="zoe")).rows] == [7]
    assert [row.written for row in find_runs(home, RunFilter(user="zoe")).rows] == [7]


def test_what_has_started_a_run(home):
    """By what its directory holds: the note of a launcher, none, or the tries before."""
    by_hand, launched = (make_run(home, number) for number in (40, 41))
    RunDirectory(home, launched).write("launch.json", {"pid": 1})
    RunDirectory(home, by_hand).write("progress.json", {})
    again = make_run(home, 42, attempts=[{"at": "x", "reason": "y"}], config={"replay_of": "r1"})
    found = {row.run_id: row for row in find_runs(home).rows}
    assert found[by_hand].origin is Origin.COMMAND_LINE
    assert found[launched].origin is Origin.DOOR
    assert (found[again].origin, found[again].replay_of) == (Origin.RESUMED, "r1")
    assert (found[again].records, found[again].names) == (10, ("sales-0.csv",))


def test_what_changes_on_disk_changes_in_the_list(home):
    """A final word that is written again, taken away, or whose run is deleted, does not live on in the index."""
    first, second, third = run_ids(home)[:3]
    find_runs(home)
    changed = RunDirectory(home, first)
    changed.write("metadata.json", json_of(changed) | {"user": "someone-else"})
    RunDirectory(home, second).file("metadata.json").unlink()
    shutil.rmtree(RunDirectory(home, third).path)
    found = find_runs(home)
    assert [(row.run_id, row.user, row.status) for row in found.rows[:2]] == [
        (first, "someone-else", RunStatus.SUCCESS),
        (second, found.rows[1].user, RunStatus.QUEUED),
    ]
    assert found.total == 29
    assert third not in ids(home)


def test_reports_are_found_by_their_files(home):
    """Only runs whose report is there count, without a look at each report."""
    newest = run_ids(home)[0]
    find_runs(home)
    RunDirectory(home, newest).report.unlink()
    (home / "report" / "etl_quantum_report.html").write_text("latest")
    assert ids(home, with_report=True) == run_ids(home)[1:]


def test_a_deleted_index_is_built_again(home):
    """Without its file the list is the same, and the file is there again."""
    before = find_runs(home)
    cache(home).unlink()
    assert find_runs(home) == before
    assert cache(home).is_file()


@pytest.mark.parametrize("rubbish", [b"", b"not a database" * 1000, "half"])
def test_a_damaged_index_is_built_again(home, rubbish):
    """An empty file, another file, or one that was cut off in the middle is thrown away and built again."""
    before = find_runs(home)
    whole = cache(home).read_bytes()
    cache(home).write_bytes(whole[: len(whole) // 2] if rubbish == "half" else rubbish)
    assert find_runs(home) == before
    assert find_runs(home, RunFilter(user="bob"), 3).total == 10
    with sqlite3.connect(cache(home)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (30,)


def test_an_index_of_another_version_makes_way(home):
    """Tables of a later or earlier version are dropped and filled anew."""
    before = find_runs(home)
    with sqlite3.connect(cache(home)) as connection:
        connection.execute("ALTER TABLE kept RENAME COLUMN words TO other")
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert find_runs(home) == before


def test_a_file_that_cannot_be_opened_is_gone_round(home):
    """Where the index cannot stand the list is made in memory, and follows the disk there too."""
    cache(home).mkdir()
    assert ids(home) == run_ids(home)
    added = make_run(home, 500)
    assert ids(home, 1) == [added]
    shutil.rmtree(RunDirectory(home, added).path)
    assert added not in ids(home)


def test_a_locked_index_is_gone_round(home, monkeypatch):
    """A writer that never lets go delays nobody for good."""
    monkeypatch.setattr(catalog, "BUSY_SECONDS", 0.01)
    find_runs(home)
    holder = sqlite3.connect(cache(home), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    make_run(home, 600)
    try:
        assert ids(home) == run_ids(home)
    finally:
        holder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_read_only_home_lists():
    """Somebody who may read the runs and write nothing gets the whole list, with an index and without one."""
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    folder.chmod(0o755)
    try:
        made = make_history(folder, 12)
        os.seteuid(65534)
        try:
            assert ids(folder) == made
        finally:
            os.seteuid(0)
        find_runs(folder)
        made.insert(0, make_run(folder, 900))
        os.seteuid(65534)
        try:
            assert ids(folder) == made
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(folder)


BUILD = """
import json, sys
from pathlib import Path
from etl_batch.runs.history.index import find_runs
input()
print(json.dumps([row.run_id for row in find_runs(Path(sys.argv[1])).rows]))
"""


def test_processes_build_it_at_once(tmp_path):
    """Three processes that start on the same missing index all get the whole list, and the index is whole after."""
    make_history(tmp_path, 400)
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    builders = [subprocess.Popen(command, cwd=PROJECT_ROOT, **pipes) for _ in range(3)]
    for builder in builders:
        builder.stdin.write("go\n")
        builder.stdin.flush()
    answers = [builder.communicate(timeout=PATIENCE_SECONDS)[0] for builder in builders]
    assert [json.loads(answer) for answer in answers] == [run_ids(tmp_path)] * 3
    with sqlite3.connect(cache(tmp_path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*), count(DISTINCT run_id) FROM kept").fetchone() == (400, 400)


def test_a_run_that_another_process_keeps_meanwhile_counts_once(home):
    """Seen going on here and kept as finished there, a run is one line."""
    run = RunDirectory(home, "20260101T000000Z-ffffff").create()
    line = dict.fromkeys(catalog.COLUMNS, "") | {"run_id": run.run_id, "status": "success"}

    def refresh(connection: sqlite3.Connection) -> None:
        catalog.show_passing(connection, [list((line | {"status": "running"}).values())])
        catalog.keep(connection, [list(line.values())], ())

    def question(connection: sqlite3.Connection) -> list[tuple[str, str]]:
        return connection.execute("SELECT run_id, status FROM runs").fetchall()

    assert catalog.ask(home / "output" / "runs", refresh, question) == [(run.run_id, "running")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"status": ["success"]},
        {"status": "success", "user": {"a": 1}, "error": {"message": ["x"]}, "rerun_of": 5, "inputs": "abc"},
        {"status": "failed", "counts": [1], "throughput": {"seconds": "long"}, "config": {"inputs": 3}},
        {"status": "success", "counts": {"written": 10**30, "rejected": -1}, "user": "\ud800", "config": None},
        {"status": "success", "throughput": {"seconds": float("nan")}, "inputs": [1, {"layout": {"a": 1}}]},
    ],
)
def test_strange_metadata_spoils_no_list(home, metadata):
    """A file with values of other kinds gives a line of its own and leaves the others as they are."""
    run = RunDirectory(home, "20260101T000000Z-ffffff").create()
    run.file("metadata.json").write_text(json.dumps(metadata))
    for _again in range(2):
        assert ids(home) == run_ids(home)


def test_open_run_and_ids_of_an_empty_home(tmp_path, home):
    """`latest` is the newest run; without any, and for a name that is none, a sentence says so."""
    assert open_run(home, "latest").run_id == run_ids(home)[0]
    with pytest.raises(UsageError, match="No run 'nothing'"):
        open_run(home, "nothing")
    empty = tmp_path / "empty"
    assert (run_ids(empty), list_runs(empty), list_runs(empty, 5), find_runs(empty).total) == ([], [], [], 0)
    with pytest.raises(UsageError, match="No run stands"):
        open_run(empty, "latest")
    assert not empty.exists()
