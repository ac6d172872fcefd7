"""The limit of runs per user and hour: what counts, how long to wait, and that nothing is refused twice."""

from __future__ import annotations

import random
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl_batch.errors import Busy, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.history.rate_limit import limit_of_environment, refuse_when_limited
from etl_batch.runs.record.directory import RunDirectory

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def run_id(moment: datetime, number: int = 0) -> str:
    """The id of a run that began then."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{number:06x}"


def add(home: Path, moment: datetime, user: str = "ada", number: int = 0, *, launched: bool = True) -> RunDirectory:
    """A run that the user started then."""
    run = RunDirectory(home, run_id(moment, number)).create()
    run.write("config.json", {"user": user})
    if launched:
        run.write("launch.json", {"pid": 1})
    return run


def test_the_wait_is_exact(tmp_path):
    """Of the two newest of three runs the older one leaves the hour first; a second earlier is still too early."""
    for minutes in (50, 40, 20):
        add(tmp_path, NOON - timedelta(minutes=minutes))
    with pytest.raises(
        Busy, match=r"ada has started 3 runs within the hour, the limit is 2; wait 1200 seconds\."
    ) as it:
        refuse_when_limited(tmp_path, "ada", run_id(NOON), 2)
    assert it.value.wait == 1200
    with pytest.raises(Busy, match="wait 1 seconds"):
        refuse_when_limited(tmp_path, "ada", run_id(NOON + timedelta(seconds=1199)), 2)
    refuse_when_limited(tmp_path, "ada", run_id(NOON + timedelta(seconds=1200)), 2)


@pytest.mark.parametrize(("limit", "refused"), [(0, False), (4, False), (100, False), (3, True)])
def test_the_limit_is_the_number_of_runs(tmp_path, limit, refused):
    """After three runs a limit of three refuses the next one; a higher one does not, nor does none at all."""
    for number in range(3):
        add(tmp_path, NOON, number=number)
    outcome = nullcontext() if not refused else pytest.raises(Busy)
    with outcome:
        refuse_when_limited(tmp_path, "ada", run_id(NOON, 9), limit)


def test_two_in_a_row_are_always_allowed(tmp_path):
    """Whatever the limit says."""
    add(tmp_path, NOON)
    refuse_when_limited(tmp_path, "ada", run_id(NOON, 1), 1)
    add(tmp_path, NOON, number=1)
    with pytest.raises(Busy, match="the limit is 2"):
        refuse_when_limited(tmp_path, "ada", run_id(NOON, 2), 1)


def test_what_does_not_count(tmp_path):
    """Other people's runs, refused ones, those cancelled while they waited, later ones and what is no run at all."""
    add(tmp_path, NOON, "bob")
    add(tmp_path, NOON, number=1).write("metadata.json", {"status": "failed", "error": {"kind": "busy"}})
    add(tmp_path, NOON, number=2, launched=False).write("metadata.json", {"status": RunStatus.CANCELLED})
    add(tmp_path, NOON + timedelta(seconds=1))
    add(tmp_path, NOON - timedelta(hours=1))
    (tmp_path / "output" / "runs" / "notes").mkdir()
    refuse_when_limited(tmp_path, "ada", run_id(NOON, 9), 2)
    for number in (3, 4):
        add(tmp_path, NOON, number=number).write("metadata.json", {"status": RunStatus.CANCELLED})
    with pytest.raises(Busy):
        refuse_when_limited(tmp_path, "ada", run_id(NOON, 9), 2)


@pytest.mark.parametrize("limit", [2, 3, 5])
def test_a_run_that_was_allowed_is_allowed_later(tmp_path, limit):
    """The engine asks again when the run's turn comes, hours later: it is never refused what the queue allowed."""
    dice, moment, allowed, refused = random.Random(limit), NOON, [], 0
    for number in range(80):
        moment += timedelta(seconds=dice.choice([0, 1, 600, 1700]))
        name = run_id(moment, dice.randrange(16**6) * 100 % 16**6 + number)
        try:
            refuse_when_limited(tmp_path, "ada", name, limit)
        except Busy:
            refused += 1
            continue
        allowed.append(name)
        RunDirectory(tmp_path, name).create().write("config.json", {"user": "ada"})
    assert refused
    for name in allowed:
        refuse_when_limited(tmp_path, "ada", name, limit)


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "٣"])
def test_the_environment_is_checked(monkeypatch, value):
    """What is no whole number is refused with the variable's name."""
    monkeypatch.setenv("ETL_RUNS_PER_HOUR", value)
    with pytest.raises(UsageError, match="ETL_RUNS_PER_HOUR"):
        limit_of_environment()


def test_the_environment_may_be_silent(monkeypatch):
    """Nothing set and 0 are both no limit."""
    monkeypatch.delenv("ETL_RUNS_PER_HOUR", raising=False)
    assert limit_of_environment() == 0
    monkeypatch.setenv("ETL_RUNS_PER_HOUR", "7")
    assert limit_of_environment() == 7
