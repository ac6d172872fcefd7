"""The last stage of the ingest: settle the column types over all chunks and close the Parquet file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from etl_batch.analytics.tally import StratumTally
from etl_batch.columns import forms as text_forms
from etl_batch.columns.schema import settle, settled_type
from etl_batch.model import Counts
from etl_batch.sinks import parquet_file as columnar
from etl_batch.stages.ingest import ChunkResult
from etl_batch.stages.plan import Plan
from etl_batch.stages.sample import Candidates, Measuring, thin_candidates

THIN_ROWS = 200_000
"""Candidates that are held before they are thinned out for the first time."""


@dataclass
class Ingested:
    """Everything the pass has seen, added up chunk by chunk in input order."""

    plan: Plan
    measuring: Measuring
    counts: Counts = field(default_factory=Counts)
    by_source: dict[int, Counts] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    escaped_cells: int = 0
    tally: StratumTally = field(default_factory=StratumTally)
    row_groups: list[tuple[columnar.RowGroup, tuple[bool, ...]]] = field(default_factory=list)
    candidates: list[Candidates] = field(default_factory=list)
    forms: list[int] = field(default_factory=list)
    has_text: list[bool] = field(default_factory=list)
    csv_end: int = 0
    parquet_end: int = 0
    bytes_done: int = 0
    chunks: int = 0
    held: int = 0
    """Sample candidates held at present, in rows."""
    kept: int = 0
    """Those that were left when they were last thinned out."""
    forked: bool = False
    """Whether the workers have been started: from here on the parent may have threads."""
    closing: bool = False
    """Whether all chunks are in place and the outputs are being closed."""

    def add(self, result: ChunkResult) -> None:
        """Take in the next chunk's result."""
        self.counts += result.counts
        self.by_source[result.source] = self.by_source.get(result.source, Counts()) + result.counts
        for reason, count in result.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        self.escaped_cells += result.escaped_cells
        self.tally = (self.tally + result.tally).capped(self.measuring.bounds.named)
        self.row_groups += [(group, result.from_text) for group in result.row_groups]
        self.candidates += result.candidates
        self.held += sum(len(part.keys) for part in result.candidates)
        if self.held > max(THIN_ROWS, 2 * self.kept):
            self.candidates, added = thin_candidates(self.candidates, self.measuring, self.tally)
            self.tally += added
            self.held = self.kept = sum(len(part.keys) for part in self.candidates)
            # What was dropped stays with Arrow otherwise: its allocator is told to keep pages, for the workers' sake.
            pa.default_memory_pool().release_unused()
        self.forms = [a & b for a, b in zip(self.forms or result.forms, result.forms, strict=True)]
        self.csv_end, self.parquet_end = result.csv_end, result.parquet_end
        self.bytes_done += result.cost_bytes
        self.chunks += 1

    @property
    def schema(self) -> pa.Schema:
        """The final types: what holds every value of every chunk."""
        forms = self.forms or [column.forms for column in self.plan.columns]
        return pa.schema(
            [
                pa.field(column.name, settled_type(mask, column.typed))
                for column, mask in zip(self.plan.columns, forms, strict=True)
            ]
        )

    def final_form(self, index: int) -> int:
        """The form that all text cells of a column satisfy."""
        return text_forms.pick(self.forms[index]) if self.forms else text_forms.TEXT

    def candidate_rows(self) -> pa.Table:
        """All sample candidates in input order, with the final types."""
        schema = self.schema
        parts = [self._settled(part, schema) for part in self.candidates if part.rows.num_rows]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _settled(self, part: Candidates, schema: pa.Schema) -> pa.Table:
        columns = []
        for index, kind in enumerate(schema.types):
            column = part.rows.column(index).combine_chunks()
            columns.append(settle(column, part.forms[index], part.from_text[index], kind, self.final_form(index)))
        return pa.Table.from_arrays(columns, schema=schema)


def close_parquet(ingested: Ingested, path: Path) -> int:
    """Encode again the few columns of row groups whose type was widened later, append them and the footer.

    The superseded pages stay in the file as unused bytes, so that no byte is written twice. Returns the file's size.
    """
    schema, end = ingested.schema, max(ingested.parquet_end, len(columnar.MAGIC))
    patches: dict[tuple[int, int], bytes] = {}
    groups = [group for group, _ in ingested.row_groups]
    with path.open("r+b") as file:
        for number, (group, from_text) in enumerate(ingested.row_groups):
            for index in _widened(group.types, schema.types):
                column = pa.concat_arrays(columnar.read_column(path, group, schema.names, index))
                wide = settle(
                    column, group.forms[index], from_text[index], schema.types[index], ingested.final_form(index)
                )
                dictionary = ingested.plan.columns[index].dictionary
                body, entry = columnar.encode_column(wide, schema.names[index], dictionary, end)
                os.pwrite(file.fileno(), body, end)
                end += len(body)
                patches[number, index] = entry
        footer = columnar.build_footer(schema, groups, patches)
        os.pwrite(file.fileno(), footer, end)
    return end + len(footer)


def _widened(encoded: Sequence[pa.DataType], final: Sequence[pa.DataType]) -> list[int]:
    return [index for index, (had, has) in enumerate(zip(encoded, final, strict=True)) if had != has]
