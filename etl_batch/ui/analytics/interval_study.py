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
from etl_batch.ui.analytics import sample_figures
from etl_batch.ui.shared import chart, markup

STUDY = "How often such intervals hold"
STUDY_COLUMNS = ("Population", "Certified", "Held the total", "Ended below / began above", "Rows sampled")
STUDY_SOURCE = (
    "After ± stands the Monte Carlo error: how far a share from so many samples may be off by chance. "
    "docs/analytics.md describes the study and has the whole table."
)
LARGER = "What a larger sample buys"
LARGER_LEAD = (
    "How wide the 95 % interval of each total can be expected to be, as a share of the total, when more or fewer rows "
    "are sampled. It follows from the spread of all rows, which the run has seen; for heavy tails a larger sample does "
    "better than drawn. The diamonds are what this run's own intervals came to."
)
LARGER_SHOWN = len(sample_figures.LINE_COLOURS)
SHARES = "How the sample was shared out"
SO_FAR = "Coverage so far"
SO_FAR_LEAD = "How many intervals of totals in this history held the exact total; the line is the 95 % they promise."
SO_FAR_NONE = "No run has an interval yet that could miss."
SO_FAR_CERTIFIED = "Of {count} that {were} certified, {held} held the exact total: {share} ({low} to {high})."
SO_FAR_OTHERS = "Of {count} that {were} not certified, {held} held it: {share} ({low} to {high})."
SO_FAR_COUNTED = (
    "In brackets stands the 95 % interval of the share (Wilson). Totals without error are not counted, since they "
    "cannot miss; runs that drew the same sample of the same input count once{repeated}. Measures of one run share its "
    "rows and hold or miss together now and then, so the truth may lie a little further off.{bounded}"
)
REPEATED, BOUNDED = " ({count} left out)", " Only the newest {runs} runs were looked at."


def show_study(analytics: Analytics) -> None:
    """The coverage study at the fraction nearest to the run's, folded away."""
    coverage = build_coverage(analytics.sample_frac_effective)
    if coverage is None:
        return
    with st.expander(STUDY):
        st.caption(coverage.sentence)
        cells = [
            (row.population, "yes" if row.certified else "no", row.covered, row.missed, row.rows)
            for row in coverage.rows
        ]
        markup.rows(STUDY, STUDY_COLUMNS, cells)
        st.caption(STUDY_SOURCE)


def show_larger(analytics: Analytics) -> None:
    """The expected interval against the fraction; nothing for a run that did not work it out."""
    curves = [curve for curve in build_curves(analytics) if len(curve.drawn) > 1][:LARGER_SHOWN]
    if not curves:
        return
    markup.section(LARGER, LARGER_LEAD)
    chart.draw(sample_figures.larger_figure(curves), "larger", LARGER)
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
    markup.section(SHARES, shares.sentence)
    chart.draw(sample_figures.shares_figure(shares), "shares", SHARES)


def show_coverage(home: Path) -> None:
    """How often the intervals of this home's runs have held."""
    coverage = coverage_so_far(home)
    markup.section(SO_FAR, SO_FAR_LEAD)
    if not coverage.certified.count and not coverage.others.count:
        st.caption(SO_FAR_NONE)
        return
    chart.draw(sample_figures.coverage_figure(coverage), "coverage", SO_FAR)
    markup.show("sentences.html", sentences=coverage_sentences(coverage))


def coverage_sentences(coverage: CoverageSoFar) -> list[str]:
    """What the figure says, and what was counted."""
    pairs = ((SO_FAR_CERTIFIED, coverage.certified), (SO_FAR_OTHERS, coverage.others))
    return [
        *(_held_sentence(words, held) for words, held in pairs if held.count),
        SO_FAR_COUNTED.format(
            repeated=REPEATED.format(count=quantity(coverage.repeated)) if coverage.repeated else "",
            bounded=BOUNDED.format(runs=quantity(LOOK_BACK)) if coverage.bounded else "",
        ),
    ]


def _held_sentence(words: str, held: Held) -> str:
    low, high = wilson(held.held, held.count)
    return words.format(
        count=counted(held.count, "interval"),
        were="was" if held.count == 1 else "were",
        held=quantity(held.held),
        share=percent(held.held / held.count),
        low=percent(low),
        high=percent(high),
    )
