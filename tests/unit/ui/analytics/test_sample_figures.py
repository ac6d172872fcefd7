"""Figures of the sample: what is drawn, where, and that names from data stay text."""

from __future__ import annotations

import pytest

from etl_batch.model import Analytics
from etl_batch.reporting.larger import build_curves
from etl_batch.reporting.shares import build_shares
from etl_batch.runs.history.intervals import CoverageSoFar, Held
from etl_batch.ui.analytics import sample_figures
from etl_batch.ui.shared import figures
from tests.records import estimates
from tests.support import HOSTILE


def analytics(name: str = "m", **changes) -> Analytics:
    """Three strata and one measure, as `metadata.json` has them."""
    values = {
        "stratum": "s",
        "population_rows": 10_000,
        "sample_rows": 100,
        "measures": {name: {"estimate": 50.0, "ci_low": 45.0, "ci_high": 55.0, "exact": 50}},
        "strata": [
            {"value": name, "rows": 6400, "sampled": 80},
            {"value": "low", "rows": 64, "sampled": 2},
            {"value": "all", "rows": 4, "sampled": 4},
        ],
        "expected_errors": [
            {"sample_frac": f, "sample_rows": round(f * 10_000), "half_widths": {name: w}}
            for f, w in ((0.001, 20.0), (0.01, 5.0), (0.1, 1.5), (1.0, 0.0))
        ],
    }
    return estimates(values, **changes)


def test_strata_stand_against_the_square_root_of_their_size():
    """A stratum of 6,400 rows stands at 80; the line of proportionality runs through it, and three kinds differ."""
    line, share, minimum, whole = sample_figures.shares_figure(build_shares(analytics())).data
    assert (line.x[0], line.y[0], line.x[-1], line.y[-1]) == pytest.approx((2.0, 2.0, 80.0, 80.0))
    assert [(t.name, list(t.x), list(t.y)) for t in (share, minimum, whole)] == [
        ("by the rule", [80.0], [80]),
        ("the minimum", [8.0], [2]),
        ("taken whole", [2.0], [4]),
    ]
    assert len({trace.marker.symbol for trace in (share, minimum, whole)}) == 3


def test_another_rule_has_another_line():
    """In proportion to the size the line is steeper: 4 rows give a 1600th of what 6,400 give."""
    line = sample_figures.shares_figure(build_shares(analytics(allocation="proportional"))).data[0]
    assert (line.y[0], line.y[-1]) == pytest.approx((80 / 1600, 80))
    assert line.name == "in proportion to the size"


def test_the_curve_falls_and_marks_the_own_sample():
    """Half widths as shares of the total on log scales; what is nought has no place there."""
    figure = sample_figures.larger_figure(build_curves(analytics()))
    curve, own = figure.data
    assert (list(curve.x), list(curve.y)) == ([0.001, 0.01, 0.1], [0.4, 0.1, 0.03])
    assert (list(own.x), list(own.y)) == ([0.01], [0.1])
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert figure.layout.yaxis.ticktext[-1] == "±20\N{NARROW NO-BREAK SPACE}%"


def test_coverage_stands_against_its_promise():
    """Both kinds with their Wilson interval, and the line at 95 %; a kind without any is left out."""
    figure = sample_figures.coverage_figure(CoverageSoFar(Held(19, 20), Held(1, 4)))
    sure, others = figure.data
    assert (sure.x[0], sure.x[0] - sure.error_x.arrayminus[0]) == pytest.approx((0.95, 0.7639), abs=5e-5)
    assert others.x[0] == 0.25
    assert figure.layout.shapes[0].x0 == 0.95
    assert figure.layout.xaxis.range[0] < others.x[0] - others.error_x.arrayminus[0]
    assert len(sample_figures.coverage_figure(CoverageSoFar(Held(1, 1))).data) == 1


def test_names_from_data_are_plain_text():
    """Plotly reads a subset of HTML: none of a name's own may reach it."""
    hostile = analytics(HOSTILE)
    drawn = sample_figures.shares_figure(build_shares(hostile)).to_json()
    drawn += sample_figures.larger_figure(build_curves(hostile)).to_json()
    assert "<img" not in drawn.replace("\\u003c", "<")
    assert "&lt;img" in drawn.replace("\\u0026", "&")


def test_many_strata_are_drawn_up_to_a_limit():
    """The largest come first."""
    strata = [{"value": n, "rows": n, "sampled": 10} for n in range(11, 11 + 2 * sample_figures.POINTS_LIMIT)]
    figure = sample_figures.shares_figure(build_shares(analytics(strata=strata)))
    assert len(figure.data[1].x) == sample_figures.POINTS_LIMIT
    assert figures.blank(10).layout.paper_bgcolor == figure.layout.paper_bgcolor
