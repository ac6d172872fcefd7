"""Launch view, what the input holds before it is run: rows, strata and totals with intervals, from random blocks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch import aside, background, browsing
from etl_batch.background import Task
from etl_batch.layouts import store_version
from etl_batch.model import Allocation
from etl_batch.previews import Preview
from etl_batch.probing import Probe, RowEstimate, estimate_path
from etl_batch.reporting.formatting import (
    counted,
    file_size,
    percent,
    plain_percent,
    quantity,
    rounded,
    short_number,
    visible,
)
from etl_batch.settings import setting
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FoundInputs, LaunchValues, is_whole, reading_options
from etl_batch.ui.shared import markup

MOST_SECONDS = 600.0
MOST_FILES = 200
"""More are not opened before a run."""
STRATA_SHOWN = 100
TICK_SECONDS = 0.5
_PROBE_KEY = "launch-probe"


def start_probe(home: Path, values: LaunchValues, found: FoundInputs) -> tuple[Hashable, Task[Probe]] | None:
    """The probe of what is picked, under way or done, and the key under which it is found again; None: there is none.

    It runs in a thread of its own. Another size, time or setting is another probe.
    """
    if found.problem is not None or not 0 < len(found.files) <= MOST_FILES:
        return None
    options = reading_options(home, values)
    try:
        content = _content(home, found, options.struct_config)
    except OSError:
        return None
    seed = _seed(values["seed"])
    key = (
        "probe",
        content,
        options,
        values["stratum"],
        values["measures"],
        values["sample_frac"],
        values["allocation"],
        seed,
    )
    known = background.find(key)
    if known is not None and known.finished:
        return key, known  # one that failed too: the same question has the same answer
    work = partial(
        estimate_path,
        found.files,
        home,
        stratum=values["stratum"],
        measures=values["measures"],
        sample_frac=values["sample_frac"],
        allocation=Allocation(values["allocation"]),
        seed=seed,
        options=options,
    )
    return key, background.start(key, found.size(), lambda _task: aside.within(MOST_SECONDS, work))


def _seed(typed: str) -> int:
    """The seed that was typed, the default for one that cannot be used."""
    row = setting("seed")
    number = int(typed) if is_whole(typed) else None
    usable = number is not None and row.bounds.most is not None and number <= row.bounds.most
    return number if number is not None and usable else int(row.default)


def _content(home: Path, found: FoundInputs, struct_config: Path | None) -> Hashable:
    """Changes when a file does, or what is known of layouts."""
    facts = tuple(browsing.state_of(path) for path in found.files)
    layouts = (str(struct_config), struct_config.stat().st_mtime_ns) if struct_config else store_version(home)
    return found.files, facts, layouts


def with_probed_rows(preview: Preview, found: FoundInputs) -> Preview:
    """The preview with the number of rows that the last probe of the same files has told."""
    files, key = st.session_state.get(_PROBE_KEY, (None, None))
    task: Task[Probe] | None = background.find(key) if files == found.files else None
    if task is None or task.result is None:
        return preview
    return replace(preview, rows_estimate=task.result.population_rows.estimate, bytes_looked_at=found.size())


def show_probe(home: Path, values: LaunchValues, found: FoundInputs) -> None:
    """What the probe says, or that it is under way."""
    if len(found.files) > MOST_FILES:
        markup.notice(wording.TOO_MANY.format(most=MOST_FILES))
        return
    started = start_probe(home, values, found)
    if started is None:
        return
    key, task = started
    st.session_state[_PROBE_KEY] = found.files, key
    if not task.finished:
        _watch(key, [])
    elif task.result is not None:
        _show(task.result)
    elif task.error:
        markup.notice(task.error, tone="warn")


@st.fragment(run_every=TICK_SECONDS)
def _watch(key: Hashable, ticks: list[bool]) -> None:
    """One tick of waiting. When the answer is there the page is drawn again, without a timer.

    Not at the first drawing, which belongs to a run of the whole page: that may be the answer to a click on Launch, and
    must come to its end.
    """
    task = background.find(key)
    if ticks and (task is None or task.finished):
        st.rerun()
    ticks.append(True)
    markup.section(wording.PROBE_TITLE, wording.WAITING)


def _show(probe: Probe) -> None:
    whole = probe.population_rows.exact is not None
    lead = wording.LEAD_WHOLE if whole else wording.PROBE_LEAD
    markup.section(wording.PROBE_TITLE, lead.format(read=file_size(probe.bytes_read), size=file_size(probe.size_bytes)))
    markup.rows(wording.PROBE_TITLE, headings(probe), probe_lines(probe))
    for sentence in foretold(probe):
        markup.notice(sentence)
    for sentence in distrusted(probe):
        markup.notice(sentence)
    if probe.stratum is not None and probe.strata:
        with st.expander(wording.STRATA.format(number=quantity(len(probe.strata)))):
            table = strata_table(probe)
            st.dataframe(table, hide_index=True, height=markup.table_height(len(table), 423))


def headings(probe: Probe) -> list[str]:
    """Those of the table: the last is the run that the probe foretells."""
    known = probe.expected
    run = wording.A_RUN.format(fraction=plain_percent(known.sample_frac)) if known else wording.THE_RUN
    return [heading.format(run=run) for heading in wording.HEADINGS]


def probe_lines(probe: Probe) -> list[list[str]]:
    """Rows and totals as lines of a table: name, estimate, interval, and what the run will say."""
    lines = [_row_line(wording.ROWS, probe.population_rows)]
    if probe.rejected_rows.estimate:
        lines.append(_row_line(wording.REJECTED, probe.rejected_rows))
    for name, total in probe.measures.items():
        estimate = "-" if total.estimate is None else rounded(total.estimate)
        interval = _interval(total.ci_low, total.ci_high, exact=total.exact is not None)
        lines.append([wording.TOTAL_OF.format(name=name), estimate, interval, _of_the_run(probe, name)])
    return lines


def _row_line(name: str, rows: RowEstimate) -> list[str]:
    interval = _interval(rows.ci_low, rows.ci_high, exact=rows.exact is not None)
    return [name, quantity(rows.estimate), interval, wording.RUN_COUNTS]


def _interval(low: float | None, high: float | None, *, exact: bool) -> str:
    if exact:
        return wording.PROBE_EXACT
    if low is None or high is None:
        return wording.PROBE_NO_INTERVAL
    return wording.BETWEEN.format(low=rounded(low), high=rounded(high))


def _of_the_run(probe: Probe, name: str) -> str:
    """How near the run's estimate of a total is expected to be, and whether it will be certified."""
    total = probe.expected.measures.get(name) if probe.expected else None
    if total is None or total.half_width is None:
        return wording.RUN_NO_INTERVAL
    words = wording.RUN_CERTIFIED if total.certified else wording.RUN_NOT_CERTIFIED
    return words.format(width=percent(total.half_width))


def foretold(probe: Probe) -> list[str]:
    """What the run is expected to say, in sentences: the errors of the totals it certifies, and which it does not."""
    known = probe.expected
    if known is None:
        return []
    fraction, rows = plain_percent(known.sample_frac), counted(known.sample_rows, "row")
    sure = [
        wording.EXPECTED_TOTAL.format(width=percent(total.half_width), name=visible(name, 60))
        for name, total in known.measures.items()
        if total.certified and total.half_width is not None
    ]
    doubtful = [visible(name, 60) for name, total in known.measures.items() if not total.certified]
    said = [wording.EXPECTED.format(fraction=fraction, rows=rows, totals=_listed(sure))] if sure else []
    return said + ([wording.EXPECTED_DOUBT.format(fraction=fraction, names=_listed(doubtful))] if doubtful else [])


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return wording.AND.join([", ".join(first), last] if first else [last])


def distrusted(probe: Probe) -> list[str]:
    """For an interval that cannot be trusted, why."""
    reasons: Mapping[str, str | None] = {
        wording.ROWS: probe.population_rows.reason,
        **{wording.TOTAL_OF.format(name=name): total.reason for name, total in probe.measures.items()},
    }
    return [wording.WHY.format(name=visible(name, 60), reason=reason) for name, reason in reasons.items() if reason]


def strata_table(probe: Probe) -> pd.DataFrame:
    """The largest strata with their rows and totals, each with half the width of its interval."""
    names = [
        visible(str(probe.stratum), 60),
        wording.CARD_ROWS,
        *(visible(wording.TOTAL_OF.format(name=name), 60) for name in probe.measures),
    ]
    lines = []
    for stratum in probe.strata[:STRATA_SHOWN]:
        value = wording.PROBE_MISSING if stratum.value is None else visible(str(stratum.value), 60)
        low, high = stratum.rows_ci
        cells = [value, _with_error(stratum.rows, None if low is None or high is None else (high - low) / 2)]
        for total in stratum.measures.values():
            wide = total.ci_low is None or total.ci_high is None
            error = None if wide else (total.ci_high - total.ci_low) / 2  # type: ignore[operator]
            cells.append(_with_error(total.estimate, error))
        lines.append(cells)
    return pd.DataFrame(lines, columns=names, dtype="object")


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{short_number(value)} ± {short_number(error)}" if error else short_number(value)
