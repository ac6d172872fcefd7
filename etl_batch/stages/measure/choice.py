"""Which columns make the strata and are measured: what was named, else the layout's, else chosen and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.analytics.choose import ColumnSummary, choose_measures, choose_stratum
from etl_batch.analytics.strata import MAX_STRATA
from etl_batch.columns.cells import to_cells
from etl_batch.columns.measures import is_numeric, measure_values
from etl_batch.stages.plan import Plan

_UNIQUE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns that were chosen, how (`notes`), and what is wrong with those that were named."""

    stratum: str | None
    measures: tuple[str, ...]
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Why the named stratum cannot be one."""
    unfit: tuple[str, ...] = ()
    """Why named measures cannot be measured; those are not among the `measures`."""


def choose_columns(plan: Plan, stratum: str | None = None, measures: Sequence[str] = ()) -> Choice:
    """Stratum and measures of a plan: those named, else the layout's, else chosen from the planning sample."""
    summaries = [ColumnSummary(s.name, str(s.type), s.distinct, s.rows, s.nulls, s.monotonic) for s in plan.samples]
    notes: list[str] = []
    missing: list[str] = []
    if stratum is not None:
        missing = _missing(stratum, sentences.estimates.NO_STRATUM_COLUMN, plan)
    elif plan.layout is not None and plan.layout.stratum is not None:
        stratum = plan.layout.stratum
    else:
        stratum, note = choose_stratum(summaries)
        notes.append(note)
    unfit: list[str] = []
    if measures:
        wrong = {name: problem for name in dict.fromkeys(measures) if (problem := _not_a_measure(name, plan))}
        chosen = tuple(name for name in dict.fromkeys(measures) if name not in wrong)
        unfit = list(wrong.values())
    elif plan.layout is not None and plan.layout.measures:
        chosen = plan.layout.measures
    else:
        chosen, note = choose_measures(summaries, stratum)
        notes.append(note)
    return Choice(stratum, chosen, tuple(notes), tuple(missing), tuple(unfit))


def _missing(name: str, sentence: str, plan: Plan) -> list[str]:
    return [] if name in plan.names else [sentence.format(name=name, columns=", ".join(plan.names))]


def _not_a_measure(name: str, plan: Plan) -> str | None:
    """Why a column cannot be measured: it is not there, or holds no number in the planning sample; else None."""
    if missing := _missing(name, sentences.estimates.NO_MEASURE_COLUMN, plan):
        return missing[0]
    column = plan.columns[plan.names.index(name)]
    numeric = is_numeric(column.type)
    if pa.types.is_string(column.type):
        plain = [to_cells(array) for array in plan.sample[name]]
        numeric = not plain or any((~np.ma.getmaskarray(measure_values(cells)[0])).any() for cells in plain)
    return None if numeric else sentences.estimates.NO_NUMBERS.format(name=name, kind=column.type)


def may_measure(name: str, plan: Plan) -> bool:
    """Whether a column may be named as a measure: it holds numbers, as far as the planning sample can tell."""
    return _not_a_measure(name, plan) is None


def nearly_unique(plan: Plan, stratum: str) -> bool:
    """Whether a column has so many values that its strata would be the rows."""
    sample = next(s for s in plan.samples if s.name == stratum)
    return plan.rows_estimate > MAX_STRATA and sample.distinct > _UNIQUE_SHARE * sample.rows
