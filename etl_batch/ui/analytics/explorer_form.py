"""The explorer's controls: what is asked, about which rows, and from how much of the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import streamlit as st

from etl_batch.analytics.certification import MIN_ROWS
from etl_batch.analytics.explore_sample import Sample
from etl_batch.questions import OPERATORS, ORDERED, Aggregate, ColumnKind, Condition, Operator, Question
from etl_batch.reporting.formatting import percent, visible
from etl_batch.ui.analytics import wording

MOST_FILTERS, MOST_CHOICES, LEAST_ROWS = 6, 200, 100
_KEY = "explore"


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of what the controls keep, for one run: another run starts anew."""

    run_id: str

    def __call__(self, name: str) -> str:
        """The name of one of them."""
        return f"{_KEY}-{self.run_id}-{name}"


def ask_for(sample: Sample, keys: Keys) -> Question:
    """Draw the controls; the question that they make. Raises `UsageError` for a value that does not suit its column."""
    aggregate, measure, share = _ask_what(sample, keys)
    with st.container(border=True):
        filters = _ask_filters(sample, keys)
    fraction = _ask_fraction(sample, keys)
    group = st.session_state.get(keys("by"))
    return Question(group if group in sample.names else None, aggregate, measure, share, filters, fraction)


def _ask_what(sample: Sample, keys: Keys) -> tuple[Aggregate, str | None, float]:
    measures = [*(name for name in sample.measured if name in sample.measures)]
    measures += [name for name in sample.measures if name not in measures]
    aggregates = list(wording.AGGREGATES) if measures else [Aggregate.COUNT]
    what, of, by, share = st.columns([2, 3, 3, 2])
    aggregate = (
        what.selectbox(wording.WHAT, aggregates, format_func=_word, key=keys("what"), help=wording.WHAT_HELP)
        or aggregates[0]
    )
    counting = aggregate is Aggregate.COUNT
    measure = of.selectbox(
        wording.OF,
        measures or ["-"],
        format_func=_name,
        key=keys("of"),
        help=wording.OF_HELP,
        disabled=counting or not measures,
    )
    columns = [wording.ALL_TOGETHER, *sample.names]
    if keys("by") not in st.session_state:
        st.session_state[keys("by")] = sample.stratum if _strata_tell(sample) else wording.ALL_TOGETHER
    by.selectbox(wording.BY, columns, format_func=_name, key=keys("by"), help=wording.BY_HELP)
    off = aggregate is not Aggregate.QUANTILE
    picked = share.number_input(
        wording.SHARE, 0.01, 0.99, 0.5, 0.05, format="%.2f", key=keys("share"), help=wording.SHARE_HELP, disabled=off
    )
    return aggregate, None if counting else measure, 0.5 if off else round(picked, 4)


def _strata_tell(sample: Sample) -> bool:
    """Whether most strata show enough rows to be answered: they make the first question then."""
    return sample.stratum in sample.names and bool(np.median(np.bincount(sample.codes)) >= MIN_ROWS)


def _word(aggregate: Aggregate) -> str:
    return wording.AGGREGATES[aggregate]


def _name(name: str) -> str:
    return visible(name, 60) or wording.NO_NAME


def _ask_filters(sample: Sample, keys: Keys) -> tuple[Condition, ...]:
    kept: list[int] = st.session_state.setdefault(keys("filters"), [])
    found = [_ask_filter(sample, keys, number) for number in kept]
    full = len(kept) >= MOST_FILTERS
    st.button(
        wording.ADD,
        key=keys("add"),
        help=wording.ADD_HELP,
        icon=":material/add:",
        disabled=full,
        on_click=_add,
        args=(keys,),
    )
    return tuple(condition for condition in found if condition is not None)


def _add(keys: Keys) -> None:
    kept: list[int] = st.session_state.get(keys("filters"), [])
    st.session_state[keys("filters")] = [*kept, max(kept, default=0) + 1]


def _remove(keys: Keys, number: int) -> None:
    kept: list[int] = st.session_state.get(keys("filters"), [])
    st.session_state[keys("filters")] = [other for other in kept if other != number]


def _ask_filter(sample: Sample, keys: Keys, number: int) -> Condition | None:
    """One filter's controls; None while it has no value.

    A condition and a value stay when another column is chosen, as far as they suit it: the controls of the column
    before are still on the screen while the new ones are made, and what is chosen or typed in them meanwhile counts.
    """
    key = f"{keys('filter')}-{number}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        places = range(len(sample.columns))
        place = st.selectbox(
            wording.COLUMN,
            places,
            format_func=lambda place: _name(sample.names[place]),
            key=f"{key}-column",
            help=wording.COLUMN_HELP,
        )
        place = place or 0
        operators = operators_of(sample, place)
        operator = st.selectbox(
            wording.CONDITION, operators, format_func=str, key=f"{key}-operator", help=wording.CONDITION_HELP
        )
        operator = operator or operators[0]
        value = _ask_value(sample, place, operator, f"{key}-value") if operator.takes_value else ""
        st.button(wording.REMOVE, key=f"{key}-remove", help=wording.REMOVE_HELP, on_click=_remove, args=(keys, number))
    return None if value is None else Condition(place, operator, value)


def operators_of(sample: Sample, place: int) -> Sequence[Operator]:
    """The conditions that a column's cells can be asked for and the whole file answers in the same way."""
    kind, compared = sample.types[place], sample.columns[place].kind
    filled = (Operator.EMPTY, Operator.FILLED)
    if pa.types.is_boolean(kind):
        return (Operator.IS, *filled)
    if compared is ColumnKind.NUMBER:
        return (*ORDERED, Operator.IS, Operator.IS_NOT, *filled)
    if compared is ColumnKind.TIME:
        return (*ORDERED, *filled)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return filled
    texts = OPERATORS[ColumnKind.TEXT]
    return (Operator.IS, Operator.IS_NOT, *(one for one in texts if one not in (Operator.IS, Operator.IS_NOT)))


def _ask_value(sample: Sample, place: int, operator: Operator, key: str) -> str | None:
    """The value as text, from a control that suits the column; None while there is none.

    Columns of one kind share the control; only where values are picked each has its own list.
    """
    kind = sample.types[place]
    if sample.columns[place].kind is ColumnKind.NUMBER:
        if pa.types.is_integer(kind):
            whole = st.number_input(wording.VALUE, value=None, step=1, key=f"{key}-whole", help=wording.VALUE_HELP)
            return None if whole is None else str(whole)
        number = st.number_input(
            wording.VALUE, value=None, step=None, format="%.12g", key=f"{key}-number", help=wording.VALUE_HELP
        )
        return None if number is None else repr(number)
    if sample.columns[place].kind is ColumnKind.TIME:
        return (
            st.text_input(
                wording.VALUE, key=f"{key}-time", help=wording.TIME_VALUE_HELP, placeholder="2026-01-31"
            ).strip()
            or None
        )
    if pa.types.is_boolean(kind):
        return st.selectbox(wording.VALUE, ("true", "false"), key=f"{key}-truth", help=wording.VALUE_HELP)
    if operator in (Operator.IS, Operator.IS_NOT):
        values: list[str] = [value for value in sample.coded(place).values.to_pylist() if value]
        if len(values) <= MOST_CHOICES:
            return st.selectbox(
                wording.VALUE,
                sorted(values),
                index=None,
                format_func=_name,
                key=f"{key}-of-{place}",
                help=wording.VALUE_HELP,
            )
    return st.text_input(wording.VALUE, key=f"{key}-text", help=wording.VALUE_HELP) or None


def _ask_fraction(sample: Sample, keys: Keys) -> float | None:
    """The smaller fraction that is looked at; None for the whole sample."""
    own = len(sample) / sample.population_rows if sample.population_rows else 0.0
    steps = fractions(sample)
    if len(steps) < 2:
        return None
    picked = st.select_slider(
        wording.FRACTION,
        steps,
        value=steps[-1],
        format_func=lambda step: (
            wording.WHOLE_SAMPLE.format(share=percent(own)) if step == steps[-1] else percent(step)
        ),
        key=keys("fraction"),
        help=wording.FRACTION_HELP,
    )
    return None if picked == steps[-1] else float(picked)


def fractions(sample: Sample) -> list[float]:
    """1, 2, 5, 10 ... of all rows, from a hundred rows up, and the sample's own at the end."""
    if not sample.population_rows:
        return []
    own = len(sample) / sample.population_rows
    rounds = [digit * 10.0**power for power in range(-8, 0) for digit in (1, 2, 5)]
    return [*(step for step in rounds if LEAST_ROWS / sample.population_rows <= step < 0.95 * own), own]
