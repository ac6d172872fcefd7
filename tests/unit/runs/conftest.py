"""What the tests of runs share: a home with an output of an earlier run, and engines that can be started in it."""

from __future__ import annotations

import os
import textwrap

import psutil
import pytest

from etl_batch.runs.processes import spawning
from etl_batch.runs.record.directory import RunDirectory
from tests.unit.runs.stand_in import ENGINE, config_for
from tests.waiting import until


@pytest.fixture
def home(tmp_path):
    """A home with an output of an earlier run."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "out.csv").write_text("an earlier output")
    return tmp_path


@pytest.fixture
def engine(tmp_path):
    """A script that behaves as the engine does: workers, progress, a staged file, SIGTERM."""
    path = tmp_path / "engine.py"
    path.write_text(textwrap.dedent(ENGINE))
    return path


@pytest.fixture
def start(home, engine, monkeypatch):
    """Starts an engine in a mode, waits until it is at work, and sees to it that nothing of it is left behind."""
    started: list[int] = []

    def start_engine(mode: str, run_id: str = "r1") -> RunDirectory:
        monkeypatch.setenv("ENGINE_MODE", mode)
        run = RunDirectory(home, run_id)
        started.append(spawning.spawn(config_for(home), run_id, engine=engine))
        until(lambda: run.progress() is not None or mode == "broken")
        return run

    yield start_engine
    for pid in started:
        for left in psutil.process_iter():
            try:
                if os.getsid(left.pid) == pid:
                    left.kill()
            except (OSError, psutil.Error):
                continue
