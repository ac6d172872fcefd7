"""Clean rows on their way to the sinks: every output column as it came and as it is typed."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from etl_batch.columns.conventions import AS_WRITTEN, Conventions
from etl_batch.columns.text_cells import TextCells, TextLines


@dataclass(frozen=True, slots=True)
class CleanRows:
    """The good rows of one slab, under the columns of the outputs."""

    typed: pa.RecordBatch
    """Each column with the type that its cells allow."""
    forms: tuple[int, ...]
    """The form (see `columns.text_forms`) by which each column's text cells were typed; 0 where they were not."""
    cells: tuple[pa.Array | TextCells, ...]
    """Each column as it came: text cells, typed values, or nulls where the source does not have it."""
    from_text: tuple[bool, ...]
    """Which columns came as text cells."""
    bare: tuple[bool, ...]
    """Which of these are known to have no cell that stands in quotes."""
    lines: TextLines | None = None
    written: Conventions = AS_WRITTEN
    """How the cells that came as text are written; a form says nothing of their looks then."""
    """The rows as they stand in a text, when its columns are the outputs'; else None."""
