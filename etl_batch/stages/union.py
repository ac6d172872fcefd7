"""What the union of the sources' columns came to: those that not all have, and the types that were widened."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from etl_batch import sentences
from etl_batch.spelling import few
from etl_batch.stages.plan import Plan


def notes_of_union(plan: Plan) -> list[str]:
    """A note of the columns that some sources lack, where there are some."""
    without: dict[str, list[str]] = {column.name: [] for column in plan.columns}
    for source in plan.sources:
        for name in without.keys() - {column.name for column in source.all_columns}:
            without[name].append(Path(source.path).name)
    lacking = {name: files for name, files in without.items() if 0 < len(files) < len(plan.sources)}
    told = [
        sentences.inputs.LACKS_COLUMN.format(name=name, number=len(files), files=few(files))
        for name, files in lacking.items()
    ]
    return [sentences.inputs.NOTE_UNION.format(files=len(plan.sources), columns=few(told))] if told else []


def notes_of_types(plan: Plan, final: pa.Schema) -> list[str]:
    """A note of the columns whose type is wider than what some source has, or than the planning sample had it."""
    had: dict[str, set[str]] = {column.name: {str(column.type)} for column in plan.columns}
    for each in {each for source in plan.sources for each in source.columns if not each.text and each.name in had}:
        had[each.name].add(str(each.type))
    told = []
    for column, kind in zip(plan.columns, final.types, strict=True):
        narrower = sorted(had[column.name] - {str(kind)})
        if narrower and column.declared is None:
            told.append(sentences.inputs.WIDENED.format(name=column.name, former=", ".join(narrower), type=kind))
    return [sentences.inputs.NOTE_WIDENED.format(columns=few(told))] if told else []
