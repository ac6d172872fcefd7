"""The figure of the explorer: each group's answer with its interval, and the exact one beside it once it is known."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from etl_batch.analytics.explore import GroupAnswer
from etl_batch.reporting.formatting import quantity, rounded
from etl_batch.ui.analytics import wording
from etl_batch.ui.shared.figures import blank, label, label_rows
from etl_batch.ui.shared.palette import palette

ROW_PIXELS = 26


def answer_figure(
    groups: Sequence[GroupAnswer], names: Sequence[str], title: str, exact: Sequence[float | None] = ()
) -> go.Figure:
    """One line a group; that of one that cannot be answered stays empty. `exact` has an entry a group, or none."""
    figure = blank(110 + ROW_PIXELS * max(len(groups), 2), label(title, 80))
    labels = [label(name) for name in names]
    known = [(row, value) for row, value in enumerate(exact) if value is not None]
    if known:
        figure.add_scatter(
            x=[value for _, value in known],
            y=[row for row, _ in known],
            mode="markers",
            name=wording.EXACT_NAME,
            marker={"symbol": "line-ns", "size": 18, "line": {"color": palette().exact, "width": 2}},
            text=[wording.EXACT_HOVER.format(name=labels[row], exact=quantity(value)) for row, value in known],
            hovertemplate="%{text}<extra></extra>",
        )
    told = [(row, group) for row, group in enumerate(groups) if group.estimate is not None]
    kinds = (
        (wording.CERTAIN, palette().info),
        (wording.CERTIFIED_GROUP, palette().accent),
        (wording.DOUBTFUL, palette().warn),
    )
    for words, colour in kinds:
        drawn = [(row, group) for row, group in told if _kind(group) == words]
        if not drawn:
            continue
        figure.add_scatter(
            x=[group.estimate for _, group in drawn],
            y=[row for row, _ in drawn],
            mode="markers",
            name=words,
            marker={"size": 9, "color": colour},
            error_x={
                "type": "data",
                "array": [_reach(group, group.ci_high) for _, group in drawn],
                "arrayminus": [_reach(group, group.ci_low) for _, group in drawn],
                "color": colour,
                "thickness": 2,
                "width": 5,
            },
            text=[_hover(labels[row], group) for row, group in drawn],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_xaxes(nticks=4)  # more run into each other on a telephone
    label_rows(figure, labels)
    return figure


def _kind(group: GroupAnswer) -> str:
    return wording.CERTAIN if group.exact else wording.CERTIFIED_GROUP if group.certified else wording.DOUBTFUL


def _reach(group: GroupAnswer, end: float | None) -> float | None:
    return None if end is None or group.estimate is None else abs(end - group.estimate)


def _hover(name: str, group: GroupAnswer) -> str:
    return wording.ANSWER_HOVER.format(
        name=name,
        estimate=rounded(group.estimate),
        low=rounded(group.ci_low),
        high=rounded(group.ci_high),
        sampled=quantity(group.sampled),
    )
