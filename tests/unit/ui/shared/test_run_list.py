"""The list of runs in words: names, states, when and by what, and that only a success has published."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl_batch.etl_integration_ui import _doors
from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import visible
from etl_batch.runs.history.index import Origin, RunRow
from etl_batch.ui.shared.run_list import listed, names_of, started_by
from tests.support import HOSTILE

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def row(**changes) -> RunRow:
    """One line of the history."""
    values = {"run_id": "20260101T115500Z-aaaaaa", "status": RunStatus.SUCCESS, "user": "ada", "error": None}
    values |= {"started_at": "2026-01-01T11:55:00Z", "seconds": 1.0, "inputs": ("/d/x.csv",), "names": ("x.csv",)}
    return RunRow(**{**values, "written": 8, "rejected": 1, "records": 10, **changes})


@pytest.fixture
def doors(tmp_path: Path):
    """Those of an embedding app."""
    return _doors(tmp_path, "tester")


@pytest.mark.parametrize(
    ("status", "written", "note"),
    [
        (RunStatus.SUCCESS, "8", ""),
        (RunStatus.FAILED, "nothing published", "10 read so far"),
        (RunStatus.CANCELLED, "nothing published", "10 read so far"),
        (RunStatus.TIMED_OUT, "nothing published", "10 read so far"),
        (RunStatus.RUNNING, "\N{EN DASH}", "10 read so far"),
    ],
)
def test_only_a_success_has_written(doors, status, written, note):
    """What another run had written is gone; how far it had read is true."""
    run = listed(doors, row(status=status), NOW)
    assert (run.written, run.written_note) == (written, note)


@pytest.mark.parametrize(
    ("changes", "schedule", "words"),
    [
        ({}, None, "ada"),
        ({}, "Every night", "schedule Every night"),
        ({"origin": Origin.COMMAND_LINE}, None, "ada, command line"),
        ({"origin": Origin.RESUMED}, None, "ada, resumed"),
        ({"replay_of": "r1"}, None, "ada, replay of r1"),
        ({"user": ""}, None, ""),
    ],
)
def test_what_has_started_a_run(changes, schedule, words):
    """A person, a schedule or the command line, and whether it goes on with a run or replays one."""
    assert started_by(row(**changes), schedule) == words


def test_when_a_run_began(doors):
    """Relative, with the exact moment beside it; a missing start is told by the id, and one that waits has none."""
    run = listed(doors, row(started_at=""), NOW)
    assert (run.ago.replace("\N{NARROW NO-BREAK SPACE}", " "), run.began) == ("5 min ago", "2026-01-01 11:55:00 UTC")
    assert listed(doors, row(status=RunStatus.QUEUED), NOW).moment == ""


def test_texts_are_whole_and_visible(doors):
    """An error is not cut to a line; nothing invisible comes through; without an input that is said."""
    long = "word " * 200
    assert listed(doors, row(error=long, status=RunStatus.FAILED), NOW).error == long
    assert listed(doors, row(names=("a\x00b",)), NOW).names == visible("a\x00b") != "a\x00b"
    assert names_of(row(names=())) == "no input"
    assert HOSTILE in listed(doors, row(names=(HOSTILE,)), NOW).names
