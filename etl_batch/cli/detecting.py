"""The verb `detect`: what files are, how well each layout fits them, and a draft of a layout where none does."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from etl_batch.cli import wording
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.printing import print_json, told
from etl_batch.columns.conventions import Conventions
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import FormatRefused
from etl_batch.formats.content import holding
from etl_batch.formats.source import AnySource
from etl_batch.layouts import Fit, Guess
from etl_batch.previews import draft_of, layout_fits
from etl_batch.reading_options import ReadingOptions
from etl_batch.spelling import spelled
from etl_batch.stages.inputs import describe, find_inputs
from etl_batch.stages.plan import plan_columns, surveyed
from etl_batch.stores.url import is_url

Columns = list[dict[str, str]]


def run_detect(parsed: argparse.Namespace) -> int:
    """Say what each file is. One that nothing fits is refused, with the layouts' scores and a draft beside it."""
    home, options = home_of(parsed), ReadingOptions.of(given(parsed))
    try:
        inputs = find_inputs(parsed.files, home, options)
    except FormatRefused as refused:
        if options.layout != AUTO_LAYOUT or "path" not in refused.facts:
            raise
        return _unknown(parsed, home, options, refused)
    found = [(source, _columns(source, options), _fits_of(source, home, options)) for source in inputs.sources]
    if parsed.json:
        files = [_as_json(*each) for each in found]
        print_json({"files": files, "passed_over": [each.to_json() for each in inputs.passed_over]})
        return 0
    for source, columns, fits in found:
        _print_source(source, columns)
        _print_fits(fits)
    for each in inputs.passed_over:
        passed = wording.PASSED_OVER.format(path=spelled(each.path), reason=told(each.reason))
        print(f"{passed}. {told(each.detail)}" if each.detail else passed)
    return 0


def _print_source(source: AnySource, columns: Columns) -> None:
    found = describe(source)
    dialect = ", ".join(f"{name} {value!r}" for name, value in found.dialect.told().items()) if found.dialect else ""
    packed = f" ({found.compression})" if found.compression else ""
    print(f"{spelled(found.path)}: {found.format} {found.layout or dialect}".rstrip() + packed)
    named = ", ".join(f"{column['name']} ({column['type']})" for column in columns)
    print(f"  {wording.COLUMNS.format(columns=named)}")
    for note in source.notes:
        print(f"  {told(note.removeprefix(f'{source.path}: '))}")


def _fits_of(source: AnySource, home: Path, options: ReadingOptions) -> list[Fit]:
    """How well each layout fits a file of records whose layout nobody named."""
    if source.record_layout is None or options.layout != AUTO_LAYOUT or is_url(source.path):
        return []
    return layout_fits(Path(source.path), home, options.struct_config)


def _as_json(source: AnySource, columns: Columns, fits: list[Fit]) -> dict[str, Any]:
    tried = {"layouts": [fit.to_json() for fit in fits]} if fits else {}
    return {**describe(source).to_json(), "columns": columns, "notes": source.notes, **tried}


@holding()
def _columns(source: AnySource, options: ReadingOptions) -> Columns:
    """The columns with the types that a run of this file plans for them, from a sample of its records."""
    plan = plan_columns([surveyed(source)], Conventions.of(options))
    return [{"name": c.name, "type": "text" if pa.types.is_string(c.type) else str(c.type)} for c in plan.columns]


def _print_fits(fits: list[Fit]) -> None:
    for fit in fits:
        reasons = " ".join(told(reason.text) for reason in fit.reasons)
        print(f"  {wording.LAYOUT_FITS.format(layout=fit.layout, score=fit.score, reasons=reasons)}")


def _unknown(parsed: argparse.Namespace, home: Path, options: ReadingOptions, refused: FormatRefused) -> int:
    """A file that is none of what is known: the refusal, and what would help to describe it."""
    if is_url(refused.path):
        raise refused  # layouts are fitted and drafted by files alone
    path = Path(refused.path)
    fits, guess = layout_fits(path, home, options.struct_config), draft_of(path, home)
    print(f"etl: {told(refused.message)}", file=sys.stderr)
    if parsed.json:
        error = {"error": {"kind": refused.kind, "message": refused.message}, "exit_code": refused.exit_code}
        tried = {"path": str(path), "layouts": [fit.to_json() for fit in fits]}
        reasons = [reason.text for reason in guess.reasons]
        print_json({**error, **tried, "draft": guess.definition, "draft_reasons": reasons})
    else:
        print(wording.UNKNOWN.format(path=spelled(str(path))))
        _print_fits(fits)
        _print_draft(guess)
    return refused.exit_code


def _print_draft(guess: Guess) -> None:
    head = wording.NO_DRAFT if guess.definition is None else wording.DRAFT
    print(f"  {head.format(reasons=' '.join(told(each.text) for each in guess.reasons))}")
    if guess.definition is not None:
        keys = {key: value for key, value in guess.definition.items() if key != "fields"}
        fields = ",\n".join(f"    {json.dumps(field)}" for field in guess.definition["fields"])
        print(f'{json.dumps(keys)[:-1]}, "fields": [\n{fields}\n]}}')
