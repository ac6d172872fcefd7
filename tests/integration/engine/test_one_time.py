"""The time of a run is one figure, from its start to its end, wherever it is said."""

from __future__ import annotations

import json
import re

from etl_batch.reporting.formatting import duration, parse_moment
from etl_batch.runs.history.index import list_runs
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared.progress import stage_marks
from etl_batch.ui.shared.summary import summary_cards


def test_a_run_has_one_time(home, write) -> None:
    """Record, progress, its last stage, report, history, summary and the command line say the same seconds."""
    path = write("a.csv", "a,b\n" + "1,2\n" * 5000)
    told = home.etl("-i", path, "-o", home.output / "x.csv")
    (row,) = list_runs(home.path, 5)
    run = RunDirectory(home.path, row.run_id)
    record, progress = run.metadata(), run.progress()
    assert record is not None
    assert progress is not None
    seconds = record.throughput.seconds
    assert row.seconds == progress.seconds == progress.stages["done"] == seconds
    assert [use.used for use in progress.limits if use.name == "time"] == [seconds]
    assert list(progress.stages.values()) == sorted(progress.stages.values())
    assert seconds > progress.stages["finish"]
    began, ended = parse_moment(record.started_at), parse_moment(record.finished_at)
    assert began is not None
    assert ended is not None
    assert abs((ended - began).total_seconds() - seconds) < 1
    assert stage_marks(progress, record.status)[-1].time == f"{duration(seconds)} in all"
    assert duration(seconds) in [card.value for card in summary_cards(record)]
    assert f"took {duration(seconds)}" in re.sub(r"<[^>]*>", "", run.report.read_text(encoding="utf-8"))
    assert f" in {seconds:.2f} s (" in told.out


def test_the_time_of_a_failure_is_one_too(home, write) -> None:
    """That of a run that was refused in its middle stands in its record and its progress."""
    path = write("a.csv", "a,b\n" + "1,2\n1,2,3\n" * 50)
    home.etl("-i", path, "-o", home.output / "x.csv", "--max-rejects", 3, "--quiet")
    (row,) = list_runs(home.path, 5)
    run = RunDirectory(home.path, row.run_id)
    progress = json.loads(run.file("progress.json").read_text())
    metadata = json.loads(run.file("metadata.json").read_text())
    assert metadata["status"] == "failed"
    assert row.seconds == progress["seconds"] == metadata["throughput"]["seconds"] > 0
