"""Rejects view: what could not be read, by reason, source and field, page by page, and each record to its bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.background import Task
from etl_batch.record.originals import name_of
from etl_batch.record.run import RunRecord
from etl_batch.reporting.formatting import counted, ordinal, percent, quantity, visible, words
from etl_batch.runs.history.index import list_runs, summarise
from etl_batch.runs.record import reject_view
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.reject_view import RejectFilter, RejectIndex, RejectKind, RejectLine
from etl_batch.ui.rejects import wording
from etl_batch.ui.rejects.record import show_reject
from etl_batch.ui.rejects.replay import show_replay
from etl_batch.ui.report.view import pick_run
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card
from etl_batch.ui.shared.missing import is_there, show_missing
from etl_batch.ui.shared.tables import in_figures

RUNS_LIMIT, PAGE_LINES, OPTIONS_LIMIT, REASONS_SHOWN = 200, 50, 1000, 20
TICK_SECONDS = 1.5


def show_rejects(doors: Doors, chosen: str | None = None) -> None:
    """Draw the choice of runs and the rejects of one; `chosen` comes first, else the newest that has any."""
    rows = [row for row in list_runs(doors.home, RUNS_LIMIT) if row.rejected or row.run_id == chosen]
    if chosen is not None and not is_there(doors.home, chosen):
        show_missing(doors, Screen.REJECTS, chosen, next((row.run_id for row in rows), None))
        return
    if chosen is not None and all(row.run_id != chosen for row in rows):
        rows.append(summarise(RunDirectory(doors.home, chosen)))
    run_id = pick_run(rows, chosen, key="rejects-run")
    if run_id is None:
        markup.notice(wording.EMPTY)
        return
    run = RunDirectory(doors.home, run_id)
    if not doors.status(run_id).final:
        progress = run.progress()
        rejects = counted(progress.rejected if progress else 0, "reject")
        markup.notice(wording.GOES_ON.format(rejects=rejects))
        doors.link(wording.TO_RUN, Screen.RUNS, {"run": run_id})
        return
    record = run.metadata() or RunRecord(run.run_id)
    reasons, records = record.rejects_by_reason, record.counts.records_in
    doors.link(wording.TO_RUN, Screen.RUNS, {"run": run_id})
    _show_reasons(reasons, records)
    path = run.file("rejects.jsonl")
    if not path.is_file() or not path.stat().st_size:
        markup.notice(wording.GONE if reasons else wording.NOTHING, tone="warn" if reasons else "info")
        return
    show_replay(doors, run_id, record)
    _show_list(doors, run, path)


def _show_reasons(reasons: Mapping[str, int], records: int) -> None:
    total = sum(reasons.values())
    cards = [
        Card(
            wording.REJECTED, quantity(total), wording.OF_ALL.format(share=percent(total / records)) if records else ""
        ),
        Card(wording.REASONS_CARD, quantity(len(reasons))),
    ]
    markup.cards(cards)
    if reasons:
        markup.section(wording.REASONS, wording.REASON_LEAD)
        ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:REASONS_SHOWN]
        markup.show("table.html", pairs=[(words(name), quantity(number)) for name, number in ranked])


def _show_list(doors: Doors, run: RunDirectory, path: Path) -> None:
    markup.section(wording.LIST)
    task = reject_view.index_of(path)
    totals = task.result.totals() if task.result is not None else Counter[RejectKind]()
    inputs = (run.metadata() or RunRecord(run.run_id)).inputs

    def called(source: str) -> str:
        return name_of(doors.home, source, inputs)

    wanted = _filter(totals, run.run_id, called)
    if not task.finished:
        _watch(doors, task, run.run_id)
    elif task.result is not None and task.result.unreadable:
        markup.notice(wording.UNREADABLE.format(number=quantity(task.result.unreadable)), tone="warn")
    total = sum(count for kind, count in totals.items() if wanted.fits(kind))
    place_key = f"rejects-place-{run.run_id}-{wanted}"
    first = min(int(st.session_state.get(place_key, 0)), max(0, total - 1))
    lines = reject_view.read_page(path, wanted, first, PAGE_LINES)
    if not lines:
        markup.notice(wording.NONE_FIT if task.finished else wording.NOT_YET)
        return
    _show_controls(first, len(lines), max(total, first + len(lines)), place_key)
    st.dataframe(
        in_figures(rejects_table(lines, first, called)),
        hide_index=True,
        height=markup.table_height(len(lines), 420),
        column_config={wording.VIEW_NUMBER: st.column_config.NumberColumn(width=80)},
    )
    _show_downloads(doors, run, path, wanted)
    show_reject(doors, run, _pick(lines, first, place_key, called))


@st.fragment(run_every=TICK_SECONDS)
def _watch(doors: Doors, task: Task[RejectIndex], run_id: str) -> None:
    """One tick of the counting. When it is over the whole page is drawn again, without a timer."""
    doors.status(run_id)
    if task.finished:
        st.rerun()
    share = task.fraction
    markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=wording.COUNTING)


def _filter(totals: Counter[RejectKind], run_id: str, called: Callable[[str], str]) -> RejectFilter:
    """Three boxes, each with the values that occur and how often."""
    reasons, sources, fields = Counter[str](), Counter[str](), Counter[str]()
    for (reason, source, field), count in totals.items():
        reasons[reason] += count
        sources[source] += count
        fields[field or ""] += count
    left, middle, right = st.columns(3)
    with left:
        reason_wanted = _box(wording.REASON, reasons, f"reject-reason-{run_id}")
    with middle:
        source_wanted = _box(wording.SOURCE, sources, f"reject-source-{run_id}", called)
    with right:
        field_wanted = _box(wording.FIELD, fields, f"reject-field-{run_id}")
    return RejectFilter(reason_wanted, source_wanted, field_wanted)


def _box(label: str, values: Counter[str], key: str, called: Callable[[str], str] = words) -> str | None:
    options = [chosen.NONE, *(value for value, _ in values.most_common(OPTIONS_LIMIT))]

    def shown(value: str) -> str:
        if value == chosen.NONE:
            return wording.ANY
        name = called(value) if value else wording.NO_FIELD
        return f"{visible(name, 60)} ({quantity(values[value])})"

    return chosen.meant(st.selectbox(label, options, format_func=shown, key=key))


def _show_controls(first: int, shown: int, total: int, place_key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        last = max(0, (total - 1) // PAGE_LINES * PAGE_LINES)
        for label, place, off in (
            (wording.FIRST, 0, first == 0),
            (wording.BACK, max(0, first - PAGE_LINES), first == 0),
            (wording.NEXT, first + PAGE_LINES, first + shown >= total),
            (wording.LAST, last, first >= last),
        ):
            name = f"{label}-{place_key}"
            st.button(label, key=name, disabled=off, on_click=_move, args=(place_key, place))
        sentence = wording.SHOWN.format(first=quantity(first + 1), last=quantity(first + shown), total=quantity(total))
        st.caption(sentence, width="content")


def _move(place_key: str, place: int) -> None:
    st.session_state[place_key] = place


def rejects_table(lines: Sequence[RejectLine], first: int, called: Callable[[str], str]) -> pd.DataFrame:
    """One line a reject, its text visible and short. `called`: what a person calls a source."""
    return pd.DataFrame(
        [
            {
                wording.VIEW_NUMBER: first + place + 1,
                wording.REASON_COLUMN: words(line.reason),
                wording.FIELD_COLUMN: visible(line.field or "", 60),
                wording.SOURCE_COLUMN: visible(called(line.source), 80),
                wording.OFFSET_COLUMN: quantity(line.offset),
                wording.RECORD_COLUMN: ordinal(line.record),
                wording.DETAIL_COLUMN: visible(markup.said(line.detail), 200),
                wording.BYTES_COLUMN: raw_begins(line),
            }
            for place, line in enumerate(lines)
        ]
    )


def raw_begins(line: RejectLine) -> str:
    """How a record begins: as text when it was one, else as hex pairs."""
    if line.is_text:
        return visible(line.raw[:400].decode("utf-8", "replace"), 80)
    return line.raw[:16].hex(" ") + (" …" if len(line.raw) > 16 else "")


def _show_downloads(doors: Doors, run: RunDirectory, path: Path, wanted: RejectFilter) -> None:
    if doors.file_url is None or doors.rejects_url is None:
        st.caption(visible(wording.ON_DISK.format(path=path), 300))
        return
    named = {"reason": wanted.reason, "source": wanted.source, "field": wanted.field}
    chosen = {name: value for name, value in named.items() if value is not None}
    markup.show("link.html", url=doors.file_url(run.run_id, path.name), label=wording.DOWNLOAD_ALL)
    if chosen:
        markup.show("link.html", url=doors.rejects_url(run.run_id, chosen), label=wording.DOWNLOAD_SOME)


def _pick(lines: Sequence[RejectLine], first: int, place_key: str, called: Callable[[str], str]) -> RejectLine:
    labels = {line.at: _label(line, first + place, called) for place, line in enumerate(lines)}
    picked = st.selectbox(
        wording.RECORD, list(labels), format_func=lambda at: labels.get(at, ""), key=f"reject-{place_key}-{first}"
    )
    return next((line for line in lines if line.at == picked), lines[0])


def _label(line: RejectLine, number: int, called: Callable[[str], str]) -> str:
    field = f", {line.field}" if line.field else ""
    place = wording.PLACE_IN_FILE.format(name=called(line.source), offset=quantity(line.offset))
    return visible(f"{quantity(number + 1)} · {words(line.reason)}{field} · {place}", 110)
