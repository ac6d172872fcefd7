"""Figures of the sample: how it was shared out, what a larger one buys, and how often its intervals held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import plotly.graph_objects as go

from etl_batch.analytics.proportions import wilson
from etl_batch.model import CONFIDENCE
from etl_batch.reporting import wording as report_wording
from etl_batch.reporting.formatting import counted, percent, plain_percent, quantity, short_number
from etl_batch.reporting.larger import Curve
from etl_batch.reporting.shares import ShareKind, Shares
from etl_batch.runs.history.intervals import CoverageSoFar, Held
from etl_batch.ui.analytics import wording
from etl_batch.ui.shared.figures import blank, certainty, label, label_rows, log_axes
from etl_batch.ui.shared.palette import Palette, palette

POINTS_LIMIT = 2_000
_LINES = ("accent", "warn", "info", "change", "violet", "lime", "orange", "bad")
MOST_LINES = len(_LINES)


def _kinds(colours: Palette) -> tuple[tuple[ShareKind, str, str], ...]:
    """How a stratum's rows came into the sample, with its colour and its sign."""
    return (
        (ShareKind.SHARE, colours.accent, "circle"),
        (ShareKind.MINIMUM, colours.warn, "triangle-down"),
        (ShareKind.WHOLE, colours.info, "diamond"),
        (ShareKind.POOL, colours.change, "square"),
    )


def shares_figure(shares: Shares) -> go.Figure:
    """Rows drawn from each stratum against the square root of its size, with the line of the rule; both log scales."""
    figure = blank(380, wording.ROOT_OF_ROWS, wording.ROWS_DRAWN)
    drawn = shares.drawn[:POINTS_LIMIT]
    line = replace(shares, strata=tuple(drawn)).line()
    if line:
        figure.add_scatter(
            x=[math.sqrt(size) for size, _ in line],
            y=[rows for _, rows in line],
            mode="lines",
            name=shares.rule.line,
            line={"color": palette().soft, "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    for kind, colour, symbol in _kinds(palette()):
        chosen = [share for share in drawn if share.kind is kind]
        if chosen:
            figure.add_scatter(
                x=[math.sqrt(share.rows) for share in chosen],
                y=[share.drawn for share in chosen],
                mode="markers",
                name=report_wording.SHARE_KINDS[kind],
                marker={"size": 9, "color": colour, "symbol": symbol, "opacity": 0.85},
                text=[label(share.value) for share in chosen],
                customdata=[
                    wording.DRAWN_OF.format(drawn=short_number(share.drawn), rows=short_number(share.rows))
                    for share in chosen
                ],
                hovertemplate="<b>%{text}</b><br>%{customdata}<extra></extra>",
            )
    log_axes(figure, [math.sqrt(share.rows) for share in drawn], [share.drawn for share in drawn])
    _legend_below(figure, 2)
    return figure


def larger_figure(curves: Sequence[Curve]) -> go.Figure:
    """Half the expected interval of each measure against the share of the rows, and the run's own sample."""
    figure = blank(360, wording.SHARE_SAMPLED, wording.HALF_INTERVAL)
    for curve, colour in zip(curves, (getattr(palette(), name) for name in _LINES), strict=False):
        name = label(curve.measure)
        figure.add_scatter(
            x=[point.fraction for point in curve.drawn],
            y=[point.width for point in curve.drawn],
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2},
            marker={"size": 6, "color": colour},
            text=[_sample_words(name, point.fraction, point.rows, point.width) for point in curve.drawn],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.add_scatter(
        x=[curve.own.fraction for curve in curves],
        y=[curve.own.width for curve in curves],
        mode="markers",
        name=wording.THIS_RUN,
        marker={
            "size": 14,
            "symbol": "diamond",
            "color": palette().exact,
            "line": {"color": palette().card, "width": 2},
        },
        text=[_sample_words(label(c.measure), c.own.fraction, c.own.rows, c.own.width) for c in curves],
        hovertemplate=wording.THIS_RUN_HOVER,
    )
    every = [point for curve in curves for point in (*curve.drawn, curve.own)]
    log_axes(
        figure,
        [point.fraction for point in every],
        [point.width for point in every],
        plain_percent,
        lambda share: f"±{plain_percent(share)}",
    )
    _legend_below(figure, len(curves) + 1)
    return figure


def _sample_words(name: str, fraction: float, rows: int, width: float) -> str:
    return wording.SAMPLE_HOVER.format(
        name=name, fraction=plain_percent(fraction), rows=counted(rows, "row"), width=percent(width)
    )


def coverage_figure(coverage: CoverageSoFar) -> go.Figure:
    """The share of certified and of other intervals that held, each with its Wilson interval; the line is 95 %."""
    figure = blank(210, wording.INTERVALS_HELD)
    rows = [
        (name, colour, held)
        for (_, colour, name), held in zip(certainty(), (coverage.certified, coverage.others), strict=True)
        if held.count
    ]
    for place, (name, colour, held) in enumerate(rows):
        share, (low, high) = held.held / held.count, wilson(held.held, held.count)
        figure.add_scatter(
            x=[share],
            y=[place],
            mode="markers",
            name=name,
            marker={"size": 12, "color": colour, "line": {"color": palette().card, "width": 1.5}},
            error_x={
                "type": "data", "array": [high - share], "arrayminus": [share - low],
                "color": colour, "thickness": 3, "width": 8,
            },
            text=[held_words(held)],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )  # fmt: skip
    figure.add_vline(x=CONFIDENCE, line={"color": palette().exact, "width": 2})
    figure.update_xaxes(
        tickformat=".0%", range=[min([0.7, *(wilson(h.held, h.count)[0] - 0.02 for *_, h in rows)]), 1.01]
    )
    label_rows(figure, [name for name, *_ in rows])
    figure.update_layout(margin={"t": 18})
    return figure


def held_words(held: Held) -> str:
    """`38 of 40 held: 95.0 % (83.5 % to 98.6 %)`."""
    low, high = wilson(held.held, held.count)
    shares = wording.SPAN.format(size=percent(held.held / held.count), low=percent(low), high=percent(high))
    return wording.HELD_HOVER.format(held=quantity(held.held), count=quantity(held.count), shares=shares)


def _legend_below(figure: go.Figure, entries: int) -> None:
    """The legend under the field, with room for an entry a line: on a telephone it takes that."""
    room = 18 * entries
    figure.update_layout(
        height=figure.layout.height + room,
        margin={"t": 18},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top"},
    )
