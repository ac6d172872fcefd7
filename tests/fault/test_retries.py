"""Runs that end for what may pass are tried again as a whole: the same bytes, each try on record, stops at any time."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.security.audit import AuditLog
from tests.fault.test_resume import arguments, metadata, run_ids, same, source
from tests.integration.engine.conftest import Home
from tests.waiting import until

__all__ = ["source"]
FAILING = """
import sys
from etl_batch import etl_core
from tests.fault.failing_calls import Failing
home, nth, times, number, wanted, *sys.argv[1:] = sys.argv[1:]
Failing(home, int(nth), int(number), wanted, int(times)).install()
sys.exit(etl_core.main())
"""
ALWAYS = 10**9


def failing(home: Home, wanted: str, number: int, nth: int, times: int, *words: object) -> subprocess.Popen[str]:
    """A run in which such calls fail from the Nth on, so many of them."""
    command = [sys.executable, "-c", FAILING, home.path, nth, times, number, wanted, *words]
    environment = os.environ | {"ETL_HOME": str(home.path)}
    return subprocess.Popen(
        [*map(str, command)],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def events(home: Home, run_id: str) -> list[dict[str, Any]]:
    """What a run has said of itself."""
    return [json.loads(line) for line in (home.output / "runs" / run_id / "events.jsonl").read_text().splitlines()]


def said(home: Home, run_id: str) -> list[str]:
    """The sentences among it."""
    return [event["message"] for event in events(home, run_id) if event["event"] == "stage"]


def waiting(home: Home, process: subprocess.Popen[str], words: str) -> str:
    """The only run of the home, once it has said that it waits for another try."""

    def waits() -> bool:
        assert process.poll() is None, process.communicate()
        found = run_ids(home)
        there = found and (home.output / "runs" / found[0] / "events.jsonl").exists()
        return bool(there) and any(words in sentence for sentence in said(home, found[0]))

    until(waits)
    (run_id,) = run_ids(home)
    return run_id


def nothing_left(home: Home) -> None:
    """Neither staged files nor checkpoints."""
    assert not [path for path in home.path.rglob("*") if path.name.endswith((".tmp", "turns.bin", "checkpoints.bin"))]


@pytest.mark.parametrize(
    ("wanted", "number", "nth", "times"),
    [
        ("pwrite output/.x.csv.", errno.ENOSPC, 15, 1),
        ("pwrite output/.x.parquet.", errno.EIO, 15, 1),
        ("preadv data/in.csv", errno.ETIMEDOUT, 5, 1),  # while the file is looked at
        ("open data/in.csv", errno.EMFILE, 1, 1),  # before there is anything to go on from
        ("fsync output/.x.csv.", errno.EIO, 1, 1),  # when all chunks are in
    ],
)
def test_what_passes_is_tried_again(home: Home, source: Path, wanted: str, number: int, nth: int, times: int) -> None:
    """The run succeeds with the bytes of an undisturbed one; one start and one end, and the try before on record."""
    whole = home.run(*arguments(home, source, "whole"), name="whole")
    process = failing(home, wanted, number, nth, times, *arguments(home, source), "--retries", 2)
    out, err = process.communicate()
    assert process.returncode == 0, (out, err)
    (run_id,) = set(run_ids(home)) - {whole["run_id"]}
    same(home, run_id, whole)
    (attempt,) = metadata(home, run_id)["attempts"]
    assert os.strerror(number) in attempt["reason"], attempt
    assert any(f"Trying again in 1 s (1 of 2): {attempt['reason']}" == sentence for sentence in said(home, run_id))
    assert [event["number"] for event in events(home, run_id) if event["event"] == "attempt"] == [1]
    records = [each["action"] for each in AuditLog(home.path).tail(100) if each["target"] == run_id]
    assert sorted(set(records)) == ["run.finish", "run.publish", "run.start"]
    assert (records.count("run.start"), records.count("run.finish")) == (1, 1)
    if nth == 15:
        assert any("gone on from chunk" in note for note in metadata(home, run_id)["notes"])


def test_what_stays_ends_the_run_after_its_tries(home: Home, source: Path) -> None:
    """The last try's reason is the run's; nothing is published, and nothing is left."""
    process = failing(home, "pwrite output/.x.csv.", errno.EIO, 9, ALWAYS, *arguments(home, source), "--retries", 1)
    _, err = process.communicate()
    assert (process.returncode, err.count("etl: ")) == (5, 1), err
    (run_id,) = run_ids(home)
    found = metadata(home, run_id)
    assert (found["status"], len(found["attempts"]), found["error"]["kind"]) == ("failed", 1, "output_failed")
    assert not (home.output / "x.csv").exists()
    nothing_left(home)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--max-rejects", "1"], 4),
        (["--stratum", "nope"], 2),
        (["--max-size-gb", "0.0001"], 3),
        (["--layout", "nope"], 2),
    ],
)
def test_what_cannot_pass_is_not_tried_again(home: Home, source: Path, words: list[str], code: int) -> None:
    """Refused inputs, settings that make no sense, and too many rejects end a run at once."""
    outcome = home.etl(*arguments(home, source), "--retries", 3, *words)
    assert outcome.code == code, outcome.err
    assert not any("attempts" in metadata(home, run_id) for run_id in run_ids(home))


def test_unless_it_is_asked_for_a_run_is_not_tried_again(home: Home, source: Path) -> None:
    """Without the flag a disk that fails once ends the run."""
    process = failing(home, "pwrite output/.x.csv.", errno.EIO, 9, 1, *arguments(home, source))
    assert (process.communicate(), process.returncode)[1] == 5
    (run_id,) = run_ids(home)
    assert "attempts" not in metadata(home, run_id)


def test_a_wait_ends_at_once(home: Home, source: Path) -> None:
    """By a stop, long before the next try would come."""
    words = [*arguments(home, source), "--retries", 20]
    process = failing(home, "pwrite output/.x.csv.", errno.EIO, 9, ALWAYS, *words)
    run_id = waiting(home, process, "Trying again in 8 s (4 of 20)")
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert (process.returncode, metadata(home, run_id)["status"]) == (7, "cancelled")
    assert len(metadata(home, run_id)["attempts"]) == 4
    assert ended_in_a_wait(home, run_id)
    nothing_left(home)


def test_a_wait_ends_with_the_time_limit(home: Home, source: Path) -> None:
    """In its middle, without another try. A slow machine may be at a try just then: the waits become longer."""
    for limit in (12, 24, 48):
        words = [*arguments(home, source), "--retries", 20, "--timeout", limit]
        process = failing(home, "pwrite output/.x.csv.", errno.EIO, 9, ALWAYS, *words)
        process.communicate()
        run_id = max(run_ids(home))
        assert (process.returncode, metadata(home, run_id)["status"]) == (6, "timed_out")
        nothing_left(home)
        if ended_in_a_wait(home, run_id):
            break
    assert ended_in_a_wait(home, run_id)


def ended_in_a_wait(home: Home, run_id: str) -> bool:
    """Whether a run has ended while it waited for another try, and sooner than that would have come."""
    last = [event for event in events(home, run_id) if event["event"] == "stage"][-1]
    wait = re.match(r"Trying again in (\d+) s ", last["message"])
    if wait is None:
        return False
    began, ended = (datetime.fromisoformat(moment) for moment in (last["ts"], metadata(home, run_id)["finished_at"]))
    return ended - began < timedelta(seconds=int(wait[1]))


def test_an_input_that_changes_meanwhile_is_another_run(home: Home, source: Path) -> None:
    """It is not tried again, and nothing is published."""
    words = [*arguments(home, source), "--retries", 20]
    process = failing(home, "pwrite output/.x.csv.", errno.EIO, 9, ALWAYS, *words)
    run_id = waiting(home, process, "Trying again in 2 s")
    source.write_bytes(source.read_bytes().replace(b"short", b"shirt"))
    _, err = process.communicate()
    assert (process.returncode, "its input has changed" in err) == (2, True), err
    assert not (home.output / "x.csv").exists()
    assert metadata(home, run_id)["error"]["kind"] == "usage"
    nothing_left(home)
