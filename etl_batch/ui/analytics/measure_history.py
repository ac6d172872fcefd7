"""A measure run after run: the chart with its changes marked, and each comparison in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
import streamlit as st

from etl_batch.analytics.changes import FAMILY_ERROR, Change, Finding, find_changes
from etl_batch.reporting.formatting import (
    counted,
    moment,
    percent,
    plain_percent,
    quantity,
    rounded,
    signed_percent,
    visible,
)
from etl_batch.runs.history.measures import LIMIT, MeasurePoint
from etl_batch.ui.analytics import wording
from etl_batch.ui.shared import chart, figures, markup

NEWEST = 10


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """One line of the table, as it is read."""

    runs: str
    finding: str
    exact: str


def show_history(points: Mapping[str, Sequence[MeasurePoint]]) -> None:
    """Draw the history of one measure and what changed in it; `points` by measure, the oldest run first."""
    markup.section(wording.HISTORY, wording.HISTORY_LEAD.format(limit=quantity(LIMIT)))
    if not points or max(map(len, points.values())) < 2:
        st.caption(wording.SHORT)
        return
    found = find_changes(points)
    names = list(points)
    picked = st.selectbox(
        wording.MEASURE,
        names,
        format_func=lambda name: visible(name, 60),
        key="history-measure",
        help=wording.MEASURE_HISTORY_MEASURE_HELP,
    )
    name = picked or names[0]
    changes = found[name]
    changed = [place for place, change in enumerate(changes, 1) if change.finding is Finding.CHANGED]
    chart.draw(figures.history_figure(points[name], name, changed), "history", wording.HISTORY)
    chart.offer(history_table(points[name]), "history")
    _show_changes(name, points[name], changes)
    st.caption(correction_words([change for every in found.values() for change in every]))
    chart.offer(changes_table(points, found), "changes", wording.COMPARISONS)


def _show_changes(name: str, points: Sequence[MeasurePoint], changes: Sequence[Change]) -> None:
    """The newest comparisons and every change, the newest first; the others are folded away."""
    first: list[tuple[str, str, str]] = []
    others: list[tuple[str, str, str]] = []
    newest_first = list(zip(compared_runs(name, points, changes), changes, strict=True))[::-1]
    for place, (line, change) in enumerate(newest_first):
        kept = first if place < NEWEST or change.finding is Finding.CHANGED else others
        kept.append((line.runs, line.finding, line.exact))
    if first:
        markup.rows(wording.CHANGES, wording.COLUMNS, first)
    if others:
        with st.expander(wording.OTHERS.format(count=quantity(len(others)))):
            markup.rows(wording.CHANGES, wording.COLUMNS, others)


def history_table(points: Sequence[MeasurePoint]) -> pd.DataFrame:
    """One row a run."""
    return pd.DataFrame([asdict(point) for point in points])


def changes_table(points: Mapping[str, Sequence[MeasurePoint]], found: Mapping[str, Sequence[Change]]) -> pd.DataFrame:
    """One row a comparison, of all measures: which runs, and everything that is known of their difference."""
    return pd.DataFrame(
        [
            {
                "measure": name,
                "from_run": points[name][place].run_id,
                "to_run": points[name][place + 1].run_id,
                **asdict(change),
                "finding": str(change.finding),
            }
            for name, changes in found.items()
            for place, change in enumerate(changes)
        ]
    )


def compared_runs(name: str, points: Sequence[MeasurePoint], changes: Sequence[Change]) -> list[ComparedRuns]:
    """Each comparison of one measure in words, the oldest first."""
    return [
        ComparedRuns(
            between(points[place], points[place + 1]),
            finding_words(visible(name, 60), points[place].estimate, change),
            exact_words(points[place].exact, change),
        )
        for place, change in enumerate(changes)
    ]


def between(before: MeasurePoint, after: MeasurePoint) -> str:
    """`2026-11-21 to 2026-11-22`, with times when both are of one day."""
    first, second = moment(before.started_at), moment(after.started_at)
    if first[:10] != second[:10]:
        return wording.BETWEEN.format(first=first[:10], second=second[:10])
    return wording.BETWEEN.format(first=first[:19], second=second[11:19])


def finding_words(name: str, base: float | None, change: Change) -> str:
    """`value rose by 3.1 % (2.5 % to 3.7 %), a change`; shares are of the earlier estimate."""
    if change.finding is Finding.UNKNOWN:
        return wording.UNKNOWN.format(reason=change.reason)
    if change.same_sample:
        return wording.SAME_SAMPLE
    if not change.tested:
        return (
            wording.MEASURE_HISTORY_EXACTLY.format(name=name, moved=_moved(base, change))
            if change.difference
            else wording.NO_DIFFERENCE
        )
    if change.finding is Finding.CHANGED:
        return wording.CHANGED.format(name=name, moved=_moved(base, change))
    low, high = (_sized(base, end, signed=True) for end in (change.low, change.high))
    return wording.MEASURE_HISTORY_CHANCE.format(
        span=wording.SPAN.format(size=_sized(base, change.difference, signed=True), low=low, high=high)
    )


def _moved(base: float | None, change: Change) -> str:
    """`rose by 3.1 % (2.5 % to 3.7 %)`, `fell by 12`."""
    difference = change.difference or 0
    said, sign = (wording.ROSE, 1) if difference > 0 else (wording.FELL, -1)
    by = _sized(base, sign * difference)
    if not change.tested:
        return said.format(size=by)
    low, high = sorted((sign * (change.low or 0), sign * (change.high or 0)))
    return said.format(size=wording.SPAN.format(size=by, low=_sized(base, low), high=_sized(base, high)))


def _sized(base: float | None, value: float | None, *, signed: bool = False) -> str:
    """A difference as a share of the earlier estimate, or as it is where that is nought."""
    if base and value is not None:
        return (signed_percent if signed else percent)(value / abs(base))
    return f"{'+' if signed and (value or 0) > 0 else ''}{rounded(value)}"


def exact_words(base: float | None, change: Change) -> str:
    """Whether the exact totals are the same, or by how much they differ."""
    difference = change.exact_difference
    if difference is None:
        return wording.EXACT_UNKNOWN
    if difference == 0:
        return wording.EXACT_SAME
    share = f" ({signed_percent(difference / abs(base))})" if base else ""
    return wording.EXACT_DIFFER.format(difference=f"{'+' if difference > 0 else ''}{quantity(difference)}{share}")


def correction_words(changes: Sequence[Change]) -> str:
    """How many comparisons were looked at, what was found, and what the correction means."""
    tested = [change for change in changes if change.tested]
    untested = sum(not change.tested and change.finding is not Finding.UNKNOWN for change in changes)
    sentences = [wording.NONE_LOOKED_AT]
    if tested:
        hits = sum(change.finding is Finding.CHANGED for change in tested)
        found = wording.HITS.get(hits, wording.HITS_MANY.format(number=quantity(hits)))
        sentences = [
            wording.LOOKED_AT.format(
                comparisons=counted(len(tested), "comparison"),
                were=wording.WAS if len(tested) == 1 else wording.WERE,
                found=found,
                error=plain_percent(FAMILY_ERROR),
            )
        ]
    if untested:
        sentences.append(wording.NO_TEST.format(pairs=counted(untested, "pair")))
    return " ".join(sentences)
