"""Where the parts of a drawn interval stand."""

from __future__ import annotations

import pytest

from etl_batch.reporting.plots import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Interval,
    log_ticks,
    plot_alone,
    plot_curves,
    plot_scatter,
    plot_together,
)


def test_alone_fills_its_scale():
    """The outermost parts stand on the margins, the others in proportion between them."""
    plot = plot_alone(Interval(estimate=50, low=0, high=100, exact=25))
    assert plot is not None
    assert (plot.left, plot.width, plot.estimate, plot.exact) == (4, 92, 50, 27)
    assert not plot.cut_left
    assert not plot.cut_right


def test_alone_makes_room_for_an_exact_total_outside():
    """An exact total beyond the interval widens the scale, so that the miss is seen."""
    plot = plot_alone(Interval(estimate=10, low=5, high=15, exact=25))
    assert plot is not None
    assert plot.exact == 96
    assert (plot.left, plot.width) == (4, 46)


@pytest.mark.parametrize(
    "interval", [Interval(7, 7, 7, 7), Interval(0, 0, 0, 0), Interval(7, None, None, None), Interval(7, None, None, 7)]
)
def test_without_width_everything_stands_in_the_middle(interval):
    """A stratum that was taken whole has no interval to draw: its dot and its tick coincide."""
    alone, (together,) = plot_alone(interval), plot_together([interval])[0]
    for plot in (alone, together):
        assert plot is not None
        assert plot.estimate == 50
        assert plot.exact == (None if interval.exact is None else 50)


def test_without_estimate_there_is_no_plot():
    """Nothing is drawn where the sample says nothing."""
    nothing = Interval(None, None, None, 12)
    assert plot_alone(nothing) is None
    assert plot_together([nothing]) == ([None], 0.0)


def test_together_compares_rows_of_any_size():
    """Rows with the same relative interval look the same, and the exact total is the middle of each."""
    small, large = Interval(11, 9, 13, 10), Interval(-1.1e12, -1.3e12, -0.9e12, -1e12)
    (first, second), span = plot_together([small, large])
    assert first is not None
    assert second is not None
    assert span == pytest.approx(0.3)
    assert (first.exact, second.exact) == (50, 50)
    assert first.estimate == pytest.approx(100 - second.estimate)


def test_together_cuts_what_would_hide_the_others():
    """A row that reaches far beyond the others is cut and marked on the side where it goes on."""
    ordinary = Interval(100, 95, 105, 100)
    (first, wild), span = plot_together([*[ordinary] * 5, Interval(100, 98, 900, 100)])[0][::5], 0.2
    assert first is not None
    assert wild is not None
    assert not first.cut_right
    assert wild.cut_right
    assert not wild.cut_left
    assert first.width == pytest.approx(2 * 46 * 0.05 / span)


def test_together_a_total_of_nought_is_drawn_only_without_error():
    """Nought has no relative scale."""
    plots, _ = plot_together([Interval(0, -5, 5, 0), Interval(0, 0, 0, 0)])
    assert plots[0] is None
    assert plots[1] is not None


def test_round_values_of_a_log_scale():
    """1, 2 and 5 on a short scale, powers of ten on a long one, never more than six."""
    assert log_ticks(0.001, 0.01) == pytest.approx([0.001, 0.002, 0.005, 0.01])
    assert log_ticks(0.5, 2000) == pytest.approx([1, 10, 100, 1000])
    assert len(log_ticks(1e-12, 1e12)) <= 6
    assert log_ticks(3, 4) == []


def test_curves_share_their_scales():
    """A power of ten is as far everywhere, the higher value stands higher, and all lies within the field."""
    (first, second), own = [[(0.001, 0.1), (0.01, 0.01)], [(0.01, 0.1), (0.1, 0.001)]], [(0.01, 0.01), (0.1, 0.001)]
    one, two = plot_curves([first, second], own)
    assert one.points[0][1] == two.points[0][1]
    assert one.points[1] == one.own
    assert one.points[1][0] - one.points[0][0] == pytest.approx(two.points[1][0] - two.points[0][0], abs=0.02)
    assert one.points[0][1] < one.points[1][1] < two.points[1][1]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for plot in (one, two) for x, y in plot.points)
    assert one.up == two.up
    assert [tick.label[:-2] for tick in one.across] == ["0.1", "0.3", "1", "3", "10"]


def test_a_scatter_of_one_value_has_room():
    """All dots at one height stand in the middle, not on an edge."""
    plot = plot_scatter([((1.0, 10.0), "a"), ((100.0, 10.0), "b")], ())
    assert {y for (_, y), _ in plot.dots} == {(TOP + BOTTOM) / 2}
    assert [tick.label for tick in plot.up] == ["10"]
