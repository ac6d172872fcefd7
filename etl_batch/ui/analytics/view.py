"""Analytics view: estimates with their intervals against the exact totals, over all, by stratum and run after run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from etl_batch.model import UNKNOWN, Allocation, Analytics, MeasureEstimate, RunStatus, StratumEstimate, TargetScope
from etl_batch.reporting.formatting import percent, quantity, rounded, visible
from etl_batch.runs.history.index import list_runs, summarise
from etl_batch.runs.history.measures import measure_history
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics import wording
from etl_batch.ui.analytics.explorer import show_explorer
from etl_batch.ui.analytics.interval_study import show_coverage, show_larger, show_shares, show_study
from etl_batch.ui.analytics.measure_history import show_history
from etl_batch.ui.report.view import pick_run
from etl_batch.ui.shared import figures, markup
from etl_batch.ui.shared.chart import draw, offer
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.following import redraw_with_theme
from etl_batch.ui.shared.markup import Card, Tone
from etl_batch.ui.shared.missing import is_there, show_missing
from etl_batch.ui.shared.run_filters import Parameters
from etl_batch.ui.shared.tables import in_figures

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_tab_container import TabContainer

TAB_KEY = "analytics-tab"
RUNS_LIMIT, TABLE_LIMIT, POINTS_LIMIT = 200, 10_000, 2_000


class Tab(StrEnum):
    """The parts of the screen; the value is what the address calls it."""

    TOTALS = "totals"
    STRATA = "strata"
    EXPLORER = "explorer"
    HISTORY = "history"


def show_analytics(doors: Doors, parameters: Parameters) -> None:
    """Draw the choice of runs and the estimates of one: of the parameter `run`, else the newest that succeeded.

    The parameter `tab` says which part is open.
    """
    chosen = parameters.get("run")
    rows = [row for row in list_runs(doors.home, RUNS_LIMIT) if row.status is RunStatus.SUCCESS or row.run_id == chosen]
    if chosen is not None and not is_there(doors.home, chosen):
        show_missing(doors, Screen.ANALYTICS, chosen, next((row.run_id for row in rows), None))
        return
    if chosen is not None and all(row.run_id != chosen for row in rows):
        rows.append(summarise(RunDirectory(doors.home, chosen)))
    run_id = pick_run(rows, chosen, key="analytics-run")
    if run_id is None:
        markup.notice(wording.NO_RUN)
        return
    redraw_with_theme()
    record = RunDirectory(doors.home, run_id).metadata()
    analytics = record.analytics if record else None
    if analytics is None or analytics.status != "success" or not analytics.measures:
        markup.notice((analytics.reason if analytics else None) or "", tone="warn", title=wording.SKIPPED)
        if analytics is not None and analytics.strata:
            show_explorer(doors, run_id)  # rows can be counted without a measure
        return
    markup.cards(analytics_cards(analytics))
    if analytics.reason:
        markup.notice(analytics.reason, tone="warn")
    tabs = [tab for tab in Tab if analytics.strata or tab is not Tab.STRATA]
    for tab, place in zip(tabs, _draw_tabs(tabs, parameters), strict=True):
        # A tab that is not open draws nothing, so that each one costs only its own work.
        if place.open:
            with place:
                _show_tab(tab, doors, run_id, analytics)


def _draw_tabs(tabs: Sequence[Tab], parameters: Parameters) -> Sequence[TabContainer]:
    """The row of tabs, open at the one of the address, which follows each click."""
    names = {tab: wording.TABS[tab.value] for tab in tabs}
    wanted = parameters.get("tab", "")
    start = names[Tab(wanted) if wanted in tabs else Tab.TOTALS]
    if st.session_state.get(TAB_KEY, start) != start:
        st.session_state[TAB_KEY] = start

    def turn() -> None:
        parameters["tab"] = next(tab.value for tab, name in names.items() if name == st.session_state[TAB_KEY])

    return st.tabs(list(names.values()), default=start, key=TAB_KEY, on_change=turn)


def _show_tab(tab: Tab, doors: Doors, run_id: str, analytics: Analytics) -> None:
    if tab is Tab.TOTALS:
        _show_totals(analytics.measures)
        show_study(analytics)
        show_larger(analytics)
    elif tab is Tab.STRATA:
        _show_strata(analytics, list(analytics.measures))
    elif tab is Tab.EXPLORER:
        show_explorer(doors, run_id)
    else:
        show_history(measure_history(doors.home, run_id))
        show_coverage(doors.home)


def analytics_cards(analytics: Analytics) -> list[Card]:
    """Population, sample, strata and how many measures are certified."""
    count, fraction = len(analytics.measures), analytics.sample_frac_effective
    certified = sum(measure.certified for measure in analytics.measures.values())
    sure: Tone = "good" if certified == count else "warn"
    cards = [
        Card(wording.ROWS_NUMBER, quantity(analytics.population_rows), wording.ALL_OF_THEM_SEEN),
        Card(
            wording.SAMPLED_NUMBER,
            quantity(analytics.sample_rows),
            wording.SHARE_OF_ROWS.format(share=percent(fraction)) if fraction else "",
        ),
        Card(wording.TAKEN_WHOLE, quantity(analytics.taken_whole), wording.TAKEN_WHOLE_NOTE),
        Card(
            wording.STRATA_NUMBER,
            quantity(len(analytics.strata)),
            wording.BY_COLUMN.format(column=visible(analytics.stratum or "-", 40)),
        ),
        Card(
            wording.CERTIFIED_NUMBER,
            wording.PART_OF.format(part=quantity(certified), whole=quantity(count)),
            wording.MEASURES_NOTE,
            sure,
        ),
        Card(wording.SEED, quantity(analytics.seed), wording.SEED_NOTE),
    ]
    target = analytics.target_error
    if target is not None:
        of = wording.OF_STRATA if target.scope is TargetScope.STRATUM else wording.OF_MEASURES
        tone: Tone
        reached, tone = (wording.REACHED, "good") if target.reached else (wording.MISSED, "warn")
        cards.append(
            Card(
                wording.ERROR_TO_REACH, percent(target.target), wording.REACHED_OF.format(reached=reached, of=of), tone
            )
        )
    return cards


def _show_totals(measures: Mapping[str, MeasureEstimate]) -> None:
    markup.section(wording.TOTALS, wording.TOTALS_LEAD)
    drawn = figures.comparable(measures)
    if drawn:
        draw(figures.totals_figure(measures), "totals", wording.TOTALS)
    left_out = [name for name in measures if name not in drawn]
    if left_out:
        markup.notice(wording.NOT_DRAWN.format(names=", ".join(left_out)))
    for certified in (True, False):
        sentences = certainty_sentences(measures, certified)
        if sentences:
            markup.notice(" ".join(sentences), tone="good" if certified else "warn")
    st.dataframe(totals_table(measures), hide_index=True)
    offer(pd.DataFrame([{"measure": name, **asdict(measure)} for name, measure in measures.items()]), "totals")


def certainty_sentences(measures: Mapping[str, MeasureEstimate], certified: bool) -> list[str]:
    """Which measures are certified, or are not and why: a sentence for all of which the same is to be said."""
    alike: dict[str, list[str]] = {}
    for name, measure in measures.items():
        if measure.certified is certified:
            reason = "" if certified else measure.reason or wording.NO_REASON
            alike.setdefault(reason, []).append(visible(name, 60))
    said = wording.CERTIFIED if certified else wording.NOT_CERTIFIED
    return [said.format(names=", ".join(names), reason=reason) for reason, names in alike.items()]


def totals_table(measures: Mapping[str, MeasureEstimate]) -> pd.DataFrame:
    """One row a measure, numbers as text: integers past 2**53 must not be rounded on their way to the page."""
    return pd.DataFrame(
        [
            {
                wording.MEASURE_NAME: visible(name, 60),
                wording.ESTIMATE_NUMBER: rounded(m.estimate),
                wording.FROM_END: rounded(m.ci_low),
                wording.TO_END: rounded(m.ci_high),
                wording.EXACT_NUMBER: quantity(m.exact),
                wording.CERTIFIED_NUMBER: _yes_or_no(m.certified),
            }
            for name, m in measures.items()
        ]
    )


def _yes_or_no(certified: bool) -> str:
    return wording.YES if certified else wording.NO


def _show_strata(analytics: Analytics, measures: Sequence[str]) -> None:
    markup.section(wording.STRATA, wording.STRATA_LEAD)
    left, middle, right = st.columns(3)
    picked = left.selectbox(
        wording.MEASURE,
        measures,
        format_func=lambda name: visible(name, 60),
        key="strata-measure",
        help=wording.MEASURE_HELP,
    )
    measure = picked or measures[0]
    order = (
        middle.selectbox(wording.ORDER, wording.ORDERS, key="strata-order", help=wording.ORDER_HELP)
        or wording.ORDERS[0]
    )
    strata = in_order(analytics.strata, measure, order)
    most = min(len(strata), 50)
    top = right.slider(wording.TOP, 1, most, min(15, most), key="strata-top", help=wording.TOP_HELP) if most > 1 else 1
    draw(figures.strata_figure(strata[:top], measure), "strata", wording.STRATA)
    left, right = st.columns(2)
    with left:
        markup.section(
            wording.EXPANSION,
            wording.EXPANSION_SQRT
            if analytics.allocation is Allocation.SQRT and analytics.mix < 1.0
            else wording.EXPANSION_LEAD,
        )
        draw(
            figures.expansion_figure(in_order(strata, measure, wording.ORDERS[0])[:POINTS_LIMIT]),
            "expansion",
            wording.EXPANSION,
        )
    with right:
        show_shares(analytics)
    markup.section(wording.TABLE)
    table = strata_table(strata[:TABLE_LIMIT], measure, analytics.stratum or wording.STRATUM)
    uncertain = dict.fromkeys((wording.ESTIMATE_NUMBER, wording.FROM_END, wording.TO_END), rounded)
    st.dataframe(in_figures(table, uncertain), hide_index=True, height=markup.table_height(len(table), 420))
    offer(table, "strata")


def in_order(strata: Sequence[StratumEstimate], measure: str, order: str) -> list[StratumEstimate]:
    """The strata by size, by the width of one measure's interval, or by how far its estimate is off."""
    if order == wording.ORDERS[0]:
        return sorted(strata, key=lambda stratum: -stratum.rows)

    def distance(stratum: StratumEstimate) -> float:
        m = stratum.measures.get(measure, UNKNOWN)
        first, second = (m.ci_low, m.ci_high) if order == wording.ORDERS[1] else (m.estimate, m.exact)
        return -1.0 if first is None or second is None else abs(second - first)

    return sorted(strata, key=distance, reverse=True)


def strata_table(strata: Sequence[StratumEstimate], measure: str, stratum: str) -> pd.DataFrame:
    """One row a stratum with the estimate of one measure."""
    records = []
    for item in strata:
        m = item.measures.get(measure, UNKNOWN)
        records.append(
            {
                visible(stratum, 40): visible(wording.EMPTY_VALUE if item.value in (None, "") else str(item.value), 80),
                wording.ROWS_NUMBER: item.rows,
                wording.SAMPLED_NUMBER: item.sampled,
                wording.EXPANSION_NUMBER: item.expansion,
                wording.ESTIMATE_NUMBER: m.estimate,
                wording.FROM_END: m.ci_low,
                wording.TO_END: m.ci_high,
                wording.EXACT_NUMBER: m.exact,
                wording.CERTIFIED_NUMBER: wording.POOLED if item.pool is not None else _yes_or_no(m.certified),
            }
        )
    return pd.DataFrame(records)
