"""Figures of the views: plotly charts in the colours of the theme that they are drawn for."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from etl_batch.model import MeasureEstimate, StratumEstimate
from etl_batch.reporting import wording as report_wording
from etl_batch.reporting.formatting import counted, moment, percent, quantity, rounded, short_number, visible
from etl_batch.reporting.plots import log_ticks
from etl_batch.runs.history.measures import MeasurePoint
from etl_batch.ui.shared import wording
from etl_batch.ui.shared.palette import PALETTES, Theme, palette, theme

CONFIG = {"displayModeBar": False, "responsive": True, "showTips": False}
"""For `st.plotly_chart`: no tool bar, and with it no link to the maker's site."""
_FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif'
_TEMPLATES: dict[Theme, str] = {"light": "plotly_white", "dark": "plotly_dark"}
_ROW_PIXELS = 30
ROW_LABEL = 18
"""Characters beside a row: more would leave no room for the drawing on a telephone; the hover text has the rest."""


@dataclass(frozen=True, slots=True)
class DrawnTotal:
    """A total whose estimate, interval and exact value, which is not nought, are all known."""

    estimate: float
    low: float
    high: float
    exact: float
    certified: bool

    @classmethod
    def of(cls, measure: MeasureEstimate) -> DrawnTotal | None:
        """That of a measure; None when something of it is unknown."""
        estimate, low, high = measure.estimate, measure.ci_low, measure.ci_high
        if not measure.exact or estimate is None or low is None or high is None:
            return None
        return cls(estimate, low, high, measure.exact, measure.certified)

    def share(self, distance: float) -> float:
        """A distance in parts of the exact total."""
        return distance / abs(self.exact)


def certainty() -> tuple[tuple[bool, str, str], ...]:
    """Certified or not, with its colour and its name."""
    return (True, palette().accent, wording.CERTIFIED), (False, palette().warn, wording.NOT_CERTIFIED)


def label(value: object, limit: int = 24) -> str:
    """A value from data as a plain label: plotly reads a subset of HTML in all its texts."""
    return html.escape(visible(wording.EMPTY_VALUE if value in (None, "") else str(value), limit), quote=False)


def load() -> None:
    """Load what the first figure takes: modules that plotly leaves for then, and the looks of both themes."""
    for shown in _TEMPLATES:
        _blank(shown, _ROW_PIXELS, "", "")


def blank(height: int, x_title: str = "", y_title: str = "") -> go.Figure:
    """An empty figure in the look of all of them, so many pixels high."""
    return _blank(theme(), height, x_title, y_title)


def _blank(shown: Theme, height: int, x_title: str, y_title: str) -> go.Figure:
    figure, colours = go.Figure(), PALETTES[shown]
    figure.update_layout(
        template=_TEMPLATES[shown],
        paper_bgcolor=colours.card,
        plot_bgcolor=colours.card,
        font={"family": _FONT, "color": colours.text, "size": 13},
        height=height,
        margin={"l": 12, "r": 18, "t": 46, "b": 12},
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"color": colours.soft}},
        hoverlabel={"bgcolor": colours.ground, "bordercolor": colours.line, "font": {"color": colours.text}},
        separators=report_wording.DECIMAL_SIGN + report_wording.THOUSANDS_SIGN,
    )
    lines = dict.fromkeys(("gridcolor", "zerolinecolor", "linecolor"), colours.line)
    axis = {**lines, "automargin": True, "tickfont": {"color": colours.soft}}
    figure.update_xaxes(
        title={"text": x_title, "font": {"color": colours.soft, "size": 13}}, nticks=6, tickangle=0, **axis
    )
    figure.update_yaxes(title={"text": y_title, "font": {"color": colours.soft, "size": 13}}, **axis)
    return figure


def log_axes(
    figure: go.Figure,
    across: Sequence[float],
    up: Sequence[float],
    across_words: Callable[[float], str] = short_number,
    up_words: Callable[[float], str] = short_number,
) -> None:
    """Two logarithmic scales with round values in words; the numbers are the positive ones that are drawn."""
    for update, values, words in ((figure.update_xaxes, across, across_words), (figure.update_yaxes, up, up_words)):
        ticks = log_ticks(min(values), max(values)) if values else []
        update(type="log", tickvals=ticks, ticktext=[words(tick) for tick in ticks])


def label_rows(figure: go.Figure, labels: Sequence[str]) -> None:
    """Rows by number with a text each: two labels may read the same and must not fall together."""
    numbers = list(range(len(labels)))
    figure.update_yaxes(
        tickvals=numbers, ticktext=list(labels), range=[len(labels) - 0.5, -0.5], showgrid=False, zeroline=False
    )


def comparable(measures: Mapping[str, MeasureEstimate]) -> dict[str, DrawnTotal]:
    """The measures whose interval can be drawn in parts of the exact total."""
    drawn = ((name, DrawnTotal.of(measure)) for name, measure in measures.items())
    return {name: total for name, total in drawn if total is not None}


def totals_figure(measures: Mapping[str, MeasureEstimate]) -> go.Figure:
    """Each measure's estimate and 95 % interval as a deviation from its exact total, which is the line at nought."""
    drawn = comparable(measures)
    figure = blank(110 + _ROW_PIXELS * 2 * max(len(drawn), 1), wording.DEVIATION)
    names = list(drawn)
    for certified, colour, name in certainty():
        rows = [number for number, key in enumerate(names) if drawn[key].certified is certified]
        if not rows:
            continue
        chosen = [drawn[names[row]] for row in rows]
        figure.add_scatter(
            x=[total.share(total.estimate - total.exact) for total in chosen],
            y=rows,
            mode="markers",
            name=wording.ESTIMATE_NAME.format(certainty=name),
            marker={"size": 12, "color": colour, "line": {"color": palette().card, "width": 1.5}},
            error_x={
                "type": "data",
                "array": [total.share(total.high - total.estimate) for total in chosen],
                "arrayminus": [total.share(total.estimate - total.low) for total in chosen],
                "color": colour,
                "thickness": 3,
                "width": 8,
            },
            text=[_totals_hover(label(names[row], 60), total) for row, total in zip(rows, chosen, strict=True)],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": palette().exact, "width": 2})
    # Without a number of its own the axis has as many ticks as there is room for, on a telephone too.
    figure.update_xaxes(tickformat="+.3~%", nticks=0)
    label_rows(figure, [label(name, ROW_LABEL) for name in names])
    return figure


def _totals_hover(name: str, total: DrawnTotal) -> str:
    share = percent(total.share(abs(total.estimate - total.exact)))
    return wording.TOTAL_HOVER.format(
        name=name,
        estimate=rounded(total.estimate),
        low=rounded(total.low),
        high=rounded(total.high),
        exact=quantity(total.exact),
        share=share,
    )


def strata_figure(strata: Sequence[StratumEstimate], measure: str) -> go.Figure:
    """The strata's estimates of one measure with their 95 % intervals, and the exact totals beside them."""
    figure = blank(130 + _ROW_PIXELS * max(len(strata), 1), label(measure))
    totals = [(row, stratum.measures[measure]) for row, stratum in enumerate(strata) if measure in stratum.measures]
    exact = [(row, total.exact) for row, total in totals if total.exact is not None]
    figure.add_scatter(
        x=[value for _, value in exact],
        y=[row for row, _ in exact],
        mode="markers",
        name=wording.EXACT_TOTAL,
        marker={"symbol": "line-ns", "size": 20, "line": {"color": palette().exact, "width": 2}},
        text=[label(strata[row].value, 60) for row, _ in exact],
        hovertemplate=wording.EXACT_ACROSS_HOVER,
    )
    for certified, colour, words in certainty():
        chosen = [(row, m) for row, m in totals if m.estimate is not None and m.certified is certified]
        if chosen:
            names = [label(strata[row].value, 60) for row, _ in chosen]
            _add_strata(figure, chosen, names, colour, words)
    label_rows(figure, [label(stratum.value, ROW_LABEL) for stratum in strata])
    return figure


def _add_strata(
    figure: go.Figure, chosen: Sequence[tuple[int, MeasureEstimate]], names: Sequence[str], colour: str, words: str
) -> None:
    reaches = _reaches([total for _, total in chosen])
    figure.add_scatter(
        x=[total.estimate for _, total in chosen],
        y=[row for row, _ in chosen],
        mode="markers",
        name=wording.ESTIMATE_NAME.format(certainty=words),
        marker={"size": 9, "color": colour},
        error_x={"type": "data", **reaches, "color": colour, "thickness": 2, "width": 5},
        text=list(names),
        hovertemplate=wording.ESTIMATE_ACROSS_HOVER,
    )


def _reaches(totals: Sequence[MeasureEstimate | MeasurePoint]) -> dict[str, list[float | None]]:
    """How far each interval reaches up and down from its estimate."""
    return {
        "array": [_reach(total.estimate, total.ci_high) for total in totals],
        "arrayminus": [_reach(total.estimate, total.ci_low) for total in totals],
    }


def _reach(estimate: float | None, end: float | None) -> float | None:
    return abs(end - estimate) if end is not None and estimate is not None else None


def expansion_figure(strata: Sequence[StratumEstimate]) -> go.Figure:
    """Rows of each stratum against its expansion factor: how many rows one sampled row stands for."""
    figure = blank(340, wording.STRATUM_ROWS, wording.EXPANSION_FACTOR)
    drawn = [(stratum, stratum.expansion) for stratum in strata if stratum.expansion and stratum.rows]
    sizes, factors = [stratum.rows for stratum, _ in drawn], [factor for _, factor in drawn]
    figure.add_scatter(
        x=sizes,
        y=factors,
        mode="markers",
        marker={"size": 8, "color": palette().accent, "opacity": 0.75},
        text=[label(stratum.value) for stratum, _ in drawn],
        customdata=[
            wording.DRAWN_OF.format(drawn=quantity(stratum.sampled), rows=counted(stratum.rows, "row"))
            for stratum, _ in drawn
        ],
        hovertemplate=wording.EXPANSION_HOVER,
        showlegend=False,
    )
    log_axes(figure, sizes, factors)
    figure.update_layout(margin={"t": 18})
    return figure


def history_figure(points: Sequence[MeasurePoint], measure: str, changed: Sequence[int] = ()) -> go.Figure:
    """One measure over the runs, the oldest on the left: estimate with its 95 % interval, and the exact total.

    `changed` are the places of the runs that differ from the one before by more than chance: a line leads to each.
    """
    figure = blank(340, "", label(measure))
    names = [f"{point.run_id}<br>{moment(point.started_at)}" for point in points]
    if changed:
        figure.add_scatter(
            x=[x for place in changed for x in (place - 1, place, None)],
            y=[y for place in changed for y in (points[place - 1].estimate, points[place].estimate, None)],
            mode="lines",
            name=wording.A_CHANGE,
            line={"color": palette().change, "width": 3},
            hoverinfo="skip",
        )
    exact = [(place, point.exact) for place, point in enumerate(points) if point.exact is not None]
    figure.add_scatter(
        x=[place for place, _ in exact],
        y=[value for _, value in exact],
        mode="markers",
        name=wording.EXACT_TOTAL,
        marker={"symbol": "line-ew", "size": 16, "line": {"color": palette().exact, "width": 2}},
        text=[names[place] for place, _ in exact],
        hovertemplate=wording.EXACT_UP_HOVER,
    )
    for certified, colour, words in certainty():
        drawn = [(x, p) for x, p in enumerate(points) if p.estimate is not None and p.certified is certified]
        if drawn:
            reaches = _reaches([p for _, p in drawn])
            figure.add_scatter(
                x=[x for x, _ in drawn],
                y=[p.estimate for _, p in drawn],
                mode="markers",
                name=wording.ESTIMATE_NAME.format(certainty=words),
                marker={"size": 9, "color": colour},
                error_y={"type": "data", **reaches, "color": colour, "thickness": 2, "width": 5},
                text=[names[x] for x, _ in drawn],
                hovertemplate=wording.ESTIMATE_UP_HOVER,
            )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, range=[-0.6, max(len(points), 6) - 0.4])
    return figure
