"""Comparison view: two runs side by side, what differs first and the equal rest folded away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.values import number
from etl_batch.reporting.formatting import (
    MINUS,
    NOTHING,
    counted,
    duration,
    file_size,
    moment,
    quantity,
    rounded,
    setting_name,
    shown,
    signed_percent,
    visible,
    words,
)
from etl_batch.runs.history.compare import (
    ComparedPart,
    ComparedRun,
    ComparedSubject,
    ComparedTotal,
    ComparedValue,
    Comparison,
    IntervalVerdict,
    RunTotal,
    Unit,
    compare_runs,
)
from etl_batch.runs.history.index import open_run
from etl_batch.ui.runs import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen

AFTER_TOTALS = (ComparedSubject.OUTPUTS, ComparedSubject.SPEED)
MOST_LINES, MOST_TOTALS = 100, 40
_WRITE: dict[Unit, Callable[[object], str]] = {
    Unit.PLAIN: lambda value: shown(value, 300),
    Unit.NUMBER: quantity,
    Unit.BYTES: file_size,
    Unit.SECONDS: duration,
}


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One line as it is read."""

    name: str
    before: str
    after: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One total as it is read: estimate with interval and exact total of both, and the verdicts in words."""

    name: str
    before: str
    before_exact: str
    after: str
    after_exact: str
    verdict: str
    tone: str
    exact: str
    exact_tone: str


def show_comparison(doors: Doors, one: str, other: str, back: Mapping[str, str]) -> None:
    """Draw the comparison of two runs; `back`: parameters of the list that one came from."""
    doors.link(wording.BACK, Screen.RUNS, back)
    try:
        found = [(open_run(doors.home, run_id), doors.status(run_id)) for run_id in (one, other)]
    except UsageError as error:
        markup.notice(error.message, tone="bad")
        return
    for run, status in found:
        if not status.final:
            markup.notice(wording.NOT_OVER.format(run_id=run.run_id), tone="warn")
            return
    if one == other:
        markup.notice(wording.THE_SAME_RUN, tone="warn")
        return
    before, after = (run.metadata() or RunRecord(run.run_id, status) for run, status in found)
    comparison = compare_runs(before, after)
    markup.section(wording.COMPARE_TITLE)
    markup.show("compare_sides.html", sides=[side_facts(comparison.before), side_facts(comparison.after)])
    _show_differences(comparison)
    _show_equal(comparison)


def side_facts(side: ComparedRun) -> dict[str, str]:
    """Whose column is whose."""
    return {
        "run_id": side.run_id,
        "status": markup.status_word(side.status) if side.status is not None else NOTHING,
        "tone": markup.TONES[side.status] if side.status is not None else "plain",
        "names": visible(", ".join(side.names), 200),
        "facts": " · ".join(
            filter(None, (wording.BY_USER.format(user=side.user) if side.user else "", moment(side.started_at)))
        ),
    }


def _show_differences(comparison: Comparison) -> None:
    differing = [lines for lines in comparison.parts if lines.differing]
    totals = [line for line in comparison.totals if not _is_equal(line)]
    if not totals and all(lines.part is ComparedSubject.SPEED for lines in differing):
        markup.notice(wording.NO_DIFFERENCE, tone="good")
    for lines in differing:
        if lines.part not in AFTER_TOTALS:
            _show_part(comparison, lines)
    if not comparison.totals:
        st.caption(wording.NO_TOTALS)
    _show_totals(comparison, totals)
    for lines in differing:
        if lines.part in AFTER_TOTALS:
            _show_part(comparison, lines)


def _show_part(comparison: Comparison, lines: ComparedPart) -> None:
    title, lead = wording.PARTS[lines.part]
    markup.section(title, lead)
    _show_lines(comparison, title, lines.part, lines.differing)


def _is_equal(line: ComparedTotal) -> bool:
    return line.verdict is IntervalVerdict.SAME


def _show_lines(comparison: Comparison, title: str, part: ComparedSubject, lines: Sequence[ComparedValue]) -> None:
    rows = [compare_row(part, line) for line in lines[:MOST_LINES]]
    if part is ComparedSubject.COUNTS:
        rows = [_as_published(comparison, line, row) for line, row in zip(lines, rows, strict=False)]
    # A column for differences that are none would only take room.
    last = wording.DIFFERENCE if any(row.difference for row in rows) else ""
    markup.show("compare.html", title=title, rows=rows, last=last, **_sides(comparison))
    if len(lines) > MOST_LINES:
        st.caption(wording.MORE.format(count=quantity(len(lines) - MOST_LINES)))


def _as_published(comparison: Comparison, line: ComparedValue, row: CompareRow) -> CompareRow:
    """What a run that is no success had written is gone: it has published nothing."""
    before, after = (side.status is RunStatus.SUCCESS for side in (comparison.before, comparison.after))
    if line.name != "written" or (before and after):
        return row
    return CompareRow(
        row.name,
        row.before if before else wording.NOTHING_PUBLISHED,
        row.after if after else wording.NOTHING_PUBLISHED,
    )


def _show_totals(comparison: Comparison, lines: Sequence[ComparedTotal]) -> None:
    if not lines:
        return
    markup.section(wording.TOTALS, wording.TOTALS_LEAD)
    _total_table(comparison, lines)


def _total_table(comparison: Comparison, lines: Sequence[ComparedTotal]) -> None:
    rows = [total_row(line) for line in lines[:MOST_TOTALS]]
    markup.show("compare_totals.html", title=wording.TOTALS, rows=rows, last=wording.VERDICT, **_sides(comparison))
    if len(lines) > MOST_TOTALS:
        st.caption(wording.MORE.format(count=quantity(len(lines) - MOST_TOTALS)))


def _sides(comparison: Comparison) -> dict[str, str]:
    return {"before": comparison.before.run_id, "after": comparison.after.run_id}


def _show_equal(comparison: Comparison) -> None:
    equal = [lines for lines in comparison.parts if lines.equal]
    totals = [line for line in comparison.totals if _is_equal(line)]
    count = sum(len(lines.equal) for lines in equal) + len(totals)
    if not count:
        return
    with st.expander(wording.EQUAL.format(count=counted(count, "value"))):
        for lines in equal:
            title = wording.PARTS[lines.part][0]
            st.caption(title)
            _show_lines(comparison, title, lines.part, lines.equal)
        if totals:
            st.caption(wording.TOTALS)
            _total_table(comparison, totals)


def compare_row(part: ComparedSubject, line: ComparedValue) -> CompareRow:
    """One line in words; a number that differs says by how much."""
    write = _WRITE[line.unit]
    name = visible(line.name, 80) if part is ComparedSubject.SCHEMA else label_of(part, line.name)
    label = wording.NAME_OF.format(name=name, of=visible(line.of, 200)) if line.of else name
    return CompareRow(label, write(line.before), write(line.after), "" if line.same else difference(line))


def label_of(part: ComparedSubject, name: str) -> str:
    """A key as a person says it: `rows_per_second` becomes `Rows per second`; a setting is named as in the form."""
    if part is ComparedSubject.SETTINGS:
        return setting_name(name)
    told = words(name)
    return wording.LABELS.get(name, told[:1].upper() + told[1:])


def difference(line: ComparedValue) -> str:
    """`+12 (+3.4 %)`; empty for what is no number."""
    before, after = number(line.before), number(line.after)
    if line.unit is Unit.PLAIN or before is None or after is None:
        return ""
    change = after - before
    share = f" ({signed_percent(change / abs(before))})" if before else ""
    return f"{'+' if change > 0 else MINUS}{_WRITE[line.unit](abs(change))}{share}"


def total_row(line: ComparedTotal) -> TotalRow:
    """One total in words."""
    verdict, tone = wording.VERDICTS[line.verdict]
    group = wording.ALL_ROWS if line.group is None else visible(line.group, 80) or wording.NO_GROUP
    exact = "" if line.exact_same is None else wording.EXACT_SAME if line.exact_same else wording.EXACT_DIFFERS
    return TotalRow(
        name=wording.TOTAL_NAME.format(measure=visible(line.measure, 80), group=group),
        before=estimate_words(line.before),
        before_exact=exact_words(line.before),
        after=estimate_words(line.after),
        after_exact=exact_words(line.after),
        verdict=verdict,
        tone=tone,
        exact=exact,
        exact_tone="bad" if line.exact_same is False else "plain",
    )


def estimate_words(total: RunTotal | None) -> str:
    """`1 234 (1 200 to 1 268)`."""
    if total is None or total.estimate is None:
        return NOTHING
    if total.interval is None:
        return rounded(total.estimate)
    low, high = map(rounded, total.interval)
    return wording.TOTAL_SPAN.format(estimate=rounded(total.estimate), low=low, high=high)


def exact_words(total: RunTotal | None) -> str:
    """`exact 1 234`, or nothing when it is not known."""
    return "" if total is None or total.exact is None else wording.TOTALS_EXACT.format(total=quantity(total.exact))
