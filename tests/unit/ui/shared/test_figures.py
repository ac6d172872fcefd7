"""Figures: what is drawn, where, and that text from data stays text."""

from __future__ import annotations

import pytest

from etl_batch.model import MeasureEstimate, StratumEstimate
from etl_batch.runs.history.measures import MeasurePoint
from etl_batch.ui.shared import figures, palette
from tests.support import HOSTILE


def measure(estimate=110.0, low=90.0, high=130.0, exact=100, certified=True):
    """One measure of a run."""
    return MeasureEstimate(estimate, 10.0, 99.0, low, high, exact, certified)


def test_totals_are_drawn_in_parts_of_the_exact_total():
    """Estimate 110 of exact 100 with the interval 90 to 130 stands at +10 % and reaches from -10 % to +30 %."""
    figure = figures.totals_figure({"a": measure(), "b": measure(-110.0, -130.0, -90.0, -100, certified=False)})
    good, doubtful = figure.data
    assert (good.x[0], good.y[0], good.error_x.array[0], good.error_x.arrayminus[0]) == (0.1, 0, 0.2, 0.2)
    assert (doubtful.x[0], doubtful.y[0]) == (-0.1, 1)
    assert (good.marker.color, doubtful.marker.color) == (palette.palette().accent, palette.palette().warn)


def test_what_has_no_place_on_the_scale_is_left_out():
    """An exact total of nought, no exact total, no estimate, no interval."""
    measures = {"a": measure(exact=0), "b": measure(exact=None), "c": measure(low=None), "d": measure(estimate=None)}
    assert list(figures.comparable(measures | {"e": measure()})) == ["e"]
    assert len(figures.totals_figure(measures).data) == 0


def test_strata_show_exact_totals_beside_the_estimates():
    """A stratum without an interval has its dot and no bar; one without an estimate has the exact line alone."""
    strata = [
        StratumEstimate("x", 9, 3, 3.0, {"m": measure()}),
        StratumEstimate("x", 5, 1, 5.0, {"m": measure(low=None, high=None)}),
        StratumEstimate(None, 1, 0, None, {"m": measure(estimate=None)}),
    ]
    figure = figures.strata_figure(strata, "m")
    exact, estimates = figure.data
    assert list(exact.y) == [0, 1, 2]
    assert list(estimates.y) == [0, 1]
    assert list(estimates.error_x.array) == [20.0, None]
    # Two strata of one name keep a row each.
    assert list(figure.layout.yaxis.ticktext) == ["x", "x", "(empty)"]
    assert list(figures.expansion_figure(strata).data[0].y) == [3.0, 5.0]


def test_labels_from_data_are_plain_text():
    """Plotly reads a subset of HTML: none of a value's own may reach it."""
    strata = [StratumEstimate(HOSTILE, 1, 1, 1.0, {HOSTILE: measure()})]
    drawn = "".join(
        figure.to_json()
        for figure in (
            figures.strata_figure(strata, HOSTILE),
            figures.expansion_figure(strata),
            figures.totals_figure({HOSTILE: measure()}),
        )
    )
    assert "<img" not in drawn.replace("\\u003c", "<")
    assert "&lt;img" in drawn.replace("\\u0026", "&")


@pytest.mark.parametrize("shown", palette.THEMES)
def test_figures_are_drawn_for_the_theme_that_is_shown(monkeypatch, shown):
    """Ground and text are of one theme, and so is what is drawn."""
    for module in (palette, figures):
        monkeypatch.setattr(module, "theme", lambda: shown)
    colours = palette.PALETTES[shown]
    layout = figures.expansion_figure([]).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == colours.card
    assert (layout.font.color, layout.xaxis.gridcolor, layout.hoverlabel.bgcolor) == (
        colours.text,
        colours.line,
        colours.ground,
    )
    (drawn,) = figures.totals_figure({"a": measure()}).data
    assert drawn.marker.color == colours.accent


def test_the_history_shows_every_run_with_its_interval():
    """Estimates stand where their run stands, coloured by their certainty, with the exact total; changes are marked."""
    points = [
        MeasurePoint("a", "2026-01-01T00:00:00Z", 10.0, 8.0, 12.5, 11, True),
        MeasurePoint("b", "2026-01-02T00:00:00Z", 20.0, None, None, 21, False),
        MeasurePoint("c", "2026-01-03T00:00:00Z", None, None, None, 31, False),
    ]
    exact, sure, unsure = figures.history_figure(points, "m").data
    assert (list(exact.x), list(exact.y)) == ([0, 1, 2], [11, 21, 31])
    assert (list(sure.x), list(sure.error_y.array), list(sure.error_y.arrayminus)) == ([0], [2.5], [2.0])
    assert (list(unsure.x), list(unsure.y)) == ([1], [20.0])
    change = figures.history_figure(points, "m", changed=[1]).data[0]
    assert (change.name, list(change.x), list(change.y)) == ("a change", [0, 1, None], [10.0, 20.0, None])
