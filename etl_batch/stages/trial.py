"""The trial of the encodings: a few rows of the planning sample show how each column is best kept in the Parquet file.

It is a stage of its own and no part of the plan: the probe plans too, writes nothing, and answers before Arrow's
Parquet would be loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from etl_batch.columns import text_forms
from etl_batch.columns.schema import OutputColumn, plain
from etl_batch.sinks.savings import measured
from etl_batch.stages.plan import Plan

_COLUMNS = 512
"""Those of wider tables keep what is usual: to try a column costs a millisecond, whatever is in it."""
_ROWS = 2048
"""About so many: more would take more than a few milliseconds, and say the same."""


def try_encodings(plan: Plan) -> Plan:
    """The plan with what its sample says of the encoding of each column; nested ones keep what is usual."""
    values = {column: _values(column, plan.sample[column.name]) for column in plan.columns[:_COLUMNS]}
    tried: dict[str, OutputColumn] = {}
    # Columns that not all sources have come in other numbers of rows.
    for rows in {len(array) for array in values.values()} - {0}:
        columns = tuple(column for column, array in values.items() if len(array) == rows)
        table = pa.table({column.name: values[column] for column in columns})
        tried |= {column.name: column for column in measured(columns, table)}
    return replace(plan, columns=tuple(tried.get(column.name, column) for column in plan.columns))


def _values(column: OutputColumn, blocks: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Values of the column from blocks all over the input, none where no block has the column's type."""
    if pa.types.is_nested(column.type):
        return pa.chunked_array([], column.type)
    step = max(round(sum(map(len, blocks)) / _ROWS), 1)
    chosen = [block[:_ROWS] for block in blocks[::step]]
    form = text_forms.pick(column.forms) if column.typed is None else text_forms.TEXT
    values = [text_forms.parse(cells, form) if form else plain(cells) for cells in chosen]
    return pa.chunked_array([array for array in values if array.type == column.type], column.type)
