"""Which column makes the strata and which are measured, when neither the user nor the layout says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from etl_batch import sentences

MAX_MEASURES = 8
MIN_DISTINCT, MAX_DISTINCT = 2, 1000
_BEST_DISTINCT = (10, 200)

_TEXT = re.compile(r"(large_)?(string|utf8)|string_view|dictionary<values=(large_)?string|bool")
_INTEGER = re.compile(r"u?int\d+$")
_WHOLE = re.compile(r"u?int\d+$|decimal\d+\(\d+, 0\)$")
_NUMERIC = re.compile(r"u?int\d+$|half_?float|float|double|decimal")
_KEY_WORDS = frozenset({"id", "ids", "key", "uuid", "guid", "index", "idx", "rowid"})
_TIME_WORDS = frozenset({"timestamp", "time", "datetime", "date", "ts", "at", "epoch", "year", "month", "day"})


class ColumnSummary(NamedTuple):
    """What the planning sample says of one column."""

    name: str
    type: str
    """Arrow's name of the type, such as `int64`, `string` or `decimal128(10, 2)`."""
    distinct: int
    """Distinct values that are not null."""
    rows: int
    nulls: int = 0
    monotonic: bool = False
    """Whether the values only rise (or only fall) in input order."""


def choose_stratum(columns: Sequence[ColumnSummary]) -> tuple[str | None, str]:
    """The stratum column, or None, and a sentence that says why.

    Wanted: text or integers with 2 to 1000 distinct values, each seen twice on average, in a column that is mostly
    filled. Text goes before integers, a column called product before others, 10 to 200 distinct values before fewer or
    more, an earlier column before a later one. An integer column is taken only when that leaves something to measure.
    """
    columns = [ColumnSummary(*column) for column in columns]
    fit = [column for column in columns if _can_stratify(column) and _leaves_a_measure(column, columns)]
    if not fit:
        return None, (sentences.estimates.NO_STRATUM.format(least=MIN_DISTINCT, most=MAX_DISTINCT))
    best = min(fit, key=lambda column: (not _is_text(column), not _is_product(column), _distance(column.distinct)))
    sentence = sentences.estimates.STRATUM_OF_TEXT if _is_text(best) else sentences.estimates.STRATUM_OF_INTEGERS
    return best.name, sentence.format(name=best.name, distinct=best.distinct, rows=best.rows)


def choose_measures(columns: Sequence[ColumnSummary], stratum: str | None = None) -> tuple[tuple[str, ...], str]:
    """The measure columns in file order, at most `MAX_MEASURES`, and a sentence that says why.

    All numeric columns but the stratum, keys (by name, or unique whole numbers that only rise or fall) and timestamps.
    Where that leaves none, whole numbers count that are a key by their values alone.
    """
    names = tuple(column.name for column in _measurable(columns) if column.name != stratum)
    names = names or tuple(column.name for column in _measurable(columns, by_name=True) if column.name != stratum)
    if not names:
        return (), sentences.estimates.NO_MEASURES
    if len(names) > MAX_MEASURES:
        return names[:MAX_MEASURES], (sentences.estimates.FIRST_MEASURES.format(most=MAX_MEASURES, all=len(names)))
    return names, sentences.estimates.MEASURES


def _measurable(columns: Sequence[ColumnSummary], by_name: bool = False) -> list[ColumnSummary]:
    is_key = _is_named_key if by_name else _is_key
    named = [ColumnSummary(*column) for column in columns]
    return [column for column in named if _NUMERIC.match(column.type) and not is_key(column) and not _is_time(column)]


def _can_stratify(column: ColumnSummary) -> bool:
    filled = column.rows - column.nulls
    repeats = MIN_DISTINCT <= column.distinct <= min(MAX_DISTINCT, filled // 2) and filled * 2 >= column.rows
    return repeats and (_is_text(column) or bool(_INTEGER.match(column.type))) and not _is_key(column)


def _leaves_a_measure(column: ColumnSummary, columns: Sequence[ColumnSummary]) -> bool:
    return _is_text(column) or any(other.name != column.name for other in _measurable(columns))


def _is_text(column: ColumnSummary) -> bool:
    return bool(_TEXT.match(column.type))


def _is_product(column: ColumnSummary) -> bool:
    return _words(column.name)[0] == "product"


def _is_key(column: ColumnSummary) -> bool:
    unique = column.monotonic and column.distinct > 1 and column.distinct == column.rows - column.nulls
    return _is_named_key(column) or (unique and bool(_WHOLE.match(column.type)))


def _is_named_key(column: ColumnSummary) -> bool:
    return _words(column.name)[-1] in _KEY_WORDS


def _is_time(column: ColumnSummary) -> bool:
    return _words(column.name)[-1] in _TIME_WORDS


def _words(name: str) -> list[str]:
    """The words of a column name: `orderId`, `order_id` and `Order ID` are order, id."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", spaced.lower()) or [""]


def _distance(distinct: int) -> float:
    """How far from the preferred number of strata, in powers of e."""
    low, high = _BEST_DISTINCT
    return max(math.log(low / distinct), math.log(distinct / high), 0.0)
