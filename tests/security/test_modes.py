"""What the product leaves on the disk is nobody else's to read: every file and folder of a home, by its mode."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import sys
from pathlib import Path

import httpx

from console import sessions, users
from etl_batch import private
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.waiting import PATIENCE_SECONDS, until

OTHERS = 0o077
CSV = b"city,rain\nParis,3\nRome,4,5\n" * 50
ENQUEUE = """
import sys
from pathlib import Path
from console import jobs, presets, users
from etl_batch import private
from etl_batch.config import RunConfig
home = Path(sys.argv[1])
private.begin()
user = users.find(home, "ada")
config = RunConfig(inputs=(sys.argv[2],), output_csv=home / "output" / "new" / "a.csv", home=home, workers=2)
presets.save(home, "nightly", config, user)
print(jobs.enqueue(home, config, user))
"""
"""What a click on Launch does, in a process of the console's kind."""


def session(home: Path, **environment: str) -> RunDirectory:
    """Demo data, a console, a sign-in, an upload, a run and its report, as `make run` and a person make them."""
    everything = {**os.environ, "ETL_HOME": str(home), "PORT": "0", **environment}

    def python(*words: str, **more) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=PROJECT_ROOT,
            env=everything,
            check=True,
            capture_output=True,
            text=True,
            **more,
        )

    python("-m", "etl_batch.demo", str(home / "data"), "--if-empty", "--megabytes", "0.1")
    python("etl_batch/etl_core.py", "-i", str(home / "data"), "-o", str(home / "output" / "cli.csv"), "--quiet")
    console = subprocess.Popen(
        [sys.executable, "app.py"], cwd=PROJECT_ROOT, env=everything, stdout=subprocess.PIPE, text=True
    )
    try:
        base = console.stdout.readline().split()[-1]
        words = ("-m", "console", "users", "add", "ada", "--role", "super_admin", "--password-stdin")
        python(*words, input="correct horse battery\n")
        cookie = {"Cookie": f"{sessions.COOKIE}={sessions.start(home, users.find(home, 'ada'), 'test')}"}
        headers = {**cookie, "Origin": base}
        answer = httpx.post(f"{base}/upload", files={"file": ("a.csv", CSV)}, headers=headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 201, answer.text
        run_id = python("-c", ENQUEUE, str(home), str(home / "data" / answer.json()["name"])).stdout.strip()
        run = RunDirectory(home, run_id)
        until(lambda: run.final())
        until(lambda: AuditLog(home).search(action="run.finish"))
        assert httpx.get(f"{base}/reports/{run_id}", headers=cookie, timeout=PATIENCE_SECONDS).status_code == 200
        return run
    finally:
        console.terminate()
        console.communicate()


def modes(home: Path) -> dict[str, int]:
    """Of everything below the home."""
    return {str(path.relative_to(home)): stat.S_IMODE(path.lstat().st_mode) for path in home.rglob("*")}


def test_a_session_leaves_nothing_for_others(tmp_path):
    """Uploads, outputs, rejects, samples, reports, logs, locks, database: none has a bit for group or world."""
    home = tmp_path / "home"
    run = session(home)
    assert run.final() == "success"
    found = modes(home)
    assert {name: oct(mode) for name, mode in found.items() if mode & OTHERS} == {}
    for name in ("rejects.jsonl", "run.log", "launch.log", "launch.json", "sample.parquet", "metadata.json"):
        assert f"output/runs/{run.run_id}/{name}" in found
    assert {"output/new/a.csv", f"report/{run.run_id}.html", ".secrets/console.db", ".secrets/console.lock"} <= set(
        found
    )


def test_a_group_reads_all_but_the_secrets(tmp_path):
    """With ETL_GROUP its members read what runs leave and add inputs; nobody else sees anything."""
    home, group = tmp_path / "home", grp.getgrgid(os.getegid()).gr_name
    run = session(home, **{private.VARIABLE: group})
    found = modes(home)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o007} == {}
    assert found[".secrets"] == 0o700
    assert (found["data"], found["output"], found["report"]) == (0o2770, 0o2750, 0o2750)
    for name in ("output/new/a.csv", f"report/{run.run_id}.html", f"output/runs/{run.run_id}/rejects.jsonl"):
        assert found[name] == 0o640, name
    assert found["output/new"] == found[f"output/runs/{run.run_id}"] == 0o2750
    assert len(list(run_ids(home))) == 2
