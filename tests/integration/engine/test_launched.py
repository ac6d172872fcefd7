"""A run whose settings stand in its directory: started by the run's id alone, and never without a last word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.cli.launched import launched_run
from etl_batch.config import RunConfig
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.record.run import ErrorRecord
from etl_batch.runs.processes.spawning import spawn
from etl_batch.runs.record.directory import RunDirectory
from tests.commands import LoadedEngine, Outcome
from tests.waiting import until

RUN_ID = "20260101T000000Z-abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an input whose name looks like a flag."""
    for name in ("data", "output", "report"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "-i.csv").write_text("city,rain\nRome,3\nOslo,4\n")
    return tmp_path


def config_of(home: Path, **changes: Any) -> RunConfig:
    """A small configuration."""
    values: dict[str, Any] = {"inputs": (str(home / "data" / "-i.csv"),), "output_csv": home / "output" / "x.csv"}
    return RunConfig(**{**values, "home": home, "workers": 1, "user": "ada", **changes})


@pytest.fixture
def launched(home: Path, loaded_engine: LoadedEngine) -> Callable[[], Outcome]:
    """The engine as it is started for a run."""
    return lambda: loaded_engine.run("launched", RUN_ID, "--home", home, folder=home / "data")


def test_a_spawned_run_is_what_was_configured(home: Path) -> None:
    """Every field reaches the real engine, the repeated run and names like flags too, and comes back as its record."""
    config = config_of(home, rerun_of="r0", seed=2**62, measures=("rain",), cluster=None, retries=0, max_rejects=0)
    spawn(config, RUN_ID)
    run = RunDirectory(home, RUN_ID)
    until(run.final)
    record = run.metadata()
    assert (record.status, record.rerun_of, record.user) == (RunStatus.SUCCESS, "r0", "ada")
    assert RunConfig(**record.config.values) == config
    assert [source.path for source in record.inputs] == [str(home / "data" / "-i.csv")]
    until(lambda: not run.alive())
    log = run.file("launch.log").read_text()
    assert log.startswith("Starting Quantum ETL Pipeline\n")
    assert f"run: {RUN_ID}\n" in log


def test_a_relative_input_that_looks_like_a_flag(home: Path, launched: Callable[[], Outcome]) -> None:
    """The configuration's words are the engine's: `-i.csv` is read from where the engine works, unchanged."""
    RunDirectory(home, RUN_ID).create().write("config.json", config_of(home, inputs=("-i.csv",)).to_json())
    done = launched()
    assert (done.code, done.err) == (0, "")
    assert RunDirectory(home, RUN_ID).metadata().config.inputs == ("-i.csv",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "are missing or damaged"),
        ('{"inputs": ["a"], "outp', "are missing or damaged"),
        ("[1]", "are missing or damaged"),
        ('{"inputs": ["a"], "output_csv": "/x.csv", "workers": 0}', "cannot be used: --workers: "),
        ('{"inputs": ["a"], "output_csv": "/x.csv", "colour": "red"}', "cannot be used: colour: "),
        ('{"inputs": ["a"]}', "cannot be used: no output"),
    ],
)
def test_settings_that_cannot_be_read(
    home: Path, launched: Callable[[], Outcome], content: str | None, told: str
) -> None:
    """Exit 2 and one sentence, which is the run's last word as well."""
    run = RunDirectory(home, RUN_ID).create()
    if content is not None:
        run.file("config.json").write_text(content)
    done = launched()
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert told in done.err
    assert run.final() is RunStatus.FAILED
    assert run.metadata().error == ErrorRecord("usage", done.err.removeprefix("etl: ").strip())


def test_no_run_is_made_up(home: Path) -> None:
    """An id of no run is refused and leaves nothing; one that leads elsewhere is no id."""
    for name in (RUN_ID, "../x", ""):
        with pytest.raises(UsageError, match=r"no run|not a run id"):
            launched_run(home, name)
    assert list((home / "output").iterdir()) == []


def test_a_run_that_is_over_stays_as_it_ended(home: Path, launched: Callable[[], Outcome]) -> None:
    """It was cancelled in the moment of its start: nothing runs, and the last word is not replaced."""
    run = RunDirectory(home, RUN_ID).create()
    run.write("config.json", config_of(home).to_json())
    run.write("metadata.json", {"status": "cancelled"})
    done = launched()
    assert done.code == 2
    assert "is over already" in done.err
    assert json.loads(run.file("metadata.json").read_text()) == {"status": "cancelled"}


def test_a_home_under_another_name(home: Path) -> None:
    """The folder that the engine was started for counts, not the name that it had when the settings were written."""
    other = home.parent / "other name"
    other.symlink_to(home)
    RunDirectory(home, RUN_ID).create().write("config.json", config_of(home).to_json())
    assert launched_run(other, RUN_ID)[1] == config_of(home).changed({"home": other})
