"""Exact answers: an aggregate of chosen groups over a whole Parquet output, by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import sentences
from etl_batch.datasets import duck
from etl_batch.datasets.conditions import where
from etl_batch.datasets.files import OpenFile
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.questions import NUMBER_PATTERN, Aggregate, Column, Question, kind_of

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  compared with moments in UTC that carry no zone


def exact_groups(
    files: Sequence[OpenFile], question: Question, values: Sequence[Any], seconds: float
) -> list[float | None]:
    """The answer for each group with one of `values`, over every row of the files; None for one without a value.

    Without a group column `values` is one None, and all rows that fit are one group. NaN and infinities are left out,
    as they are from the estimates. Raises `TimedOut` after so many seconds, `UsageError` for a condition that does not
    suit its column, `FormatRefused` or `InputRefused` when the file cannot be read.
    """
    fields, opened = _fields(files[0]), [file.descriptor for file in files]
    columns = [Column(field.name, kind_of(str(field.type))) for field in fields]
    fits, parameters = where(question.filters, columns, typed=True)
    names = ", ".join(f"c{place}" for place in range(len(fields)))
    source = f"read_parquet(?, hive_partitioning = false) AS t({names})"
    answer = _aggregate(question, fields)
    if question.group_by is None:
        # Names and operators come from lists of this program, and every value is a parameter.
        query = f"SELECT {answer} FROM {source} WHERE {fits}"  # noqa: S608 - names from the code
        rows = duck.ask(opened, query, parameters, seconds)
        return [_number(rows[0][0])]
    group = _group(fields[_place(question.group_by, fields)], _place(question.group_by, fields))
    wanted = ", ".join(f"({number}, ?)" for number in range(len(values)))
    query = (
        f"SELECT k, {answer} FROM {source} JOIN (VALUES {wanted}) AS w(k, v) "  # noqa: S608 - names from the code
        f"ON {group} IS NOT DISTINCT FROM v WHERE {fits} GROUP BY k"
    )
    rows = duck.ask(opened, query, [*map(_parameter, values), *parameters], seconds)
    found = {int(k): _number(value) for k, value in rows}
    nothing = 0.0 if question.aggregate is Aggregate.COUNT else None
    return [found.get(number, nothing) for number in range(len(values))]


def column_names(file: OpenFile) -> tuple[str, ...]:
    """The file's columns, in order."""
    return tuple(field.name for field in _fields(file))


def _fields(file: OpenFile) -> list[pa.Field]:
    try:
        with pq.ParquetFile(duck.source_of(file.descriptor)) as parquet:
            return list(parquet.schema_arrow)
    except (pa.ArrowException, OSError) as error:
        raise FormatRefused(sentences.data.NO_WHOLE_PARQUET.format(name=file.path.name)) from error


def _place(name: str, fields: Sequence[pa.Field]) -> int:
    place = next((place for place, field in enumerate(fields) if field.name == name), None)
    if place is None:
        raise InputRefused(sentences.data.NO_COLUMN.format(name=name))
    return place


def _aggregate(question: Question, fields: Sequence[pa.Field]) -> str:
    if question.aggregate is Aggregate.COUNT:
        return "count(*)"
    place = _place(question.measure or "", fields)
    value, kind = f"c{place}", fields[place].type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        value = f"CASE WHEN regexp_full_match({value}, '{NUMBER_PATTERN}') THEN TRY_CAST({value} AS DOUBLE) END"
    elif pa.types.is_boolean(kind):
        value = f"CAST({value} AS INTEGER)"
    elif pa.types.is_floating(kind):
        value = f"CAST(CASE WHEN isfinite({value}) THEN {value} END AS DOUBLE)"
    doubles = not (pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind))
    if question.aggregate is Aggregate.QUANTILE:
        return f"quantile_disc({value}, {question.quantile!r})"
    if question.aggregate is Aggregate.MEAN:
        return f"{'favg' if doubles else 'avg'}({value})"
    return f"coalesce({'fsum' if doubles else 'sum'}({value}), 0)"


def _group(field: pa.Field, place: int) -> str:
    """The group's column as it is compared: moments as whole numbers, so that no zone and no rounding is in it."""
    if pa.types.is_timestamp(field.type):
        return f"{'epoch_ns' if field.type.unit == 'ns' else 'epoch_us'}(c{place})"
    return f"c{place}"


def _parameter(value: Any) -> Any:
    if isinstance(value, datetime):
        naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        nanoseconds = getattr(value, "nanosecond", None)
        micros = (naive - _EPOCH) // (_EPOCH.resolution)
        return int(micros) if nanoseconds is None else int(micros) * 1000 + int(nanoseconds)
    return value


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
