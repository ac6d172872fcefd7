"""A look at an input before a run: what it is, its columns, its first records, what would be measured."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from etl_batch import memory
from etl_batch.columns.cells import to_cells
from etl_batch.columns.text_cells import without_guards
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import InputRefused
from etl_batch.formats.content import holding
from etl_batch.formats.look import Reading
from etl_batch.formats.records.decoder import decode
from etl_batch.formats.registry import detect, format_named
from etl_batch.formats.source import AnySource
from etl_batch.layouts import Fit, Guess, Layout, RunLayouts, guess_layout, rank_open
from etl_batch.reading_options import AS_DETECTED, ReadingOptions, Suggestion
from etl_batch.record.run import SourceFacts
from etl_batch.schemas.spec import load_schema
from etl_batch.security.guard import Guard, allowed_roots
from etl_batch.security.paths import opened_input
from etl_batch.stages.inputs import NO_BAD_FILES, Inputs, describe, find_inputs
from etl_batch.stages.measure.choice import may_measure
from etl_batch.stages.measure.choosing import choose_measuring
from etl_batch.stages.plan import plan_run
from etl_batch.stages.suggested import said_of_values, suggestions
from etl_batch.stages.union import notes_of_union

PREVIEW_ROWS = 20
CELL_LENGTH = 1000
"""Characters of a cell that are carried to whoever looks; one more says that there is more."""


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """One column of the outputs, and whether it can be added up."""

    name: str
    type: str
    measurable: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What an input is and what a run over it would choose."""

    source: SourceFacts
    columns: tuple[PreviewColumn, ...]
    rows: tuple[Mapping[str, str | None], ...]
    """The first records as text cells, by column; of a long cell its beginning."""
    rows_estimate: float
    """Rows of the inputs that were looked at."""
    bytes_looked_at: int
    """Size of these inputs."""
    row_bytes: float
    """Mean length of a row as CSV, from the first records."""
    stratum: str | None
    measures: tuple[str, ...]
    by_layout: bool
    """Whether the layout chose the stratum."""
    note: str
    """Why this stratum and these measures."""
    reading: tuple[str, ...]
    """What is to be said of how the inputs are read."""
    suggestions: tuple[Suggestion, ...]
    """What could be declared."""


@holding()
def preview(
    path: Path | str,
    home: Path,
    options: ReadingOptions = AS_DETECTED,
    *,
    more: Sequence[Path] = (),
) -> Preview:
    """Format, layout, dialect, size, columns, first rows, and the stratum and measures a run would choose, with why.

    Reads a sample only, whatever the size. `more`: further inputs of the same run, whose columns join those of the
    first; what is said of one file is said of `path`. Raises an `EtlError` where a run would.
    """
    values = {"inputs": tuple(map(str, (path, *more))), "output_csv": home / "output" / "preview.csv", "home": home}
    config = build_config({**values, **options.values()})
    inputs = detect_inputs(config)
    sources = sorted(inputs.sources, key=lambda source: source.path != str(path))
    plan = plan_run([replace(source, ordinal=number) for number, source in enumerate(sources)], config)
    measuring = choose_measuring(plan, config)
    rows = first_rows(sources[0], PREVIEW_ROWS)
    return Preview(
        source=describe(sources[0]),
        columns=tuple(PreviewColumn(c.name, str(c.type), may_measure(c.name, plan)) for c in plan.columns),
        rows=tuple({name: cell and cell[: CELL_LENGTH + 1] for name, cell in row.items()} for row in rows),
        rows_estimate=plan.rows_estimate,
        bytes_looked_at=plan.total_bytes,
        row_bytes=_row_bytes(rows),
        stratum=measuring.stratum,
        measures=tuple(measuring.measures),
        by_layout=plan.layout is not None and plan.layout.stratum is not None,
        note=" ".join(measuring.notes),
        reading=(*inputs.notes, *notes_of_union(plan), *said_of_values(config, sources)),
        suggestions=tuple(suggestions(plan.columns, plan.sample)),
    )


def _row_bytes(rows: Sequence[Mapping[str, str | None]]) -> float:
    return sum(len(cell or "") + 1 for row in rows for cell in row.values()) / len(rows) if rows else 0.0


def detected(path: Path, layouts: Mapping[str, Layout], home: Path) -> SourceFacts:
    """What a run with these layouts takes a file for; raises an `EtlError` where a run would."""
    return describe(detect(path, 0, Reading(layouts, guard=Guard.of_inputs(allowed_roots(home)))))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that a run would not write: its number, and why."""

    record: int
    sentence: str


def first_refusal(layout: Layout, raw: bytes, *, source: str, offset: int, first_record: int) -> Refusal | None:
    """The first of some whole records of a binary file that a run would refuse; None when it takes all of them.

    `offset` is the byte in `source` of the first of them, `first_record` its number.
    """
    try:
        rejects = decode(layout, raw, source=source, offset=offset, first_record=first_record).rejects
    except InputRefused as refused:
        return Refusal(int(refused.record), refused.message)
    return Refusal(rejects[0].record, f"{rejects[0].reason}: {rejects[0].detail}") if rejects else None


def layout_fits(path: Path, home: Path, struct_config: Path | None) -> list[Fit]:
    """Every layout that a run in this home would try on a file, the best first."""
    with opened_input(path, allowed_roots(home)) as descriptor:
        return rank_open(RunLayouts(home, struct_config).values(), descriptor, str(path))


def draft_of(path: Path, home: Path) -> Guess:
    """A draft of a layout for a file that no layout fits. Raises `InputRefused` when it cannot be read."""
    with opened_input(path, allowed_roots(home)) as descriptor:
        return guess_layout(descriptor, os.fstat(descriptor).st_size)


def format_title(name: str) -> str:
    """What a person calls a format."""
    known = format_named(name)
    return known.title if known else name


def detect_inputs(config: RunConfig, bad: Mapping[str, str] = NO_BAD_FILES) -> Inputs:
    """The sources of a configuration, in input order, and what was passed over. `bad`: see `find_inputs`."""
    memory.share(config.chunk_bytes, config.max_record_bytes)
    schema = load_schema(config.schema_file) if config.schema_file is not None else None
    return find_inputs(config.inputs, config.home, ReadingOptions.of(vars(config)), schema, bad)


def first_rows(source: AnySource, limit: int) -> list[dict[str, str | None]]:
    """The first records as text cells."""
    rows: list[dict[str, str | None]] = []
    for sampled in islice(source.sample(), 1):
        head = sampled.batch.slice(0, limit)
        columns = [
            to_cells(without_guards(cells) if column.guarded else cells).to_pylist()
            for column, cells in zip(source.columns, head.columns, strict=True)
        ]
        names = source.column_names
        rows += [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return rows


def default_inputs(home: Path) -> list[Path]:
    """The files under the home's `data/` that a person may pick, by path."""
    folder = home / "data"
    if not folder.is_dir():
        return []
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))
