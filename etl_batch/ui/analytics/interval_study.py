"""How far the intervals can be trusted: the study's table, what a larger sample buys, and the home's own record."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.analytics.proportions import wilson
from etl_batch.model import Analytics
from etl_batch.reporting.coverage import build_coverage
from etl_batch.reporting.formatting import counted, percent, quantity
from etl_batch.reporting.larger import build_curves
from etl_batch.reporting.shares import build_shares
from etl_batch.runs.history.index import coverage_so_far
from etl_batch.runs.history.intervals import LOOK_BACK, CoverageSoFar, Held
from etl_batch.ui.analytics import sample_figures, wording
from etl_batch.ui.shared import chart, markup

LARGER_SHOWN = sample_figures.MOST_LINES


def show_study(analytics: Analytics) -> None:
    """The coverage study at the fraction nearest to the run's, folded away."""
    coverage = build_coverage(analytics.sample_frac_effective)
    if coverage is None:
        return
    with st.expander(wording.STUDY):
        st.caption(coverage.sentence)
        cells = [
            (row.population, wording.YES if row.certified else wording.NO, row.covered, row.missed, row.rows)
            for row in coverage.rows
        ]
        markup.rows(wording.STUDY, wording.STUDY_COLUMNS, cells)
        st.caption(wording.STUDY_SOURCE)


def show_larger(analytics: Analytics) -> None:
    """The expected interval against the fraction; nothing for a run that did not work it out."""
    curves = [curve for curve in build_curves(analytics) if len(curve.drawn) > 1][:LARGER_SHOWN]
    if not curves:
        return
    markup.section(wording.LARGER, wording.LARGER_LEAD)
    chart.draw(sample_figures.larger_figure(curves), "larger", wording.LARGER)
    markup.show("sentences.html", sentences=[curve.sentence for curve in curves])
    points = [
        {"measure": curve.measure, "sample_frac": point.fraction, "sample_rows": point.rows, "half_width": point.width}
        for curve in curves
        for point in curve.points
    ]
    chart.offer(pd.DataFrame(points), "larger")


def show_shares(analytics: Analytics) -> None:
    """How many rows each stratum gave, and by which rule."""
    shares = build_shares(analytics)
    if shares is None:
        return
    markup.section(wording.SHARES, shares.sentence)
    chart.draw(sample_figures.shares_figure(shares), "shares", wording.SHARES)


def show_coverage(home: Path) -> None:
    """How often the intervals of this home's runs have held."""
    coverage = coverage_so_far(home)
    markup.section(wording.SO_FAR, wording.SO_FAR_LEAD)
    if not coverage.certified.count and not coverage.others.count:
        st.caption(wording.SO_FAR_NONE)
        return
    chart.draw(sample_figures.coverage_figure(coverage), "coverage", wording.SO_FAR)
    markup.show("sentences.html", sentences=coverage_sentences(coverage))


def coverage_sentences(coverage: CoverageSoFar) -> list[str]:
    """What the figure says, and what was counted."""
    pairs = ((wording.SO_FAR_CERTIFIED, coverage.certified), (wording.SO_FAR_OTHERS, coverage.others))
    return [
        *(_held_sentence(words, held) for words, held in pairs if held.count),
        wording.SO_FAR_COUNTED.format(
            repeated=wording.REPEATED.format(count=quantity(coverage.repeated)) if coverage.repeated else "",
            bounded=wording.BOUNDED.format(runs=quantity(LOOK_BACK)) if coverage.bounded else "",
        ),
    ]


def _held_sentence(words: str, held: Held) -> str:
    low, high = wilson(held.held, held.count)
    return words.format(
        count=counted(held.count, "interval"),
        were=wording.WAS if held.count == 1 else wording.WERE,
        held=quantity(held.held),
        share=percent(held.held / held.count),
        low=percent(low),
        high=percent(high),
    )
