"""The command lines of the benchmark, and that rows which are missing are no measurement."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.commands import PEERS, check_rows, command, environment
from benchmarks.comparison import TASKS
from benchmarks.inputs import Input, Place
from benchmarks.measure import CommandFailed, Usage
from benchmarks.stages import STARTUP, by_stage, medians
from etl_batch.record.profile import RunProfile, WorkerProfile


def test_the_engine_is_asked_for_the_outputs_alone() -> None:
    """No Parquet beside a CSV that was asked for alone."""
    source, outputs = Path("in.csv"), [Path("out.csv"), Path("out.parquet")]
    assert command("ours", source, outputs, 2)[2:] == [
        *("-i", "in.csv", "-o", "out.csv", "-p", "out.parquet", "-w", "2", "--quiet")
    ]
    assert "--no-parquet" in command("ours", source, outputs[:1], 2)
    assert "--no-parquet" not in command("ours", source, outputs[1:], 2)


def test_every_peer_of_a_task_has_its_script() -> None:
    """And is asked by flags named after the suffixes."""
    for task in TASKS:
        for peer in task.goals:
            assert Path(command(peer, Path("in.csv"), [Path("out.csv")], 2)[1]).is_file()
    assert {peer for task in TASKS for peer in task.goals} == set(PEERS)
    assert command("DuckDB", Path("in.csv"), [Path("out.parquet")], 2)[2:] == ["in.csv", "--parquet", "out.parquet"]


def test_the_engine_may_keep_its_compiled_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As its peers' are kept; it reads and writes where the work is, and nowhere else."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    found = environment(Place(tmp_path, in_memory=True), Input(Path("/x/in.csv"), 1))
    assert "PYTHONDONTWRITEBYTECODE" not in found
    assert found["ETL_ALLOWED_ROOTS"] == f"{tmp_path}:/x"
    assert Path(found["ETL_HOME"]).parent == tmp_path


def test_rows_that_are_missing_are_no_measurement(tmp_path: Path) -> None:
    """Both kinds of output are counted."""
    text, columns = tmp_path / "x.csv", tmp_path / "x.parquet"
    text.write_text("a\n1\n2\n")
    pq.write_table(pa.table({"a": [1, 2]}), columns)
    check_rows("ours", [text, columns], 2)
    for path in (text, columns):
        with pytest.raises(CommandFailed, match="ours wrote 2 of 3 rows"):
            check_rows("ours", [path], 3)


def test_what_no_stage_has_taken_is_said() -> None:
    """Workers and parent, and the rest of the processes' CPU seconds."""
    profile = RunProfile({"plan": 1.0}, (WorkerProfile({"read": 2.0}), WorkerProfile({"read": 3.0})))
    assert by_stage(Usage(9.0, 7.5), profile) == {"read": 5.0, "parent: plan": 1.0, STARTUP: 1.5}


def test_medians_are_taken_stage_by_stage() -> None:
    """A stage that a run has not seen took it nothing."""
    assert medians([{"a": 1.0}, {"a": 3.0, "b": 1.0}, {"a": 2.0}]) == {"a": 2.0, "b": 0.0}
