"""A Parquet file of one row group in memory, as the sink would write it."""

from __future__ import annotations

import io

import pyarrow as pa

from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks.encodings import Encodings
from etl_batch.sinks.row_groups import LooseRowGroup, build_footer, encode_rows


def small_file(rows: pa.Table, encodings: Encodings) -> io.BytesIO:
    """The rows, encoded."""
    encoded, none = encode_rows(rows.to_batches(), encodings), (0,) * rows.num_columns
    flags = (False,) * rows.num_columns
    group = LooseRowGroup(tuple(rows.schema.types), none, flags, rows.num_rows, encoded.entries, len(encoded.body))
    end = len(MAGIC) + len(encoded.body)
    footer = build_footer(rows.schema, encodings, [group.placed(len(MAGIC))], {}, end)
    return io.BytesIO(MAGIC + bytes(encoded.body) + footer)
