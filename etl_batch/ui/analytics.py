"""Analytics view: estimates with their intervals against the exact totals, over all and by stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import percent, quantity, rounded, visible
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import list_runs
from etl_batch.runs.measures import MeasurePoint, measure_history
from etl_batch.security.escaping import escape_cells
from etl_batch.ui import figures, markup
from etl_batch.ui.doors import Doors
from etl_batch.ui.markup import Card
from etl_batch.ui.report import pick_run

TITLE = "Analytics"
LEAD = (
    "“Quantum-inspired” means classical stratified sampling that borrows the square-root idea when it shares out the "
    "sample; nothing here runs on a quantum computer or gains a quantum speed-up."
)
NO_RUN = "There are no estimates yet. Launch a run: they are made as it reads."
SKIPPED = "This run has no estimates."
TOTALS = "Estimates against the exact totals"
TOTALS_LEAD = (
    "The bar is the 95 % interval of the estimate, the line at nought the exact total, which the run has seen in full. "
    "About 95 of 100 intervals should reach the line."
)
CERTIFIED = "certified: the interval can be trusted as it stands."
NOT_CERTIFIED = "not certified: {reason}"
STRATA, STRATA_LEAD = "Strata", "The largest strata by rows, each with its estimate, its interval and its exact total."
EXPANSION = "Expansion factors"
EXPANSION_LEAD = "How many rows one sampled row stands for. Large strata are sampled more thinly: the square-root idea."
TABLE = "All strata"
HISTORY = "Run after run"
HISTORY_LEAD = "The total of one measure in each run that wrote the same outputs, the newest on the right."
HISTORY_SHORT = "This was the first run that wrote these outputs; the next one begins a history."
MEASURE, TOP, ORDER = "Measure", "Strata shown", "Order"
ORDERS = ("largest first", "widest interval first", "furthest from the exact total first")
DOWNLOAD = "These numbers as CSV"
NOT_DRAWN = "Not drawn, because an exact total of nought or a missing interval has no place on the scale: {names}."
RUNS_LIMIT, TABLE_LIMIT, POINTS_LIMIT = 200, 10_000, 2_000


def show_analytics(doors: Doors, chosen: str | None = None) -> None:
    """Draw the choice of runs and the estimates of one; `chosen` comes first, else the newest that succeeded."""
    rows = [row for row in list_runs(doors.home, RUNS_LIMIT) if row.status is RunStatus.SUCCESS]
    run_id = pick_run(rows, chosen, key="analytics-run")
    if run_id is None:
        markup.notice(NO_RUN)
        return
    analytics = (RunDirectory(doors.home, run_id).metadata() or {}).get("analytics") or {}
    if analytics.get("status", "success") != "success" or not analytics.get("measures"):
        markup.notice(str(analytics.get("reason") or ""), tone="warn", title=SKIPPED)
        return
    markup.cards(analytics_cards(analytics))
    _show_totals(analytics["measures"])
    strata = analytics.get("strata") or ()
    if strata:
        _show_strata(strata, list(analytics["measures"]), analytics.get("stratum"))
    _show_history(measure_history(doors.home, run_id))


def analytics_cards(analytics: Mapping[str, Any]) -> list[Card]:
    """Population, sample, strata and how many measures are certified."""
    measures = analytics["measures"].values()
    certified = sum(bool(m.get("certified")) for m in measures)
    fraction = analytics.get("sample_frac_effective")
    return [
        Card("Rows", quantity(analytics.get("population_rows")), "all of them seen"),
        Card("Sampled", quantity(analytics.get("sample_rows")), f"{percent(fraction)} of the rows" if fraction else ""),
        Card("Taken whole", quantity(analytics.get("taken_whole") or 0), "of these, for their large values"),
        Card(
            "Strata", quantity(len(analytics.get("strata") or ())), f"by {visible(analytics.get('stratum') or '-', 40)}"
        ),
        Card(
            "Certified",
            f"{certified} of {len(measures)}",
            "measures",
            "good" if certified == len(measures) else "warn",
        ),
        Card("Seed", quantity(analytics.get("seed")), "same seed, same sample"),
    ]


def _show_totals(measures: Mapping[str, Mapping[str, Any]]) -> None:
    markup.section(TOTALS, TOTALS_LEAD)
    drawn = figures.comparable(measures)
    if drawn:
        _draw(figures.totals_figure(measures), "totals", TOTALS)
    left_out = [name for name in measures if name not in drawn]
    if left_out:
        markup.notice(NOT_DRAWN.format(names=", ".join(left_out)))
    for name, measure in measures.items():
        certified = bool(measure.get("certified"))
        words = CERTIFIED if certified else NOT_CERTIFIED.format(reason=measure.get("reason") or "no reason was given.")
        markup.notice(f"{name} is {words}", tone="good" if certified else "warn")
    st.dataframe(totals_table(measures), hide_index=True)
    _offer(pd.DataFrame([{"measure": name, **measure} for name, measure in measures.items()]), "totals")


def _draw(figure: Any, key: str, words: str) -> None:
    """A figure in its own colours: `theme=None` keeps the surrounding app's from painting over them."""
    st.plotly_chart(figure, theme=None, config=figures.CONFIG, key=key, alt=words)


def totals_table(measures: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row a measure, numbers as text: integers past 2**53 must not be rounded on their way to the page."""
    return pd.DataFrame(
        [
            {
                "Measure": visible(name, 60),
                "Estimate": rounded(m.get("estimate")),
                "95 % from": rounded(m.get("ci_low")),
                "to": rounded(m.get("ci_high")),
                "Exact": quantity(m.get("exact")),
                "Certified": "yes" if m.get("certified") else "no",
            }
            for name, m in measures.items()
        ]
    )


def _show_strata(strata: Sequence[Mapping[str, Any]], measures: Sequence[str], stratum: str | None) -> None:
    markup.section(STRATA, STRATA_LEAD)
    left, middle, right = st.columns(3)
    picked = left.selectbox(MEASURE, measures, format_func=lambda name: visible(name, 60), key="strata-measure")
    measure = picked or measures[0]
    order = middle.selectbox(ORDER, ORDERS, key="strata-order") or ORDERS[0]
    strata = in_order(strata, measure, order)
    most = min(len(strata), 50)
    top = right.slider(TOP, 1, most, min(15, most), key="strata-top") if most > 1 else 1
    _draw(figures.strata_figure(strata[:top], measure), "strata", STRATA)
    markup.section(EXPANSION, EXPANSION_LEAD)
    _draw(figures.expansion_figure(in_order(strata, measure, ORDERS[0])[:POINTS_LIMIT]), "expansion", EXPANSION)
    markup.section(TABLE)
    numbers = st.column_config.NumberColumn(format="localized")
    table = strata_table(strata[:TABLE_LIMIT], measure, stratum or "stratum")
    st.dataframe(
        table,
        hide_index=True,
        height=markup.table_height(len(table), 420),
        column_config=dict.fromkeys(table.columns[1:-1], numbers),
    )
    _offer(table, "strata")


def in_order(strata: Sequence[Mapping[str, Any]], measure: str, order: str) -> list[Mapping[str, Any]]:
    """The strata by size, by the width of one measure's interval, or by how far its estimate is off."""
    if order == ORDERS[0]:
        return sorted(strata, key=lambda stratum: -stratum["rows"])
    ends = ("ci_low", "ci_high") if order == ORDERS[1] else ("estimate", "exact")

    def distance(stratum: Mapping[str, Any]) -> float:
        m = stratum.get("measures", {}).get(measure, {})
        first, second = (m.get(end) for end in ends)
        return -1.0 if first is None or second is None else abs(second - first)

    return sorted(strata, key=distance, reverse=True)


def _show_history(points: Mapping[str, Sequence[MeasurePoint]]) -> None:
    markup.section(HISTORY, HISTORY_LEAD)
    if not points or max(map(len, points.values())) < 2:
        st.caption(HISTORY_SHORT)
        return
    names = list(points)
    measure = st.selectbox(MEASURE, names, format_func=lambda name: visible(name, 60), key="history-measure")
    chosen = points[measure or names[0]]
    _draw(figures.history_figure(chosen, measure or names[0]), "history", HISTORY)
    _offer(history_table(chosen), "history")


def history_table(points: Sequence[MeasurePoint]) -> pd.DataFrame:
    """One row a run."""
    return pd.DataFrame([asdict(point) for point in points])


def _offer(table: pd.DataFrame, name: str) -> None:
    st.download_button(
        DOWNLOAD,
        table_csv(table),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        key=f"csv-{name}",
    )


def table_csv(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet may open: texts that it would run are escaped as in the outputs."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column].dtype):
            texts = [None if pd.isna(value) else str(value) for value in safe[column]]
            safe[column] = _escaped(texts)
    safe.columns = pd.Index(_escaped([str(name) for name in safe.columns]))
    return str(safe.to_csv(index=False, lineterminator="\n"))


def strata_table(strata: Sequence[Mapping[str, Any]], measure: str, stratum: str) -> pd.DataFrame:
    """One row a stratum with the estimate of one measure."""
    records = []
    for item in strata:
        m = item.get("measures", {}).get(measure, {})
        records.append(
            {
                visible(stratum, 40): visible("(empty)" if item.get("value") in (None, "") else str(item["value"]), 80),
                "Rows": item["rows"],
                "Sampled": item["sampled"],
                "Expansion": item.get("expansion"),
                "Estimate": m.get("estimate"),
                "95 % from": m.get("ci_low"),
                "to": m.get("ci_high"),
                "Exact": m.get("exact"),
                "Certified": "yes" if m.get("certified") else "no",
            }
        )
    return pd.DataFrame(records)


def _escaped(texts: list[str | None] | list[str]) -> list[str | None]:
    cells: list[str | None] = escape_cells(pa.array(texts, pa.string()))[0].to_pylist()
    return cells
