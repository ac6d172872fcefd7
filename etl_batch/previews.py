"""A look at an input before a run: what it is, its columns, its first records, what would be measured."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from etl_batch.config import AUTO_LAYOUT, RunConfig, build_config
from etl_batch.layouts import load_layouts
from etl_batch.readers.detect import Reading, detect
from etl_batch.readers.source import Source
from etl_batch.security.paths import allowed_roots, resolve_inputs
from etl_batch.stages.estimate import choose_measuring
from etl_batch.stages.plan import plan_run, sample_source
from etl_batch.writers.delimited import to_cells

PREVIEW_ROWS = 20


def preview(
    path: Path | str, home: Path, layout: str = AUTO_LAYOUT, struct_config: Path | None = None
) -> dict[str, Any]:
    """Format, layout, dialect, size, columns, first rows, and the stratum and measures a run would choose.

    Reads a sample only, whatever the size. Raises an `EtlError` where a run would.
    """
    values = {"inputs": (str(path),), "output_csv": home / "output" / "preview.csv", "home": home, "layout": layout}
    config = build_config({**values, "struct_config": struct_config})
    source = detect_inputs(config)[0]
    plan = plan_run([source], config)
    measuring = choose_measuring(plan, config)
    return {
        **describe(source),
        "columns": [{"name": column.name, "type": str(column.type)} for column in plan.columns],
        "rows": first_rows(source, PREVIEW_ROWS),
        "rows_estimate": plan.rows_estimate,
        "stratum": measuring.stratum,
        "measures": list(measuring.measures),
        "note": " ".join(measuring.notes),
    }


def describe(source: Source) -> dict[str, Any]:
    """A source as `metadata.json`, `detect --json` and the preview show it."""
    dialect = source.dialect
    return {
        "path": source.path,
        "format": str(source.format),
        "layout": source.layout.name if source.layout else None,
        "dialect": {name: getattr(dialect, name) for name in dialect.__slots__} if dialect else None,
        "size_bytes": source.size_bytes,
    }


def detect_inputs(config: RunConfig) -> list[Source]:
    """The sources of a configuration, in input order."""
    reading = Reading(load_layouts(config.struct_config), config.layout, config.force_text_fallback)
    paths = resolve_inputs(config.inputs, allowed_roots(config.home))
    return [detect(path, ordinal, reading) for ordinal, path in enumerate(paths)]


def first_rows(source: Source, limit: int) -> list[dict[str, str | None]]:
    """The first records as text cells."""
    rows: list[dict[str, str | None]] = []
    for batch, _ in islice(sample_source(source), 1):
        head = batch.slice(0, limit)
        columns = [to_cells(column).to_pylist() for column in head.columns]
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
