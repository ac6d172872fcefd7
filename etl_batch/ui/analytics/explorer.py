"""The explorer: questions about one run's rows, answered from its sample in milliseconds, and confirmed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from etl_batch import exploring
from etl_batch.analytics.explore import GroupAnswer
from etl_batch.analytics.explore_sample import Sample
from etl_batch.analytics.proportions import wilson
from etl_batch.errors import EtlError
from etl_batch.questions import Aggregate, Question
from etl_batch.reporting.formatting import NOTHING, counted, milliseconds, percent, quantity, rounded, shown, visible
from etl_batch.runs.history.confirmations import Confirmation, Tally, effective, memory_of_all
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics import wording
from etl_batch.ui.analytics.explorer_figures import answer_figure
from etl_batch.ui.analytics.explorer_form import Keys, ask_for
from etl_batch.ui.shared import chart, markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.markup import Card

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

SHOWN, DRAWN, SAVED, HEIGHT = exploring.SHOWN_GROUPS, 25, 1000, 420


def show_explorer(doors: Doors, run_id: str) -> None:
    """Draw the section: the question, its answer, and what was confirmed of it."""
    markup.section(wording.EXPLORER_TITLE, wording.EXPLORER_LEAD)
    _explore(doors, run_id)


@st.fragment
def _explore(doors: Doors, run_id: str) -> None:
    """All of it but the title: a change of one control draws this part alone."""
    doors.status(run_id)  # whoever has signed out since sees no more
    run, keys = RunDirectory(doors.home, run_id), Keys(run_id)
    try:
        sample = exploring.open_sample(run)
        question = ask_for(sample, keys)
        timed = exploring.ask(sample, question)
    except EtlError as error:
        markup.notice(error.message, tone="warn")
        return
    if timed.answer.nothing is not None:
        markup.notice(timed.answer.nothing)
    else:
        _show_answer(run, sample, timed, keys)
    _show_memory(doors.home)


def _show_answer(run: RunDirectory, sample: Sample, timed: exploring.Timed, keys: Keys) -> None:
    answer, question = timed.answer, timed.answer.question
    groups = answer.groups(SAVED)
    shown = groups[:SHOWN]
    names = [name_of(group.value, question) for group in shown]
    # The button stands below the chart, but what it finds belongs into the chart.
    place = st.container()
    _offer_confirming(run, sample, question, keys)
    confirmation = _confirmed(question, keys)
    with place:
        markup.cards(answer_cards(timed))
        _draw(shown, names, question, confirmation, keys)
        table = answer_table(shown, names)
        st.dataframe(
            table, hide_index=True, height=markup.table_height(len(table), HEIGHT), column_config=_widths(table)
        )
        if len(answer) > len(shown):
            words = wording.MORE_GROUPS.format(
                shown=quantity(len(shown)), total=quantity(len(answer)), saved=quantity(len(groups))
            )
            st.caption(words)
        chart.offer(saved_table(groups, question), f"answer-{run.run_id}", wording.DOWNLOAD)
    if confirmation is not None:
        _show_confirmation(confirmation, names)


def _draw(
    groups: Sequence[GroupAnswer],
    names: Sequence[str],
    question: Question,
    confirmation: Confirmation | None,
    keys: Keys,
) -> None:
    """The chart of the groups that can be answered, and how many cannot."""
    told = [place for place, group in enumerate(groups) if group.estimate is not None][:DRAWN]
    if told:
        exact = [confirmation.groups[place].exact for place in told] if confirmation else []
        figure = answer_figure([groups[at] for at in told], [names[at] for at in told], title_of(question), exact)
        chart.draw(figure, keys("figure"), wording.ANSWER)
    untold = sum(group.estimate is None for group in groups)
    if untold == len(groups):
        markup.notice(wording.CANNOT_ANY, tone="warn")
    elif untold:
        st.caption(wording.CANNOT.format(groups=counted(untold, "group")))


def _widths(table: pd.DataFrame) -> dict[str, ColumnConfig]:
    """Narrow columns of numbers leave room for the reasons."""
    widths = {wording.SAMPLED: 112, wording.CHANCE: 90, wording.ROWS: 140, wording.VERDICT: 420}
    return {name: st.column_config.TextColumn(width=width) for name, width in widths.items() if name in table.columns}


def _offer_confirming(run: RunDirectory, sample: Sample, question: Question, keys: Keys) -> None:
    refusal = exploring.why_not_exact(run)
    if refusal is not None:
        st.caption(wording.NO_CONFIRMING.format(reason=refusal))
    if st.button(wording.CONFIRM, key=keys("confirm"), help=wording.CONFIRM_HELP, disabled=refusal is not None):
        with st.spinner(wording.CONFIRMING):
            try:
                st.session_state[keys("confirmed")] = (question, exploring.confirm(run, sample, question))
            except EtlError as error:
                st.session_state[keys("confirmed")] = (question, error)


def _confirmed(question: Question, keys: Keys) -> Confirmation | None:
    """What was confirmed of this very question; an error is said at once."""
    asked, found = st.session_state.get(keys("confirmed"), (None, None))
    if asked != question:
        return None
    if isinstance(found, EtlError):
        markup.notice(found.message, tone="warn")
        return None
    return found if isinstance(found, Confirmation) else None


def _show_confirmation(confirmation: Confirmation, names: Sequence[str]) -> None:
    markup.section(wording.EXACTLY)
    judged = [group for group in confirmation.groups if group.held is not None]
    held = sum(bool(group.held) for group in judged)
    ratio = confirmation.exact_seconds / max(confirmation.estimate_seconds, 1e-6)
    markup.cards(
        [
            Card(wording.FROM_THE_SAMPLE, milliseconds(confirmation.estimate_seconds)),
            Card(
                wording.FROM_THE_WHOLE_FILE,
                milliseconds(confirmation.exact_seconds),
                wording.TIMES_AS_LONG.format(times=counted(round(ratio), "time")),
            ),
            Card(
                wording.INTERVALS_THAT_HELD,
                wording.PART_OF.format(part=quantity(held), whole=quantity(len(judged))),
                wording.WHERE_THERE_WAS_ONE_TO_HOLD,
            ),
        ]
    )
    table = confirmed_table(confirmation, names)
    st.dataframe(table, hide_index=True, height=markup.table_height(len(table), HEIGHT))


def _show_memory(home: Path) -> None:
    memory = memory_of_all(home)
    total, sure = sum(memory.every, Tally()), sum(memory.certified, Tally())
    if not total.intervals:
        st.caption(wording.MEMORY_NONE)
        return
    questions = counted(memory.questions, "question")
    sentences = [wording.MEMORY.format(questions=questions, **_shares(total, memory.every))]
    if sure.intervals:
        sentences.append(wording.MEMORY_CERTIFIED.format(**_shares(sure, memory.certified)))
    markup.show("sentences.html", sentences=sentences)


def _shares(total: Tally, tallies: Sequence[Tally]) -> dict[str, str]:
    low, high = wilson(*effective(tallies))
    return {
        "intervals": counted(total.intervals, "interval"),
        "share": percent(total.share),
        "low": percent(low),
        "high": percent(high),
    }


def name_of(value: object, question: Question) -> str:
    """A group's value as a short text."""
    if question.group_by is None:
        return wording.ALL_ROWS
    return wording.NO_VALUE if value is None else visible(str(value), 80) or wording.EMPTY_VALUE


def title_of(question: Question) -> str:
    """What the numbers are."""
    word = wording.AGGREGATES[question.aggregate]
    if question.aggregate is Aggregate.COUNT:
        return word.lower()
    if question.aggregate is Aggregate.QUANTILE:
        word = wording.QUANTILE_OF.format(word=word, share=shown(question.quantile))
    return wording.AGGREGATE_OF.format(word=word.lower(), measure=visible(question.measure or "", 60))


def plain(value: float | None) -> float | int | None:
    """A whole number without the nought behind its point."""
    return int(value) if value is not None and value.is_integer() else value


def answer_cards(timed: exploring.Timed) -> list[Card]:
    """How long it took, what was looked at, and how many answers can be trusted."""
    answer = timed.answer
    share = percent(answer.sample_rows / answer.population_rows)
    sure = int(answer.certified.sum())
    return [
        Card(wording.ANSWERED_IN, milliseconds(timed.seconds)),
        Card(wording.SAMPLED_ROWS, quantity(answer.sample_rows), wording.SHARE_OF_ROWS.format(share=share)),
        Card(wording.GROUPS, quantity(len(answer)), wording.GROUPS_NOTE),
        Card(
            wording.CERTIFIED_NUMBER,
            wording.PART_OF.format(part=quantity(sure), whole=quantity(len(answer))),
            "",
            "good" if sure == len(answer) else "warn",
        ),
    ]


def answer_table(groups: Sequence[GroupAnswer], names: Sequence[str]) -> pd.DataFrame:
    """One line a group, numbers as text: an uncertain number has no more digits than it deserves."""
    return pd.DataFrame(
        [
            {
                wording.GROUP: name,
                wording.ESTIMATE: rounded(plain(group.estimate)),
                wording.FROM: rounded(plain(group.ci_low)),
                wording.TO_END: rounded(plain(group.ci_high)),
                wording.SAMPLED: quantity(group.sampled),
                wording.CHANCE: quantity(group.drawn),
                wording.ROWS: quantity(round(group.rows)),
                wording.VERDICT: verdict_of(group),
            }
            for group, name in zip(groups, names, strict=True)
        ]
    )


def verdict_of(group: GroupAnswer) -> str:
    """Whether a group's answer can be trusted, or why not."""
    return wording.CERTAIN if group.exact else wording.CERTIFIED_GROUP if group.certified else group.reason or ""


def saved_table(groups: Sequence[GroupAnswer], question: Question) -> pd.DataFrame:
    """One line a group with every digit, for the download."""
    return pd.DataFrame(
        [
            {
                wording.GROUP: wording.ALL_ROWS if question.group_by is None else group.value,
                "estimate": group.estimate,
                "std_error": group.std_error,
                "df": group.df,
                "ci_low": group.ci_low,
                "ci_high": group.ci_high,
                "sampled_rows": group.sampled,
                "rows": group.rows,
                "certified": wording.YES if group.certified else wording.NO,
                "reason": group.reason,
            }
            for group in groups
        ]
    )


def confirmed_table(confirmation: Confirmation, names: Sequence[str]) -> pd.DataFrame:
    """One line a group with both answers."""
    return pd.DataFrame(
        [
            {
                wording.GROUP: name,
                wording.ESTIMATE: rounded(plain(group.estimate)),
                wording.FROM: rounded(plain(group.ci_low)),
                wording.TO_END: rounded(plain(group.ci_high)),
                wording.EXACT: quantity(plain(group.exact)),
                wording.OUTCOME: NOTHING if group.held is None else wording.HELD if group.held else wording.MISSED_IT,
            }
            for group, name in zip(confirmation.groups, names, strict=False)
        ]
    )
